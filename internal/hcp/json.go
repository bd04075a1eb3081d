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
	switch {
	case len(bytes.TrimSpace(answer)) == 0:
		return &unexpectedError{says: "HCP's answer is empty", notJSON: true}
	case !json.Valid(answer):
		return &unexpectedError{says: "HCP's answer is not JSON", notJSON: true}
	case bytes.Count(answer, []byte("{")) > maxObjects:
		return &unexpectedError{says: "HCP's answer has too many parts"}
	}
	header.Set("Content-Type", "application/json")
	return nil
}
