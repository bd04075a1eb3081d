package fakehcp

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
)

// object is a JSON object, names and values in turn. A field whose name ends with
// a question mark is left out where it is empty.
type object []any

// olderWords are the words of the older Packer API for those of the newer.
var olderWords = map[string]string{
	"artifacts":           "images",
	"bucket_name":         "bucket_slug",
	"external_identifier": "image_id",
	"name":                "slug",
	"platform":            "cloud_provider",
	"version":             "iteration",
	"version_fingerprint": "iteration_fingerprint",
	"version_id":          "iteration_id",
}

// write writes a value in JSON, the names of objects in the words of an API.
func write(w *bytes.Buffer, value any, words map[string]string) {
	switch value := value.(type) {
	case object:
		value.write(w, words)
	case []object:
		w.WriteByte('[')
		for i, element := range value {
			if i > 0 {
				w.WriteByte(',')
			}
			element.write(w, words)
		}
		w.WriteByte(']')
	default:
		text, err := json.Marshal(value)
		if err != nil { // texts, numbers and maps of these, which always encode
			panic(fmt.Sprintf("fakehcp: %v", err))
		}
		w.Write(text)
	}
}

func (o object) write(w *bytes.Buffer, words map[string]string) {
	if o == nil {
		w.WriteString("null")
		return
	}
	w.WriteByte('{')
	separator := ""
	for i := 0; i < len(o); i += 2 {
		name, optional := strings.CutSuffix(o[i].(string), "?")
		if optional && reflect.ValueOf(o[i+1]).IsZero() {
			continue
		}
		fmt.Fprintf(w, "%s%q:", separator, cmp.Or(words[name], name))
		write(w, o[i+1], words)
		separator = ","
	}
	w.WriteByte('}')
}

// answer is an HTTP answer that is not written yet.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) write(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	w.WriteHeader(cmp.Or(a.status, http.StatusOK))
	w.Write(a.body) // a client that left does not want it
}

// reply is an answer in JSON: the result, or the refusal that err is.
func reply(result any, err error, inOlderWords bool) answer {
	status, words := http.StatusOK, map[string]string(nil)
	if inOlderWords {
		words = olderWords
	}
	if refused, ok := err.(refusal); ok {
		status, result, words = refused.status, refused.body, nil
	}
	var body bytes.Buffer
	write(&body, result, words)
	return answer{status, http.Header{"Content-Type": {"application/json"}}, body.Bytes()}
}

// refusal is an answer that is an error, of HCP or of a token endpoint.
type refusal struct {
	status int
	body   object
}

func (r refusal) Error() string { return fmt.Sprint(r.status, r.body) }

// code is what an error body of HCP's carries, of google.rpc.Code, and the HTTP status that goes with it.
type code struct{ grpc, http int }

var (
	invalidArgument    = code{3, http.StatusBadRequest}
	notFound           = code{5, http.StatusNotFound}
	alreadyExists      = code{6, http.StatusConflict}
	permissionDenied   = code{7, http.StatusForbidden}
	failedPrecondition = code{9, http.StatusBadRequest}
	aborted            = code{10, http.StatusConflict}
	unimplemented      = code{12, http.StatusNotImplemented}
	unauthenticated    = code{16, http.StatusUnauthorized}
)

// refuse is an HCP error.
func refuse(c code, format string, args ...any) error {
	return refusal{c.http, object{"code", c.grpc, "message", fmt.Sprintf(format, args...), "details", []object{}}}
}

// paginate is the page of a list that the query asks for. A token is where in the
// list the page before it ends.
func paginate[E any](query url.Values, list []E) (page []E, pagination object, err error) {
	size, err := strconv.Atoi(cmp.Or(query.Get("pagination.page_size"), "10"))
	first, tokenErr := strconv.Atoi(cmp.Or(query.Get("pagination.next_page_token"), "0"))
	if err != nil || tokenErr != nil || size < 0 || first < 0 || first > len(list) {
		return nil, nil, refuse(invalidArgument, "the pagination is invalid")
	}
	last, next := min(first+cmp.Or(size, 10), len(list)), ""
	if last < len(list) {
		next = strconv.Itoa(last)
	}
	return list[first:last], object{"next_page_token", next}, nil
}
