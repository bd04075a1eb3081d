package pages

import (
	"strings"
	"testing"
)

func TestCutPage(t *testing.T) {
	t.Parallel()
	const closed = "a\n\n<details><summary>b</summary>\n\n- c\n\n</details>\n\n"
	const says = "\nThere is more than fits: the rest of this page is cut.\n"
	for name, tc := range map[string]struct{ page, want string }{
		"short":            {closed, closed},
		"at_a_lines_end":   {closed + strings.Repeat("d", 200), closed + says},
		"in_a_fold":        {closed + "<details>\n\n- e\n" + strings.Repeat("f", 200), closed + "<details>\n\n- e\n\n</details>\n\n" + says},
		"at_a_folds_begin": {closed + "<details>\n" + strings.Repeat("g", 200), closed + "<details>\n\n</details>\n\n" + says},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := cutPage(tc.page, 240); got != tc.want || len(got) > 240 {
				t.Errorf("got %d bytes\n%s\nwant\n%s", len(got), got, tc.want)
			}
		})
	}
}
