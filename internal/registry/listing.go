package registry

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/go-openapi/runtime"
)

// notListed is an answer that is not the list that was asked for.
type notListed struct{}

func (notListed) Error() string { return "the answer is not the list that was asked for" }

// listing has a request for a list refuse an answer that might not be one: the SDK takes an object with
// other fields, or null, for an empty list, which a gate would let pass.
func listing(name string) func(*runtime.ClientOperation) {
	return func(op *runtime.ClientOperation) {
		read := op.Reader
		op.Reader = runtime.ClientResponseReaderFunc(func(res runtime.ClientResponse, consumer runtime.Consumer) (any, error) {
			answer, err := io.ReadAll(res.Body())
			if err != nil {
				return nil, err
			}
			if !lists(answer, name) {
				return nil, notListed{}
			}
			return read.ReadResponse(readAgain{res, answer}, consumer)
		})
	}
}

// lists is whether an answer is the list of this name. HCP may leave an empty one out, and then says nothing
// else but where the list goes on.
func lists(answer []byte, name string) bool {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(answer, &fields); err != nil || fields == nil {
		return false
	}
	if _, named := fields[name]; named {
		return true
	}
	delete(fields, "pagination")
	return len(fields) == 0
}

// readAgain is an answer whose body was read.
type readAgain struct {
	runtime.ClientResponse
	body []byte
}

// Body is the body from its start.
func (r readAgain) Body() io.ReadCloser { return io.NopCloser(bytes.NewReader(r.body)) }
