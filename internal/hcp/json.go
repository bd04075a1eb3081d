package hcp

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
)

// maxObjects bounds how many objects an answer may hold, since an empty one costs three bytes on the
// wire and hundreds in memory. The largest iteration that is known to work has 42,000.
const maxObjects = 500_000

// jsonTransport passes answers that are JSON through and through. The SDK's decoder would follow
// the content type into other formats and leave what stands behind the first value unread.
type jsonTransport struct{ base http.RoundTripper }

// RoundTrip refuses an answer that is not JSON or that would take too much memory.
func (t *jsonTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	switch {
	case len(bytes.TrimSpace(answer)) == 0:
		return nil, &unexpectedError{reason: "an empty answer"}
	case !json.Valid(answer):
		return nil, &unexpectedError{reason: "an answer that is not JSON"}
	case bytes.Count(answer, []byte("{")) > maxObjects:
		return nil, &unexpectedError{reason: "an answer of too many parts"}
	}
	res.Header.Set("Content-Type", "application/json")
	res.Body = io.NopCloser(bytes.NewReader(answer))
	return res, nil
}
