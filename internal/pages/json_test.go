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
		items     []string
		most      int
		want      string
		shortened bool
		left      int
	}{
		"none":                 {nil, 10, `[]`, false, 0},
		"all":                  {[]string{"b", "a"}, 10, `["b","a"]`, false, 0},
		"without_the_mildest":  {[]string{"c", "a", "b"}, 10, `["a","b"]`, true, 1},
		"all_short":            {[]string{"b", "aaaaaaaaaa"}, 12, `["b","aaa"]`, true, 0},
		"none_milder_instead":  {[]string{"a", "bbbbb", "c"}, 11, `["a"]`, true, 2},
		"counted_in_utf_16":    {[]string{wide}, 24, `["𝔘𝔘𝔘"]`, true, 0},
		"counted_in_utf_16_in": {[]string{wide}, 25, `["` + wide + `"]`, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := func(item string) any { return item }
			short := func(item string) any { return string([]rune(item)[:min(3, len([]rune(item)))]) }
			got, shortened, left := boundedJSON(tc.items, cmp.Compare[string], whole, short, tc.most)
			if got != tc.want || shortened != tc.shortened || left != tc.left {
				t.Errorf("got %s, %v, %d left, want %s, %v, %d", got, shortened, left, tc.want, tc.shortened, tc.left)
			}
			if units := len(utf16.Encode([]rune(got))); units > tc.most || !json.Valid([]byte(got)) {
				t.Errorf("got %d units: %s", units, got)
			}
		})
	}
}
