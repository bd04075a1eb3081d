package hcp

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-openapi/runtime"
	"github.com/go-openapi/strfmt"
)

// client carries the requests of the SDK's generated clients, which may come with go-openapi's own. That one
// does it in six formats, with two kinds of tracing and a way to print whole answers, which HCP's API needs
// none of: it is a twentieth of the program, and reaches what it has no business with.
type client struct {
	scheme, host string
	transport    http.RoundTripper
}

// Submit sends the request of an operation, and has it read the answer.
func (c client) Submit(op *runtime.ClientOperation) (any, error) {
	r := clientRequest{query: url.Values{}, header: http.Header{}}
	if err := op.Params.WriteToRequest(&r, strfmt.Default); err != nil {
		return nil, err
	}
	req, err := r.build(op, c.scheme, c.host)
	if err != nil {
		return nil, err
	}
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return op.Reader.ReadResponse(clientResponse{res}, runtime.JSONConsumer())
}

// clientRequest gathers what an operation writes into its request. What the interface has besides is for forms
// and files, of which HCP's API has none.
type clientRequest struct {
	runtime.ClientRequest

	path   []string // names in braces, each with its value behind it
	query  url.Values
	header http.Header
	body   any
}

// SetTimeout does nothing: the operation's context is bounded.
func (r *clientRequest) SetTimeout(time.Duration) error { return nil }

// SetPathParam has the value take the place of the name in the path, as one segment whatever it holds.
func (r *clientRequest) SetPathParam(name, value string) error {
	r.path = append(r.path, "{"+name+"}", url.PathEscape(value))
	return nil
}

// SetQueryParam sets a parameter of the query.
func (r *clientRequest) SetQueryParam(name string, values ...string) error {
	r.query[name] = values
	return nil
}

// SetHeaderParam sets a header.
func (r *clientRequest) SetHeaderParam(name string, values ...string) error {
	r.header[http.CanonicalHeaderKey(name)] = values
	return nil
}

// SetBodyParam sets what the body is the JSON of.
func (r *clientRequest) SetBodyParam(body any) error {
	r.body = body
	return nil
}

func (r *clientRequest) build(op *runtime.ClientOperation, scheme, host string) (*http.Request, error) {
	var body io.Reader
	if r.body != nil {
		var text bytes.Buffer
		if err := runtime.JSONProducer().Produce(&text, r.body); err != nil {
			return nil, err
		}
		body = &text
		r.header.Set("Content-Type", runtime.JSONMime)
	}
	path := strings.NewReplacer(r.path...).Replace(op.PathPattern)
	req, err := http.NewRequestWithContext(op.Context, op.Method, scheme+"://"+host+path, body)
	if err != nil {
		return nil, err
	}
	req.URL.RawQuery = r.query.Encode()
	r.header.Set("Accept", runtime.JSONMime)
	req.Header = r.header
	return req, nil
}

// clientResponse is an answer as an operation reads it.
type clientResponse struct{ res *http.Response }

// Code is the status, such as 200.
func (r clientResponse) Code() int { return r.res.StatusCode }

// Message is the status in words.
func (r clientResponse) Message() string { return r.res.Status }

// GetHeader is the first value of a header.
func (r clientResponse) GetHeader(name string) string { return r.res.Header.Get(name) }

// GetHeaders are all values of a header.
func (r clientResponse) GetHeaders(name string) []string { return r.res.Header.Values(name) }

// Body is the answer's body.
func (r clientResponse) Body() io.ReadCloser { return r.res.Body }
