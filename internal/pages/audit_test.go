package pages_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/pages"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/report"
	"hcp-packer-iteration/internal/verdict"
)

// auditOf is a page of the action audit in which every text that somebody else writes is the given one.
func auditOf(given string) pages.Audit {
	it := resolutionOf(given).Iteration
	it.Number = nil
	quoted := problem.Quote(given)
	return pages.Audit{
		Buckets: 2,
		Findings: []verdict.Finding{
			{Bucket: given, Channel: given, Kind: gate.RolledBack, Effect: gate.Fail, Iteration: it, RolledBackFrom: &registry.Assignment{Iteration: it}, Message: "It is revoked because of " + quoted + "."},
			{Bucket: given, Kind: verdict.Unreadable, Effect: gate.Fail, Message: "Bucket " + quoted + " could not be read."},
			{Bucket: given, Channel: given, Kind: verdict.Unassigned, Effect: gate.Warn, Message: "Channel " + quoted + " points at nothing."},
			{Bucket: given, Channel: given, Kind: verdict.OK, Effect: gate.Ignore, Iteration: it},
		},
		Unmatched: []string{"The input channels: " + quoted + " matches nothing."},
	}
}

// TestAudit_hostile_text_stays_text reports pages full of hostile text, and looks for anything that the report did
// not mean.
func TestAudit_hostile_text_stays_text(t *testing.T) {
	t.Parallel()
	for _, given := range hostile() {
		t.Run(problem.Quote(given), func(t *testing.T) {
			t.Parallel()
			p := problem.New(problem.ChannelsRefused, "It is refused because of %s.", problem.Quote(given))
			w := publish(t, auditOf(given), p, func(r *report.Reporter) { r.Annotate(auditOf(given).Form(p).Notes, p) })
			checkSummary(t, w.summary, 0)
			if got := lineStart.FindAllString(w.log, -1); len(got) != 5 || strings.Count(w.log, "\n") != 5 || strings.Contains(w.log, "##[") {
				t.Errorf("the log is not 5 lines: %q", w.log)
			}
			var findings []struct{ Bucket, Channel string }
			if err := json.Unmarshal([]byte(w.outputs["findings"]), &findings); err != nil || len(findings) != 3 || findings[0].Channel != string([]rune(given)) || len(w.outputs) != 10 {
				t.Errorf("got %d outputs, findings %q, %v", len(w.outputs), w.outputs["findings"], err)
			}
		})
	}
}

// TestAudit_large has as many channels as a large registry, with long names, in a page that GitHub takes.
func TestAudit_large(t *testing.T) {
	t.Parallel()
	for name, effect := range map[string]gate.Effect{"fine": gate.Ignore, "refused": gate.Fail} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := pages.Audit{Buckets: 1500}
			for i := range 4500 {
				page.Findings = append(page.Findings, verdict.Finding{
					Bucket: fmt.Sprintf("%s%d", strings.Repeat("b", 60), i/3), Channel: fmt.Sprintf("%s%d", strings.Repeat("c", 60), i%3),
					Kind: gate.Revoked, Effect: effect, Iteration: &registry.Iteration{Name: strings.Repeat("n", 100)}, Message: strings.Repeat("It is so. ", 300),
				})
			}
			w := publish(t, page, nil, func(r *report.Reporter) { r.Annotate(page.Form(nil).Notes, nil) })
			if len(w.summary) > 1<<20 {
				t.Errorf("the summary has %d bytes", len(w.summary))
			}
			if size := len(w.outputs["findings"]) + len(w.outputs["rebuild"]); size > 400_000 {
				t.Errorf("findings and rebuild have %d bytes", size)
			}
			if got := strings.Contains(w.log, " findings are left out, the mildest first."); got != (effect == gate.Fail) {
				t.Errorf("the log says that findings are left out: %v", got)
			}
			if effect == gate.Fail && (!strings.HasPrefix(w.outputs["rebuild"], `["`) || !strings.HasPrefix(w.outputs["findings"], `[{`)) {
				t.Errorf("got rebuild %.40s, findings %.40s", w.outputs["rebuild"], w.outputs["findings"])
			}
		})
	}
}

// TestAudit_rebuild has more buckets to rebuild than the output holds, and says so.
func TestAudit_rebuild(t *testing.T) {
	t.Parallel()
	var page pages.Audit
	for i := range 4000 {
		page.Findings = append(page.Findings, verdict.Finding{
			Bucket: fmt.Sprintf("%s-%04d", strings.Repeat("b", 59), 3999-i), Channel: "production", Kind: verdict.Unassigned, Effect: gate.Warn, Message: "It is so.",
		})
	}
	w := publish(t, page, nil, func(r *report.Reporter) { r.Annotate(page.Form(nil).Notes, nil) })
	var rebuild []string
	if err := json.Unmarshal([]byte(w.outputs["rebuild"]), &rebuild); err != nil || len(rebuild) < 2900 || len(rebuild) > 3000 || !strings.HasSuffix(rebuild[0], "-0000") {
		t.Errorf("got %d buckets to rebuild, %v", len(rebuild), err)
	}
	if want := fmt.Sprintf("The output rebuild is full: %d buckets are left out, the last ones by name.", 4000-len(rebuild)); !strings.Contains(w.log, want) {
		t.Errorf("the log does not say %q:\n%.2000s", want, w.log)
	}
	if size := len(w.outputs["findings"]) + len(w.outputs["rebuild"]); size > 400_000 {
		t.Errorf("findings and rebuild have %d bytes", size)
	}
}
