package action_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/problem"
)

// TestVerifyWithoutSearch asks registries that cannot be searched: nothing passes, and nothing is told of images.
func TestVerifyWithoutSearch(t *testing.T) {
	t.Parallel()
	for _, search := range []string{"refused", "absent", "unimplemented"} {
		t.Run(search, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.server.Change(func(r *fakehcp.Registry) { r.Organizations[0].Projects[0].Search = search })
			got := w.run(t, map[string]string{"image-ids": "ami-0c000000000000001"}, "verify")
			checkFailure(t, got, problem.SearchNotAvailable)
			delete(got.outputs, "message")
			delete(got.outputs, "markdown")
			want := map[string]string{"result": "fail", "checked": "0", "refused": "0", "warned": "0", "fixed": "0", "fixed-files": "[]", "verdicts": "[]", "problem": string(problem.SearchNotAvailable)}
			if diff := cmp.Diff(want, got.outputs); diff != "" {
				t.Errorf("outputs (-want +got):\n%s", diff)
			}
		})
	}
}

// TestVerifyManyImages checks 500 ids, within the memory that the contract allows.
func TestVerifyManyImages(t *testing.T) {
	t.Parallel()
	var ids []string
	for i := range 500 {
		ids = append(ids, fmt.Sprintf("ami-%017x", 0xf00000+i))
	}
	got, peak := newWorld(t).step(t, map[string]string{"image-ids": strings.Join(ids, "\n"), "untracked": "ignore", "timeout": "1h"}, "verify").runPeak(t)
	if got.exitCode != 0 || got.outputs["checked"] != "500" {
		t.Errorf("the step does not pass:\n%s", got)
	}
	if limit := 100 << 10; peak > limit {
		t.Errorf("got a peak of %d KiB, want at most %d", peak, limit)
	}
}

// TestVerifyManyMatches has two answers that the registry could give, and that do not fit in memory together.
func TestVerifyManyMatches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	match := `,{"bucket":{"name":"a"},"version":{"id":"b","status":"VERSION_ACTIVE"}}`
	w.server.Fail(fakehcp.SearchRoute, fakehcp.Fault{Body: `{"artifacts":[` + strings.Repeat(match, 49_000)[1:] + `]}`, Repeat: true})
	got, _ := w.step(t, map[string]string{"image-ids": "ami-0a000000000000101\nami-0a000000000000102"}, "verify").runPeak(t)
	if message := got.outputs["message"]; got.exitCode != 1 || !strings.Contains(message, "more places") {
		t.Errorf("got the message %q", message)
	}
}

// TestVerifyFixesOnce fixes a workspace a second time: nothing changes any more.
func TestVerifyFixesOnce(t *testing.T) {
	t.Parallel()
	w, workspace := newWorld(t), t.TempDir()
	path := filepath.Join(workspace, "main.tf")
	if err := os.WriteFile(path, []byte("ami-0a000000000000101"), 0o600); err != nil {
		t.Fatal(err)
	}
	for run, fixed := range []string{"1", "0"} {
		s := w.step(t, map[string]string{"files": "main.tf", "channel": "production", "fix": "true"}, "verify")
		s.env["GITHUB_WORKSPACE"] = workspace
		got := s.run(t)
		if text, err := os.ReadFile(path); got.exitCode != 0 || got.outputs["fixed"] != fixed || err != nil || string(text) != "ami-0a000000000000301" {
			t.Errorf("run %d: got the file %q, %v:\n%s", run+1, text, err, got)
		}
	}
}

// TestVerifyUnreadableAnswers has one of two searches, or the read of a channel or a version, answered with something
// that cannot be understood: it is told of the image that it is about, and the other one has its verdict.
func TestVerifyUnreadableAnswers(t *testing.T) {
	t.Parallel()
	odd := fakehcp.Fault{Status: 400, Body: `{"code": 3, "message": "no such thing"}`}
	another := fakehcp.Fault{Edit: func(body []byte) []byte { return bytes.Replace(body, []byte(`"id":"01`), []byte(`"id":"02`), 1) }}
	for name, tc := range map[string]struct {
		route         fakehcp.Route
		fault         fakehcp.Fault
		ids, maxAge   string
		kinds         string
		title         problem.Title
		says, saysNot string // in the message
	}{
		"one_search":      {fakehcp.SearchRoute, odd, "ami-0a000000000000101\nami-0a000000000000102", "", "revoked unusable", problem.ImagesRefused, "unusable", "no such thing"},
		"the_search":      {fakehcp.SearchRoute, odd, "ami-0a000000000000301", "", "", problem.UnexpectedResponse, "no such thing", "refused"},
		"one_channel":     {fakehcp.ChannelRoute, odd, "ami-0a000000000000301", "", "no-channel", problem.ImagesRefused, "no such thing", "Replace"},
		"one_version":     {fakehcp.IterationRoute, odd, "ami-0a000000000000301", "100000d", "unusable", problem.ImagesRefused, "no such thing", "Replace"},
		"another_version": {fakehcp.IterationRoute, another, "ami-0a000000000000301", "100000d", "unusable", problem.ImagesRefused, "another iteration", "Replace"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.server.Fail(tc.route, tc.fault)
			got := w.run(t, map[string]string{"image-ids": tc.ids, "channel": "production", "max-age": tc.maxAge}, "verify")
			kinds := kindsOf(t, got.outputs["verdicts"])
			slices.Sort(kinds)
			if strings.Join(kinds, " ") != tc.kinds || got.outputs["refused"] != fmt.Sprint(len(kinds)) || got.outputs["problem"] != string(tc.title) {
				t.Errorf("got the verdicts %v:\n%s", kinds, got)
			}
			if message := got.outputs["message"]; !strings.Contains(message, tc.says) || strings.Contains(message, tc.saysNot) {
				t.Errorf("got the message %q", message)
			}
		})
	}
}

// TestVerifyUncheckedReplacement has nobody told of a replacement that could not be looked up: it may be refused, or
// sensitive.
func TestVerifyUncheckedReplacement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.server.Fail(fakehcp.SearchRoute, fakehcp.Fault{Pass: true}, fakehcp.Fault{Status: 403})
	got := w.run(t, map[string]string{"image-ids": "ami-0a000000000000101", "channel": "production"}, "verify")
	checkFailure(t, got, problem.SearchNotAvailable)
	if strings.Contains(got.log, "Replace it with") || strings.Contains(got.summary, "➡️") {
		t.Errorf("the replacement is told of:\n%s", got)
	}
}

// kindsOf are those of the output verdicts or findings.
func kindsOf(t *testing.T, output string) []string {
	t.Helper()
	var list []struct{ Verdict, Kind string }
	if err := json.Unmarshal([]byte(output), &list); err != nil {
		t.Fatalf("%q: %v", output, err)
	}
	var kinds []string
	for _, each := range list {
		kinds = append(kinds, each.Verdict+each.Kind)
	}
	return kinds
}

var region = regexp.MustCompile(`"startLine":\s*(\d+),\s*"startColumn":\s*(\d+),\s*"endLine":\s*\d+,\s*"endColumn":\s*(\d+)`)

// TestVerifySARIF is about which steps leave a file for code scanning, with which results. An older one is gone, and so
// is not searched.
func TestVerifySARIF(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		inputs map[string]string
		want   string // line and columns of the results, or "none" for no file
	}{
		"refused":       {nil, "[1:1-22 1:33-54 2:1-22]"},
		"left_by_a_fix": {map[string]string{"fix": "true"}, "[1:33-54]"},
		"nothing_found": {map[string]string{"files": "none", "if-no-files-found": "ignore"}, "[]"},
		"list":          {map[string]string{"files": "", "image-ids": "ami-0a000000000000101"}, "[]"},
		"invalid":       {map[string]string{"timeout": "none"}, "none"},
		"invalid_later": {map[string]string{"plan": "main.tf"}, "none"},
		"no_session":    {map[string]string{"client-secret": "wrong"}, "none"},
		"no_outputs":    {map[string]string{"fail-on": "never"}, "none"},
		"in_a_folder":   {map[string]string{"sarif-file": "a/b.sarif", "files": "*.tf"}, "[1:1-22 1:33-54 2:1-22]"},
		"out":           {map[string]string{"sarif-file": "../b.sarif"}, "none"},
		"out_by_a_link": {map[string]string{"sarif-file": "out/b.sarif"}, "none"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			workspace := t.TempDir()
			tc.inputs = merged(map[string]string{"files": "*", "channel": "production", "sarif-file": "old.sarif"}, tc.inputs)
			err := errors.Join(os.WriteFile(filepath.Join(workspace, "old.sarif"), []byte("ami-0a000000000000102"), 0o600), os.Symlink(t.TempDir(), filepath.Join(workspace, "out")),
				os.WriteFile(filepath.Join(workspace, "main.tf"), []byte("ami-0a000000000000101 web-v1 😀 ami-00000000000000000\nami-0a000000000000101"), 0o600))
			if err != nil {
				t.Fatal(err)
			}
			s := newWorld(t).step(t, tc.inputs, "verify")
			s.env["GITHUB_WORKSPACE"] = workspace
			if name == "no_outputs" {
				s.env["GITHUB_OUTPUT"] = "/"
			}
			got := s.run(t)
			text, err := os.ReadFile(filepath.Join(workspace, tc.inputs["sarif-file"]))
			if errors.Is(err, fs.ErrNotExist) && tc.want == "none" {
				return
			}
			regions := []string{}
			for _, at := range region.FindAllSubmatch(text, -1) {
				regions = append(regions, fmt.Sprintf("%s:%s-%s", at[1], at[2], at[3]))
			}
			slices.Sort(regions)
			if err != nil || fmt.Sprint(regions) != tc.want {
				t.Errorf("got %s, %v, want %s in\n%s\n%s", regions, err, tc.want, text, got)
			}
		})
	}
}
