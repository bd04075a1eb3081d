package registry

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/go-openapi/runtime"
)

const (
	// pageSize is how many items of a list are asked for at once.
	pageSize = 100
	// maxPages bounds a list that a server could make endless.
	maxPages = 20
)

// notListed is an answer that is not the list that was asked for.
type notListed struct{}

func (notListed) Error() string { return "the answer is not the list that was asked for" }

// listing has a request for a list refuse an answer that might not be one: the SDK takes an object with
// other fields, or null, for an empty list, which a gate would let pass. Beside are fields that a list may have
// besides itself.
func listing(name string, beside ...string) func(*runtime.ClientOperation) {
	return func(op *runtime.ClientOperation) {
		read := op.Reader
		op.Reader = runtime.ClientResponseReaderFunc(func(res runtime.ClientResponse, consumer runtime.Consumer) (any, error) {
			answer, err := io.ReadAll(res.Body())
			if err != nil {
				return nil, err
			}
			if !lists(answer, name, beside...) {
				return nil, notListed{}
			}
			return read.ReadResponse(readAgain{res, answer}, consumer)
		})
	}
}

// lists is whether an answer is the list of this name. HCP may leave an empty one out, and then says nothing
// else but where the list goes on, and what else may stand beside.
func lists(answer []byte, name string, beside ...string) bool {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(answer, &fields); err != nil || fields == nil {
		return false
	}
	if _, named := fields[name]; named {
		return true
	}
	for _, name := range append(beside, "pagination") {
		delete(fields, name)
	}
	return len(fields) == 0
}

// readAgain is an answer whose body was read.
type readAgain struct {
	runtime.ClientResponse
	body []byte
}

// Body is the body from its start.
func (r readAgain) Body() io.ReadCloser { return io.NopCloser(bytes.NewReader(r.body)) }
