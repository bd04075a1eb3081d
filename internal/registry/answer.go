package registry

import (
	"encoding/json"
	"errors"
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
func items[T, P, A any](
	s *hcp.Session, l list, request func(P, runtime.ClientAuthInfoWriter, ...packer.ClientOption) (*A, error), params P,
) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		count, token := 0, ""
		for range l.most {
			p := page[T]{list: l.name, next: token} // none of them is kept while the one that follows is read
			if _, err := request(params, nil, p.readAs(new(A))); err != nil {
				yield(nil, s.Explain(err, l.kind, l.asked))
				return
			}
			if count += len(p.items); count > maxItems {
				yield(nil, hcp.Unexpected(l.asked, "HCP's answer has too many items"))
				return
			}
			for _, item := range p.items {
				if !yield(item, nil) {
					return
				}
			}
			if p.next == "" {
				return
			}
			if p.next == token {
				break
			}
			token = p.next
		}
		yield(nil, hcp.Unexpected(l.asked, "HCP's answer does not end"))
	}
}

// page is one answer of a list.
type page[T any] struct {
	list  string // its name
	items []*T
	next  string // token: before it is read its own, then that of the page that follows; empty where there is none
}

// readAs has a request read the page. The SDK has no parameter for its token in the list of channels, and takes any object
// for a list. Its client wants nothing of the answer but its own type for it.
func (p *page[T]) readAs(answer any) packer.ClientOption {
	return func(op *runtime.ClientOperation) {
		params := op.Params
		op.Params = runtime.ClientRequestWriterFunc(func(req runtime.ClientRequest, formats strfmt.Registry) error {
			if err := params.WriteToRequest(req, formats); err != nil || p.next == "" {
				return err
			}
			return req.SetQueryParam("pagination.next_page_token", p.next)
		})
		op.Reader = runtime.ClientResponseReaderFunc(func(res runtime.ClientResponse, body runtime.Consumer) (any, error) {
			return answer, body.Consume(res.Body(), p)
		})
	}
}

// UnmarshalJSON refuses what is not the list, which HCP may leave out where it is empty: an object with other fields, or
// null, taken for an empty list, would pass a gate.
func (p *page[T]) UnmarshalJSON(answer []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(answer, &fields); err != nil {
		return err
	}
	allowed := []string{p.list, "pagination", "count", "total_count"}
	isForeign := func(field string) bool { return !slices.Contains(allowed, field) }
	_, isNamed := fields[p.list]
	if fields == nil || !isNamed && slices.ContainsFunc(slices.Collect(maps.Keys(fields)), isForeign) {
		return errors.New("the answer is not the list that was asked for")
	}
	var pagination struct {
		Next string `json:"next_page_token"`
	}
	for field, into := range map[string]any{p.list: &p.items, "pagination": &pagination} {
		if text, found := fields[field]; found {
			if err := json.Unmarshal(text, into); err != nil {
				return err
			}
		}
	}
	p.next = pagination.Next
	return nil
}
