package pages_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/pages"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/report"
	"hcp-packer-iteration/internal/verdict"
	"hcp-packer-iteration/internal/workspace"
)

// usedAt is an image at so many lines of a file.
func usedAt(id, file string, lines int) imageids.Image {
	image := imageids.Image{ID: id}
	for line := range lines {
		image.Places = append(image.Places, imageids.Place{File: file, Line: line + 1})
	}
	return image
}

// TestVerificationOfFailedFix has one of two files fixed when the action fails: the page tells of the failure, not of
// images to replace, and no error stands at the line that is fixed.
func TestVerificationOfFailedFix(t *testing.T) {
	t.Parallel()
	image := usedAt("ami-1", "a.tf", 2)
	page := pages.Verification{
		Verdicts: []verdict.Verdict{{Image: image, Kind: gate.Revoked, Effect: gate.Fail, Clause: "is revoked", Replacement: "ami-2", Fix: &imageids.Replacement{}}},
		Fixed:    workspace.Fixed{Count: 1, Places: map[workspace.Spot]bool{{Key: imageids.Key(image.ID), Place: image.Places[0]}: true}},
	}
	p := problem.New(problem.CannotWriteOutputs, "The image ids in b.tf could not be replaced.")
	w := publish(t, page, p, func(r *report.Reporter) { r.Annotate(page, p) })
	if want := "### ❌ 1 image checked, 1 place fixed: cannot write outputs\n\nThe image ids in b.tf could not be replaced.\n"; !strings.HasPrefix(w.summary, want) {
		t.Errorf("got the summary\n%s\nwant it to begin with\n%s", w.summary, want)
	}
	if got := w.outputs["verdicts"]; got != "[]" {
		t.Errorf("got the verdicts %s", got)
	}
	if strings.Contains(w.log, "::error file=a.tf,line=1,") || !strings.Contains(w.log, "::error file=a.tf,line=2,") || !strings.Contains(w.log, "::notice file=a.tf,line=1,") {
		t.Errorf("got the log\n%s", w.log)
	}
}

// TestVerificationOfWaivedBesideFixed has a waived image on the line of a fixed one: its waiver is told as ever.
func TestVerificationOfWaivedBesideFixed(t *testing.T) {
	t.Parallel()
	fixed, waived := usedAt("ami-1", "a.tf", 1), usedAt("ami-2", "a.tf", 1)
	page := pages.Verification{
		Verdicts: []verdict.Verdict{
			{Image: fixed, Kind: gate.Revoked, Effect: gate.Ignore, Fixed: true, Clause: "is revoked", Replacement: "ami-3"},
			{Image: waived, Kind: verdict.Waived, Effect: gate.Warn, Clause: "is waived", Replacement: "ami-3"},
		},
		Fixed: workspace.Fixed{Count: 1, Places: map[workspace.Spot]bool{{Key: imageids.Key("ami-1"), Place: fixed.Places[0]}: true}},
	}
	w := publish(t, page, nil, func(r *report.Reporter) { r.Annotate(page, nil) })
	if !strings.Contains(w.log, "::warning file=a.tf,line=1,") || strings.Count(w.log, "It is replaced by") != 1 {
		t.Errorf("got the log\n%s", w.log)
	}
}

// TestVerdictsLeaveOutPlacesFirst has a refused image at more places than there is room for, and a milder one.
func TestVerdictsLeaveOutPlacesFirst(t *testing.T) {
	t.Parallel()
	page := pages.Verification{Verdicts: []verdict.Verdict{
		{Image: usedAt("ami-1", "fine.tf", 1), Kind: verdict.OK, Effect: gate.Ignore},
		{Image: usedAt("ami-2", strings.Repeat("x", 1000), 1000), Kind: gate.Revoked, Effect: gate.Fail, Clause: "is revoked"},
	}}
	w := publish(t, page, nil, func(r *report.Reporter) { r.Annotate(page, nil) })
	var got []struct {
		Verdict string           `json:"verdict"`
		Places  []imageids.Place `json:"places"`
	}
	if err := json.Unmarshal([]byte(w.outputs["verdicts"]), &got); err != nil || len(got) != 2 || len(got[1].Places) != 10 {
		t.Errorf("got %v, %v", fmt.Sprint(got)[:min(len(fmt.Sprint(got)), 200)], err)
	}
	if !strings.Contains(w.log, "::warning title=Verdicts left out::The output verdicts is full: it has the first 10 places of an image.\n") {
		t.Errorf("nothing tells what is left out:\n%s", w.log)
	}
}
