package hcp

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// maxObjects bounds how many objects an answer may hold, since an empty one costs three bytes on the
// wire and hundreds in memory. The largest iteration that is known to work has 42,000.
const maxObjects = 500_000

// checkJSON refuses an answer of the API that is not JSON through and through, or that would take too
// much memory. The SDK's decoder would follow the content type into other formats, and leave what
// stands behind the first value unread.
func checkJSON(header http.Header, answer []byte) error {
	var reason string
	cause := errNotJSON
	switch {
	case len(bytes.TrimSpace(answer)) == 0:
		reason = "is empty"
	case !json.Valid(answer):
		reason = "is not JSON"
	case bytes.Count(answer, []byte("{")) > maxObjects:
		reason, cause = "has too many parts", nil
	default:
		header.Set("Content-Type", "application/json")
		return nil
	}
	return &unexpectedError{says: "HCP's answer " + reason, cause: cause}
}
