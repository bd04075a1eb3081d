package registry

import (
	"encoding/json"
	"io"

	"github.com/go-openapi/runtime"

	"hcp-packer-iteration/internal/hcp"
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
// besides itself. It comes after [decoding], where a request has both.
func listing(name string, beside ...string) func(*runtime.ClientOperation) {
	return func(op *runtime.ClientOperation) {
		read := op.Reader
		op.Reader = runtime.ClientResponseReaderFunc(func(res runtime.ClientResponse, consumer runtime.Consumer) (any, error) {
			answer, err := hcp.ReadAnswer(res.Body())
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

// decoding has a request decode its answer into a value of the caller's, and give the SDK an empty one. Of the
// SDK's models each is hundreds of bytes, for three that an empty one has in an answer.
func decoding(into, empty any) func(*runtime.ClientOperation) {
	return func(op *runtime.ClientOperation) {
		op.Reader = runtime.ClientResponseReaderFunc(func(res runtime.ClientResponse, _ runtime.Consumer) (any, error) {
			answer, err := hcp.ReadAnswer(res.Body())
			if err != nil {
				return nil, err
			}
			return empty, json.Unmarshal(answer, into)
		})
	}
}

// lists is whether an answer is the list of this name. HCP may leave an empty one out, and then says nothing
// else but where the list goes on, and what else may stand beside.
func lists(answer []byte, name string, beside ...string) bool {
	var fields map[string]skipped
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

// skipped is a part of an answer that nobody looks at.
type skipped struct{}

// UnmarshalJSON takes anything.
func (*skipped) UnmarshalJSON([]byte) error { return nil }

// readAgain is an answer whose body was read.
type readAgain struct {
	runtime.ClientResponse
	body []byte
}

// Body is the body from its start.
func (r readAgain) Body() io.ReadCloser { return hcp.NewAnswer(r.body) }
