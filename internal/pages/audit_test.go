package pages_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/pages"
	"hcp-packer-iteration/internal/verdict"
)

// TestAudit_rebuild has more buckets to rebuild than the output holds, and says so among more warnings than are shown.
func TestAudit_rebuild(t *testing.T) {
	t.Parallel()
	page := pages.Audit{Unmatched: []string{"A line matches nothing."}, Over: make([]verdict.Waiver, 20)}
	for i := range 400 {
		page.Findings = append(page.Findings, verdict.Finding{
			Bucket: fmt.Sprintf("%s-%03d", strings.Repeat("b", 995), 399-i), Channel: "production", Kind: verdict.Unassigned, Effect: gate.Warn,
		})
	}
	w := publish(t, page, nil)
	var rebuild []string
	if err := json.Unmarshal([]byte(w.outputs["rebuild"]), &rebuild); err != nil || len(rebuild) != 199 || !strings.HasSuffix(rebuild[0], "-000") {
		t.Errorf("got %d buckets to rebuild, %v", len(rebuild), err)
	}
	for _, want := range []string{
		"A line matches nothing.",
		"The output findings is full: 245 findings are left out, the mildest first.",
		"The output rebuild is full: 201 buckets are left out, the last ones by name.",
	} {
		if !strings.Contains(w.log, want) {
			t.Errorf("the log does not say %q:\n%.2000s", want, w.log)
		}
	}
	if size := len(w.outputs["findings"]) + len(w.outputs["rebuild"]); size > 400_000 {
		t.Errorf("findings and rebuild have %d bytes", size)
	}
}
