package registry

import (
	"strings"
	"testing"
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
		token, err := nextPage(answer(answerText), "artifacts", []string{"total_count"})
		if isList := err == nil; isList != want.isList || token != want.token {
			t.Errorf("%s: got %q, %v, want %+v", answerText, token, err, want)
		}
	}
}

// An answer of more than an iteration can have, which would take far more memory than its own.
func TestTooMuch(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		item  string
		times int
		want  bool
	}{
		"the_largest_iteration": {`{"id":"01K61MAGE00000000000000001","external_identifier":"ami-0123456789abcdef0","region":"us-east-1","created_at":"2026-09-20T10:19:58.123Z"},`, 2000 * 20, false},
		"one_text":              {`x`, 16 << 20, false},
		"objects":               {`{},`, 5 << 20, true},
		"labels":                {`"0000000":"",`, 1 << 20, true},
		"numbers":               {`1,`, 8 << 20, true},
		"lists":                 {`[[]`, 5 << 20, true},
	} {
		if got := tooMuch([]byte(strings.Repeat(tc.item, tc.times))); got != tc.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}
