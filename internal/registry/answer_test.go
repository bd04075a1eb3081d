package registry

import (
	"encoding/json"
	"testing"
)

// What is not the list that was asked for is not taken for an empty one.
func TestPage(t *testing.T) {
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
		p := page[struct{}]{list: "artifacts"}
		err := json.Unmarshal([]byte(answerText), &p)
		if isList := err == nil; isList != want.isList || p.next != want.token {
			t.Errorf("%s: got %q, %v, want %+v", answerText, p.next, err, want)
		}
	}
}
