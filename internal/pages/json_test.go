package pages

import (
	"cmp"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf16"
)

func TestBoundedJSON(t *testing.T) {
	t.Parallel()
	wide := strings.Repeat("𝔘", 10) // two units each
	for name, tc := range map[string]struct {
		items []string
		most  int
		want  string
		left  int
	}{
		"none":                {nil, 10, `[]`, 0},
		"all":                 {[]string{"b", "a"}, 10, `["b","a"]`, 0},
		"without_the_mildest": {[]string{"c", "a", "b"}, 10, `["a","b"]`, 1},
		"none_milder_instead": {[]string{"a", "bbbbb", "c"}, 11, `["a"]`, 2},
		"too_long_in_utf_16":  {[]string{wide}, 24, `[]`, 1},
		"fits_in_utf_16":      {[]string{wide}, 25, `["` + wide + `"]`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, left := boundedJSON(tc.items, cmp.Compare[string], func(item string) any { return item }, tc.most)
			if got != tc.want || left != tc.left {
				t.Errorf("got %s, %d left, want %s, %d", got, left, tc.want, tc.left)
			}
			if units := len(utf16.Encode([]rune(got))); units > tc.most || !json.Valid([]byte(got)) {
				t.Errorf("got %d units: %s", units, got)
			}
		})
	}
}
