package registry

import "testing"

// What is not the list that was asked for is not taken for an empty one.
func TestLists(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]bool{
		`{"artifacts": []}`:              true,
		`{"artifacts": null}`:            true,
		`{"artifacts": [{}], "code": 5}`: true,
		`{}`:                             true,
		`{"pagination": {"next_page_token": ""}}`: true,
		`null`:                                  false,
		`[]`:                                    false,
		`"artifacts"`:                           false,
		`{"artifact": []}`:                      false,
		`{"error": "denied"}`:                   false,
		`{"code": 5, "message": "not found"}`:   false,
		`{"pagination": {}, "error": "denied"}`: false,
		`{"artifacts"`:                          false,
	} {
		if got := lists([]byte(answer), "artifacts"); got != want {
			t.Errorf("%s: got %t, want %t", answer, got, want)
		}
	}
}
