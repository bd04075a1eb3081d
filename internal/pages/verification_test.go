package pages_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/pages"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
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

// refused is the verdict on an image of an iteration that is revoked with a message.
func refused(image imageids.Image, message string) verdict.Verdict {
	it := &registry.Iteration{Bucket: "web", ID: "01", RevocationMessage: message}
	return verdict.Verdict{Image: image, Kind: gate.Revoked, Effect: gate.Fail, Clause: "is revoked", Match: &registry.Match{Iteration: it}}
}

// TestVerificationOfFailedFix has one of two lines fixed when the action fails: the page tells of the failure, not of
// images to replace, and no error stands at the line that is fixed, but the warning of a waived image on it.
func TestVerificationOfFailedFix(t *testing.T) {
	t.Parallel()
	image, waived := usedAt("ami-1", "a.tf", 2), refused(usedAt("ami-2", "a.tf", 1), "")
	waived.Kind, waived.Effect, waived.Replacement = verdict.Waived, gate.Warn, "ami-3"
	page := &pages.Verification{
		Verdicts: []verdict.Verdict{refused(image, ""), waived},
		Fixed:    workspace.Fixed{Count: 1, Places: map[workspace.Spot]bool{{Key: imageids.Key(image.ID), Place: image.Places[0]}: true}},
	}
	p := problem.New(problem.CannotWriteOutputs, "The image ids in b.tf could not be replaced.")
	w := publish(t, page, p)
	if want := "### ❌ 2 images checked, 1 with a warning, 1 place fixed: cannot write outputs\n\nThe image ids in b.tf could not be replaced.\n"; !strings.HasPrefix(w.summary, want) {
		t.Errorf("got the summary\n%s\nwant it to begin with\n%s", w.summary, want)
	}
	if got := w.outputs["verdicts"]; got != "[]" {
		t.Errorf("got the verdicts %s", got)
	}
	for start, want := range map[string]int{"::error file=a.tf,line=1,": 0, "::error file=a.tf,line=2,": 1, "::notice file=a.tf,line=1,": 1, "::warning file=a.tf,line=1,": 1} {
		if got := strings.Count(w.log, start); got != want {
			t.Errorf("got %d lines that begin with %s, want %d:\n%s", got, start, want, w.log)
		}
	}
}

// TestVerdictsAreLeftOut has one refused image at more places than there is room for, and so many
// images that there is no room for all.
func TestVerdictsAreLeftOut(t *testing.T) {
	t.Parallel()
	fine := verdict.Verdict{Image: usedAt("ami-1", "fine.tf", 1), Kind: verdict.OK, Effect: gate.Ignore}
	const warning = "::warning title=Verdicts left out::The output verdicts is full: it has the first 10 places of an image."
	for name, tc := range map[string]struct {
		verdicts  []verdict.Verdict
		kept      int
		leavesOut string
	}{
		"all":           {[]verdict.Verdict{fine, refused(usedAt("ami-2", "a.tf", 100), "a hole")}, 2, ""},
		"many_places":   {[]verdict.Verdict{fine, refused(usedAt("ami-2", strings.Repeat("x", 1000), 1000), "a hole")}, 2, warning + "\n"},
		"many_verdicts": {append(slices.Repeat([]verdict.Verdict{fine}, 2000), refused(usedAt("ami-2", "a.tf", 1), "a hole")), 1599, warning + " 402 verdicts are left out, the mildest first.\n"},
	} {
		page := &pages.Verification{Verdicts: tc.verdicts}
		w := publish(t, page, nil)
		var got []struct{ Verdict string }
		if err := json.Unmarshal([]byte(w.outputs["verdicts"]), &got); err != nil || len(got) != tc.kept || got[len(got)-1].Verdict != "revoked" {
			t.Errorf("%s: got %d verdicts, %v", name, len(got), err)
		}
		if !strings.Contains(w.log, tc.leavesOut) || tc.leavesOut == "" && strings.Contains(w.log, "left out") {
			t.Errorf("%s: got the log\n%s", name, w.log[:min(len(w.log), 1000)])
		}
	}
}

// TestVerificationOfManyImages has texts of four bytes a character: the page is below GitHub's limit, says what it has
// no room for, and takes no more memory than a few copies of them. Tests beside it would count as well.
func TestVerificationOfManyImages(t *testing.T) {
	wide := strings.Repeat("𝔘", 400)
	page := &pages.Verification{Warnings: slices.Repeat([]string{wide}, 200)}
	for i := range 200 {
		text := fmt.Sprintf("%d%s", i, wide)
		page.Unknown.Places = append(page.Unknown.Places, imageids.Place{Address: text})
		v := refused(usedAt(text, text, 1), text)
		v.Clause, v.Replacement = "is revoked, reason: "+problem.Quote(text), text
		fine := verdict.Verdict{Image: v.Image, Kind: verdict.OK, Effect: gate.Ignore, Match: v.Match}
		page.Verdicts = append(page.Verdicts, v, fine)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	summary := page.Form(nil).Summary
	runtime.ReadMemStats(&after)
	if size := len(summary); size > 1<<20 || !strings.Contains(summary, " more\n") {
		t.Errorf("got a summary of %d bytes", size)
	}
	if size := (after.TotalAlloc - before.TotalAlloc) >> 20; size > 100 {
		t.Errorf("it took %d MiB", size)
	}
}

// TestVerificationAnnotatesEveryImage has one image at ten lines before others: each has an annotation, and its row the
// beginning of its reason, or that it is to be revoked at a time that HCP does not give.
func TestVerificationAnnotatesEveryImage(t *testing.T) {
	t.Parallel()
	page := &pages.Verification{Verdicts: []verdict.Verdict{
		refused(usedAt("ami-1", "a.tf", 10), "CVE-2026-1 | see https://security.example.com/advisories/2026/CVE-2026-1"),
		refused(usedAt("ami-2", "b.tf", 1), strings.Repeat("word ", 40)),
		refused(usedAt("ami-3", "c.tf", 1), ""),
	}}
	page.Verdicts[2].Kind = gate.RevocationScheduled
	p := problem.New(problem.ImagesRefused, "2 of 2 images refused.")
	w := publish(t, page, p)
	if !strings.Contains(w.log, "::error file=b.tf,line=1,") || !strings.Contains(w.log, "::error title=More of this kind::There are 4 more") {
		t.Errorf("got the log\n%s", w.log)
	}
	for _, row := range []string{
		"| ❌ `web` `01` revoked: `CVE-2026-1 \\x7c see https://...ories/2026/CVE-2026-1` | `ami-1` | `a.tf:1`<br>and 9 more |\n",
		"| ❌ `web` `01` revoked: `" + strings.TrimSpace(strings.Repeat("word ", 16)) + " …` | `ami-2` | `b.tf:1` |\n",
		"| ❌ `web` `01` to be revoked | `ami-3` | `c.tf:1` |\n",
	} {
		if !strings.Contains(w.summary, row) {
			t.Errorf("got the summary\n%s\nwant the row\n%s", w.summary, row)
		}
	}
}
