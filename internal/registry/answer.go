package registry

import (
	"encoding/json"
	"errors"
	"io"
	"iter"
	"maps"
	"slices"

	"github.com/go-openapi/runtime"
	"github.com/go-openapi/strfmt"
	packer "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"

	"hcp-packer-iteration/internal/hcp"
)

const (
	// pageSize is how many items of a list are asked for at once.
	pageSize int64 = 100
	// maxPages bounds a list that a server could make endless.
	maxPages = 20
	// maxItems bounds what is kept of a list, whatever the pages hold.
	maxItems = 50_000
)

// list is a list of API 2023-01-01.
type list struct {
	kind  hcp.Kind
	asked string
	name  string // of the field of an answer that has the items
	most  int    // pages
}

// items reads a list page by page, by a method of the SDK's client. An error, which ends it, is a problem to show. A page
// that names itself as the next one has the list not end.
func items[P, A, T any](
	s *hcp.Session, l list, request func(P, runtime.ClientAuthInfoWriter, ...packer.ClientOption) (A, error), params P, of func(A) []*T,
) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		token, count := "", 0
		for range l.most {
			last := token
			answer, err := request(params, nil, pageOf(&token, l.name))
			if err != nil {
				yield(nil, s.Explain(err, l.kind, l.asked))
				return
			}
			page := of(answer)
			if count += len(page); count > maxItems {
				yield(nil, hcp.Unexpected(l.asked, "HCP's answer has too many items"))
				return
			}
			for _, item := range page {
				if !yield(item, nil) {
					return
				}
			}
			if token == "" {
				return
			}
			if token == last {
				break
			}
		}
		yield(nil, hcp.Unexpected(l.asked, "HCP's answer does not end"))
	}
}

// pageOf makes a request ask for the page that the token stands for, and replaces the token by that of the next page.
// The SDK has no such parameter for channels.
func pageOf(token *string, name string) packer.ClientOption {
	return func(op *runtime.ClientOperation) {
		params, read := op.Params, op.Reader
		op.Params = runtime.ClientRequestWriterFunc(func(req runtime.ClientRequest, formats strfmt.Registry) error {
			if err := params.WriteToRequest(req, formats); err != nil || *token == "" {
				return err
			}
			return req.SetQueryParam("pagination.next_page_token", *token)
		})
		op.Reader = runtime.ClientResponseReaderFunc(func(res runtime.ClientResponse, body runtime.Consumer) (any, error) {
			next, err := nextPage(res.Body(), body, name)
			if err != nil {
				return nil, err
			}
			*token = next
			return read.ReadResponse(res, body)
		})
	}
}

// nextPage is the token of the page that follows an answer, empty where there is none. The answer has to be the list of
// this name, which HCP may leave out where it is empty: the SDK takes an object with other fields, or null, for an
// empty list, which a gate would let pass.
func nextPage(answer io.Reader, body runtime.Consumer, name string) (token string, err error) {
	var fields map[string]json.RawMessage
	if err := body.Consume(answer, &fields); err != nil {
		return "", err
	}
	allowed := []string{name, "pagination", "count", "total_count"}
	isForeign := func(field string) bool { return !slices.Contains(allowed, field) }
	_, isNamed := fields[name]
	if fields == nil || !isNamed && slices.ContainsFunc(slices.Collect(maps.Keys(fields)), isForeign) {
		return "", errors.New("the answer is not the list that was asked for")
	}
	var pagination struct {
		Next string `json:"next_page_token"`
	}
	if raw, found := fields["pagination"]; found {
		err = json.Unmarshal(raw, &pagination)
	}
	return pagination.Next, err
}
