package registry

import (
	"encoding/json"
	"io"
	"testing"

	"github.com/go-openapi/runtime"
)

// What is not the list that was asked for is not taken for an empty one.
func TestNextPage(t *testing.T) {
	t.Parallel()
	for answerText, want := range map[string]struct {
		isList bool
		token  string
	}{
		`{"artifacts": []}`:              {true, ""},
		`{"artifacts": null}`:            {true, ""},
		`{"artifacts": [{}], "code": 5}`: {true, ""},
		`{}`:                             {true, ""},
		`{"total_count": 0}`:             {true, ""},
		`{"pagination": {"next_page_token": "2"}}`: {true, "2"},
		`null`:                                  {false, ""},
		`[]`:                                    {false, ""},
		`"artifacts"`:                           {false, ""},
		`{"artifact": []}`:                      {false, ""},
		`{"error": "denied"}`:                   {false, ""},
		`{"code": 5, "message": "not found"}`:   {false, ""},
		`{"pagination": {}, "error": "denied"}`: {false, ""},
		`{"artifacts"`:                          {false, ""},
	} {
		consumer := runtime.ConsumerFunc(func(_ io.Reader, into any) error { return json.Unmarshal([]byte(answerText), into) })
		token, err := nextPage(nil, consumer, "artifacts")
		if isList := err == nil; isList != want.isList || token != want.token {
			t.Errorf("%s: got %q, %v, want %+v", answerText, token, err, want)
		}
	}
}
