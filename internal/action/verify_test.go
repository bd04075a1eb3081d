package action_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/problem"
)

// verify runs a step of the second action in a workspace.
func (w *world) verify(t *testing.T, workspace string, inputs map[string]string) result {
	t.Helper()
	s := w.step(t, inputs, "verify")
	s.cmd.Env = append(s.cmd.Env, "GITHUB_WORKSPACE="+workspace)
	return s.wait(t, s.cmd.Run())
}

// TestVerify runs every case of testdata/verify: its inputs, in its workspace.
func TestVerify(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, folder := range verifyCases(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			compareGolden(t, folder+".golden", w.verifyCase(t, folder).String(), true)
		})
	}
}

// verifyCases are the folders of testdata/verify.
func verifyCases(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/verify/*/inputs.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for i := range paths {
		paths[i] = filepath.Dir(paths[i])
	}
	return paths
}

func (w *world) verifyCase(t *testing.T, folder string) result {
	t.Helper()
	workspace, err := filepath.Abs(filepath.Join(folder, "workspace"))
	if err != nil {
		t.Fatal(err)
	}
	return w.verify(t, workspace, readInputs(t, filepath.Join(folder, "inputs.yaml")))
}

// TestVerifyAsks counts the requests: one token, one search for each distinct id, one channel read for
// each distinct bucket.
func TestVerifyAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.verify(t, t.TempDir(), map[string]string{
		"image-ids": "ami-0a000000000000201\nami-0a000000000000301\nami-0c000000000000001\nami-0a000000000000201",
		"channel":   "production",
	})
	if got.exitCode != 0 || got.outputs["checked"] != "3" {
		t.Errorf("the step does not pass:\n%s", got)
	}
	var asks []fakehcp.Route
	for _, request := range w.server.Requests() {
		asks = append(asks, request.Route)
	}
	slices.Sort(asks)
	want := []fakehcp.Route{fakehcp.ChannelRoute, fakehcp.ChannelRoute, fakehcp.SearchRoute, fakehcp.SearchRoute, fakehcp.SearchRoute, fakehcp.TokenRoute}
	if diff := cmp.Diff(want, asks); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// checkVerified checks all that the contract says of every step of the second action.
func checkVerified(t *testing.T, got result, title problem.Title) {
	t.Helper()
	if title == passes {
		if got.exitCode != 0 || got.outputs["result"] != "pass" || got.outputs["checked"] != "1" {
			t.Errorf("the step does not pass:\n%s", got)
		}
		return
	}
	want := map[string]string{"result": "fail", "checked": "0", "refused": "0", "warned": "0", "fixed": "0", "fixed-files": "[]", "verdicts": "[]", "problem": string(title), "message": got.outputs["message"]}
	if diff := cmp.Diff(want, got.outputs); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	checkFailure(t, got, title)
}

// TestVerifyWithoutSearch asks registries that cannot be searched.
func TestVerifyWithoutSearch(t *testing.T) {
	t.Parallel()
	for _, search := range []string{"refused", "absent", "unimplemented"} {
		t.Run(search, func(t *testing.T) {
			t.Parallel()
			checkVerified(t, verifyWithout(t, search), problem.SearchNotAvailable)
		})
	}
}

// verifyWithout asks a registry whose search answers so.
func verifyWithout(t *testing.T, search string) result {
	t.Helper()
	w := newWorld(t)
	w.server.Change(func(r *fakehcp.Registry) { r.Organizations[0].Projects[0].Search = search })
	return w.verify(t, t.TempDir(), map[string]string{"image-ids": "ami-0c000000000000001"})
}

// TestVerifyManyImages checks 500 ids, within the memory that the contract allows.
func TestVerifyManyImages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids []string
	for i := range 500 {
		ids = append(ids, fmt.Sprintf("ami-%017x", 0xf00000+i))
	}
	s := w.step(t, map[string]string{"image-ids": strings.Join(ids, "\n"), "untracked": "ignore", "timeout": "1h"}, "verify")
	peak := s.peak(t)
	got := s.wait(t, s.cmd.Wait())
	if got.exitCode != 0 || got.outputs["checked"] != "500" {
		t.Errorf("the step does not pass:\n%s", got)
	}
	if limit := 100 << 10; peak > limit {
		t.Errorf("got a peak of %d KiB, want at most %d", peak, limit)
	}
	t.Logf("a peak of %d KiB", peak)
}

// TestVerifyFixesFilesOnly has an id in a file and in the list: it is replaced in the file and refused for the list,
// without an error at the line that does not name it any more.
func TestVerifyFixesFilesOnly(t *testing.T) {
	t.Parallel()
	workspace := t.TempDir()
	path := filepath.Join(workspace, "main.tf")
	if err := os.WriteFile(path, []byte("ami-0a000000000000101"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := newWorld(t).verify(t, workspace, map[string]string{
		"image-ids": "ami-0a000000000000101", "files": "main.tf", "channel": "production", "fix": "true",
	})
	if got.outputs["refused"] != "1" || got.outputs["fixed"] != "1" || got.outputs["problem"] != "Images refused" {
		t.Errorf("got %v", got.outputs)
	}
	if strings.Contains(got.log, "::error file=") {
		t.Errorf("there is an error at the fixed line:\n%s", got.log)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "ami-0a000000000000301" {
		t.Errorf("got %q, %v", text, err)
	}
}

// TestVerifyFixes runs a nightly fix in a workspace of its own: the ids of refused and outdated images are
// replaced where files name them, and nothing else is; a second run changes nothing.
func TestVerifyFixes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := map[string]string{
		"prod/main.tfvars": "# pinned\r\nami = \"ami-0a000000000000101\"\r\nold = \"ami-0a000000000000201\" # and ami-0c000000000000001\r\n",
		"eu.tfvars":        "\ufeffami = \"ami-0a000000000000102\"\n",
		"waived.tfvars":    "ami = \"ami-0b000000000000001\"\n",
		"google.tfvars":    "image = \"projects/acme-images/global/images/web-v1\"\n",
		"fine.tfvars":      "ami = \"ami-0a000000000000301\"\n",
		"binary.tfvars":    "ami-0a000000000000101\x00",
	}
	after := maps.Clone(before)
	after["prod/main.tfvars"] = "# pinned\r\nami = \"ami-0a000000000000301\"\r\nold = \"ami-0a000000000000301\" # and ami-0c000000000000001\r\n"
	after["google.tfvars"] = "image = \"projects/acme-images/global/images/web-v3\"\n"
	after["eu.tfvars"] = "\ufeffami = \"ami-0a000000000000302\"\n"
	workspace := t.TempDir()
	for name, text := range before {
		path := filepath.Join(workspace, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o640)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../eu.tfvars", filepath.Join(workspace, "prod/common.tfvars")); err != nil {
		t.Fatal(err)
	}
	inputs := map[string]string{
		"files": "**/*.tfvars", "channel": "production", "fix": "true", "outdated": "fail",
		"waivers": "ami-0b000000000000001 until 2999-12-31 vendor fix pending",
	}
	for run, want := range []map[string]string{
		{"result": "pass", "refused": "0", "warned": "1", "fixed": "4", "fixed-files": `["eu.tfvars","google.tfvars","prod/main.tfvars"]`},
		{"result": "pass", "refused": "0", "warned": "1", "fixed": "0", "fixed-files": "[]"},
	} {
		got := w.verify(t, workspace, inputs)
		for name, value := range want {
			if got.outputs[name] != value {
				t.Errorf("run %d, output %s: got %q, want %q:\n%s", run+1, name, got.outputs[name], value, got)
			}
		}
		for name, text := range after {
			path := filepath.Join(workspace, name)
			if found, err := os.ReadFile(path); err != nil || string(found) != text {
				t.Errorf("run %d, %s: got %q, %v, want %q", run+1, name, found, err, text)
			}
			if info, err := os.Stat(path); err != nil || info.Mode() != 0o640 {
				t.Errorf("run %d, %s: got mode %v, %v", run+1, name, info.Mode(), err)
			}
		}
	}
}

// TestVerifyUnreadableAnswers has one of two searches, or the read of a channel, answered with something that cannot
// be understood: it is told of the image that it is about, and the other one has its verdict.
func TestVerifyUnreadableAnswers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		route    fakehcp.Route
		ids      string
		kinds    string
		refused  string
		ofAction bool
	}{
		"one_search":  {fakehcp.SearchRoute, "ami-0a000000000000101\nami-0a000000000000102", "revoked unusable", "2", false},
		"the_search":  {fakehcp.SearchRoute, "ami-0a000000000000301", "", "0", true},
		"one_channel": {fakehcp.ChannelRoute, "ami-0a000000000000301", "no-channel", "1", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.server.Fail(tc.route, fakehcp.Fault{Status: 400, Body: `{"code": 3, "message": "no such thing"}`})
			got := w.verify(t, t.TempDir(), map[string]string{"image-ids": tc.ids, "channel": "production"})
			var verdicts []struct{ Verdict string }
			if err := json.Unmarshal([]byte(got.outputs["verdicts"]), &verdicts); err != nil {
				t.Fatal(err)
			}
			var kinds []string
			for _, v := range verdicts {
				kinds = append(kinds, v.Verdict)
			}
			slices.Sort(kinds)
			if strings.Join(kinds, " ") != tc.kinds || got.outputs["refused"] != tc.refused {
				t.Errorf("got the verdicts %v and %s refused:\n%s", kinds, got.outputs["refused"], got)
			}
			title := problem.ImagesRefused
			if tc.ofAction {
				title = problem.UnexpectedResponse
			}
			if got.outputs["problem"] != string(title) {
				t.Errorf("got the problem %q", got.outputs["problem"])
			}
			if says := strings.Contains(got.outputs["message"], "no such thing"); says != (name != "one_search") {
				t.Errorf("got the message %q", got.outputs["message"])
			}
		})
	}
}
