package registry

import (
	"encoding/json"
	"errors"
	"io"
	"slices"

	"github.com/go-openapi/runtime"
	"github.com/go-openapi/strfmt"
	packer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"

	"hcp-packer-iteration/internal/hcp"
)

// largeAnswer is how many bytes an answer has of which one at a time is decoded: eight would not fit in memory.
const largeAnswer = 1 << 20

const (
	// pageSize is how many items of a list are asked for at once.
	pageSize int64 = 100
	// maxPages bounds a list that a server could make endless.
	maxPages = 20
)

// transport carries the requests of the SDK's clients, and bounds what they make of the answers.
type transport struct{ session *hcp.Session }

// Submit sends the request of an operation, and has it read the answer.
func (t transport) Submit(op *runtime.ClientOperation) (any, error) {
	read := op.Reader
	op.Reader = runtime.ClientResponseReaderFunc(func(res runtime.ClientResponse, _ runtime.Consumer) (any, error) {
		body, err := hcp.ReadAnswer(res.Body())
		if err != nil {
			return nil, err
		}
		if len(body) > largeAnswer {
			t.session.Decoding.Lock()
			defer t.session.Decoding.Unlock()
		}
		return read.ReadResponse(res, answer(body))
	})
	return t.session.Client().Submit(op)
}

// answer is the body of an answer, and decodes it.
type answer []byte

// Consume decodes the answer into a value of the SDK's.
func (a answer) Consume(_ io.Reader, into any) error { return json.Unmarshal(a, into) }

// readPages reads a list page by page, with a request for each. Name is the field of an answer that has the items,
// and beside are fields that it may have without any.
func readPages(most int, asked, name string, beside []string, request func(page packer.ClientOption) error) error {
	token := ""
	for range most {
		if err := request(pageOf(&token, name, beside)); err != nil {
			return err
		}
		if token == "" {
			return nil
		}
	}
	return hcp.Unexpected(asked, "HCP's answer does not end")
}

// pageOf has a request ask for the page of a list that has the token, and notes the token of the next one. The SDK
// has none for channels.
func pageOf(token *string, name string, beside []string) packer.ClientOption {
	return func(op *runtime.ClientOperation) {
		params, read := op.Params, op.Reader
		op.Params = runtime.ClientRequestWriterFunc(func(req runtime.ClientRequest, formats strfmt.Registry) error {
			if err := params.WriteToRequest(req, formats); err != nil || *token == "" {
				return err
			}
			return req.SetQueryParam("pagination.next_page_token", *token)
		})
		op.Reader = runtime.ClientResponseReaderFunc(func(res runtime.ClientResponse, consumer runtime.Consumer) (any, error) {
			next, err := nextPage(consumer, name, beside)
			*token = next
			if err != nil {
				return nil, err
			}
			return read.ReadResponse(res, consumer)
		})
	}
}

// nextPage is the token of the page behind an answer, empty where that is the last. The answer has to be the list of
// this name: the SDK takes an object with other fields, or null, for an empty list, which a gate would let pass.
func nextPage(consumer runtime.Consumer, name string, beside []string) (token string, err error) {
	var fields map[string]skipped
	var list struct {
		Pagination struct {
			Next string `json:"next_page_token"`
		} `json:"pagination"`
	}
	if err := errors.Join(consumer.Consume(nil, &fields), consumer.Consume(nil, &list)); err != nil {
		return "", err
	}
	if !isList(fields, name, beside) {
		return "", errors.New("the answer is not the list that was asked for")
	}
	return list.Pagination.Next, nil
}

// isList is whether an answer with the fields is the list of this name. HCP may leave an empty one out, and then says
// nothing else but where the list goes on, and what may stand beside it.
func isList(fields map[string]skipped, name string, beside []string) bool {
	_, named := fields[name]
	if named || fields == nil {
		return named
	}
	for field := range fields {
		if field != "pagination" && !slices.Contains(beside, field) {
			return false
		}
	}
	return true
}

// skipped is a part of an answer that nobody looks at.
type skipped struct{}

// UnmarshalJSON takes anything.
func (*skipped) UnmarshalJSON([]byte) error { return nil }
