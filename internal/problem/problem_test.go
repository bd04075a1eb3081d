package problem_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"hcp-packer-iteration/internal/problem"
)

func TestNew_keeps_the_advice(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("𝔘", 2000)
	for name, tc := range map[string]struct {
		first, second string
		want          int // bytes
	}{
		"short":          {"a", "b", 21},
		"at_the_limit":   {strings.Repeat("a", 3980), "b", 4000},
		"one_too_long":   {strings.Repeat("a", 3981), "b", 4000},
		"a_long_text":    {long, "b", 4000},
		"two_long_texts": {long, long, 4000},
		"a_long_quote":   {`"` + long + `"`, "b", 4000},
	} {
		got := problem.New(problem.ImagesRefused, "%s refused: %s. Advice.", tc.first, tc.second).Message
		if len(got) > tc.want || len(got) < tc.want-8 || !strings.HasSuffix(got, " Advice.") || !utf8.ValidString(got) || strings.Count(got, `"`)%2 == 1 {
			t.Errorf("%s: got %d bytes, ending %q", name, len(got), got[max(0, len(got)-20):])
		}
	}
}
