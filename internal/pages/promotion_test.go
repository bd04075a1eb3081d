package pages_test

import (
	"testing"

	"hcp-packer-iteration/internal/problem"
)

// TestPromotion_changed has changed say what was seen, but for a dry run that fails.
func TestPromotion_changed(t *testing.T) {
	t.Parallel()
	failure := problem.New(problem.CannotWriteOutputs, "It is so.")
	for name, tc := range map[string]struct {
		changed, dryRun bool
		p               *problem.Problem
		want            string
	}{
		"moved":                {true, false, nil, "true"},
		"there":                {false, false, nil, "false"},
		"moved_and_failed":     {true, false, failure, "true"},
		"not_moved":            {false, false, failure, "false"},
		"would_move":           {true, true, nil, "true"},
		"would_move_but_fails": {true, true, failure, "false"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := promotionOf("x")
			page.Changed, page.DryRun = tc.changed, tc.dryRun
			if got := publish(t, page, tc.p).outputs["changed"]; got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
