package pages_test

import (
	"encoding/json"
	"strings"
	"testing"

	"hcp-packer-iteration/internal/pages"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/report"
)

// promotionOf is a page of the action promote in which every text that somebody else writes is the given one.
func promotionOf(given string) pages.Promotion {
	r, before := resolutionOf(given), *resolutionOf(given).Iteration
	r.Iteration.Number, before.Number, before.ID = nil, nil, "before"+given
	return pages.Promotion{
		Bucket: "ubuntu", Channel: "production", OrganizationID: "o", ProjectID: "p", BucketURL: portal,
		Iteration: r.Iteration, Decision: r.Decision, Images: r.Images,
		ChannelID: given, Previous: &before, Changed: true, Unconfirmed: "HCP answered 503: " + problem.Quote(given),
	}
}

// TestPromotion_hostile_text_stays_text reports pages full of hostile text, and looks for anything that the report
// did not mean.
func TestPromotion_hostile_text_stays_text(t *testing.T) {
	t.Parallel()
	for _, given := range hostile() {
		t.Run(problem.Quote(given), func(t *testing.T) {
			t.Parallel()
			checkPromotion(t, given, nil)
			checkPromotion(t, given, problem.New(problem.ChannelMoved, "It moved because of %s.", problem.Quote(given)))
		})
	}
}

func checkPromotion(t *testing.T, given string, p *problem.Problem) {
	t.Helper()
	w := publish(t, promotionOf(given), p, func(r *report.Reporter) { r.Annotate(promotionOf(given).Form(p).Notes, p) })
	checkSummary(t, w.summary, 1)
	lines, starts := 30, 4
	if p != nil {
		lines, starts = 27, 1
	}
	if got := strings.Count(w.summary, "\n"); got != lines && strings.TrimSpace(given) != "" {
		t.Errorf("got a summary of %d lines, want %d:\n%s", got, lines, w.summary)
	}
	if got := lineStart.FindAllString(w.log, -1); len(got) != starts || strings.Count(w.log, "\n") != starts || strings.Contains(w.log, "##[") {
		t.Errorf("the log is not %d lines: %q", starts, w.log)
	}
	for name, want := range map[string]string{
		"changed": "true", "previous-fingerprint": given, "previous-iteration-id": "before" + given, "fingerprint": given,
		"channel-id": given, "channel": "production", "bucket": "ubuntu",
	} {
		if got := w.outputs[name]; got != want {
			t.Errorf("output %s: got %q, want %q", name, got, want)
		}
	}
	var images []map[string]any
	if err := json.Unmarshal([]byte(w.outputs["images"]), &images); err != nil || (len(images) == 1) != (p == nil) || len(w.outputs) != 28 {
		t.Errorf("got %d outputs, images %q, %v", len(w.outputs), w.outputs["images"], err)
	}
}

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
			if got := publish(t, page, tc.p, nil).outputs["changed"]; got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
