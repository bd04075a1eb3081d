package action_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
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

// verify runs a step of the second action in a workspace.
func (w *world) verify(t *testing.T, workspace string, inputs map[string]string) result {
	t.Helper()
	s := w.step(t, inputs, "verify")
	s.cmd.Env = append(s.cmd.Env, "GITHUB_WORKSPACE="+workspace)
	return s.wait(t, s.cmd.Run())
}

// TestVerify runs every case of testdata/verify: its inputs, in a copy of its workspace, with a registry of its own
// where it has one.
func TestVerify(t *testing.T) {
	t.Parallel()
	shared := newWorld(t)
	paths, err := filepath.Glob("testdata/verify/*/inputs.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range paths {
		folder := filepath.Dir(path)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			w := shared
			if registry, err := fakehcp.Load(filepath.Join(folder, "registry.yaml")); err == nil {
				w = worldOf(t, registry)
			} else if !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			workspace, before := t.TempDir(), os.DirFS(filepath.Join(folder, "workspace"))
			if err := os.CopyFS(workspace, before); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			got := w.verify(t, workspace, readInputs(t, path)).String()
			if folder == "testdata/verify/sensitive" {
				checkConcealed(t, got, filepath.Join(folder, "workspace", "plan.json"))
			}
			compareGolden(t, folder+".golden", got+changes(t, before, os.DirFS(workspace)), true)
		})
	}
}

// checkConcealed looks for the ids of a plan, which are all sensitive.
func checkConcealed(t *testing.T, got, plan string) {
	t.Helper()
	text, err := os.ReadFile(plan)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range regexp.MustCompile(`ami-[0-9a-f]{17}`).FindAllString(string(text), -1) {
		if strings.Contains(strings.ToLower(got), id) {
			t.Errorf("%s is shown", id)
		}
	}
}

// changes are the files of a workspace that a step wrote, as a golden file holds them.
func changes(t *testing.T, before, after fs.FS) string {
	t.Helper()
	var b strings.Builder
	err := fs.WalkDir(after, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := fs.ReadFile(after, name)
		if old, _ := fs.ReadFile(before, name); !bytes.Equal(old, text) {
			fmt.Fprintf(&b, "\n-- %s --\n%s", name, text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestVerifyAsks counts the requests: one token, one search for each distinct id and for each distinct replacement,
// one channel read for each distinct bucket and one read of each distinct version.
func TestVerifyAsks(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		inputs map[string]string
		want   map[fakehcp.Route]int
	}{
		"ids": {
			map[string]string{"image-ids": "ami-0a000000000000201\nami-0a000000000000301\nami-0c000000000000001\nami-0a000000000000201"},
			map[fakehcp.Route]int{fakehcp.TokenRoute: 1, fakehcp.SearchRoute: 3, fakehcp.ChannelRoute: 2},
		},
		"replacement": {
			map[string]string{"image-ids": "ami-0a000000000000201\nami-0a000000000000101"},
			map[fakehcp.Route]int{fakehcp.TokenRoute: 1, fakehcp.SearchRoute: 3, fakehcp.ChannelRoute: 1},
		},
		"versions": {
			map[string]string{"image-ids": "ami-0a000000000000201\nami-0a000000000000101\nami-0a000000000000102", "max-age": "100000d"},
			map[fakehcp.Route]int{fakehcp.TokenRoute: 1, fakehcp.SearchRoute: 5, fakehcp.ChannelRoute: 1, fakehcp.IterationRoute: 3},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tc.inputs["channel"] = "production"
			w.verify(t, t.TempDir(), tc.inputs)
			got := map[fakehcp.Route]int{}
			for _, request := range w.server.Requests() {
				got[request.Route]++
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
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
	want := map[string]string{"result": "fail", "checked": "0", "refused": "0", "warned": "0", "fixed": "0", "fixed-files": "[]", "verdicts": "[]", "problem": string(title), "message": got.outputs["message"], "markdown": got.outputs["markdown"]}
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
		refused       string
		title         problem.Title
		says, saysNot string // in the message
	}{
		"one_search":      {fakehcp.SearchRoute, odd, "ami-0a000000000000101\nami-0a000000000000102", "", "revoked unusable", "2", problem.ImagesRefused, "unusable", "no such thing"},
		"the_search":      {fakehcp.SearchRoute, odd, "ami-0a000000000000301", "", "", "0", problem.UnexpectedResponse, "no such thing", "refused"},
		"one_channel":     {fakehcp.ChannelRoute, odd, "ami-0a000000000000301", "", "no-channel", "1", problem.ImagesRefused, "no such thing", "Replace"},
		"one_version":     {fakehcp.IterationRoute, odd, "ami-0a000000000000301", "100000d", "unusable", "1", problem.ImagesRefused, "no such thing", "Replace"},
		"another_version": {fakehcp.IterationRoute, another, "ami-0a000000000000301", "100000d", "unusable", "1", problem.ImagesRefused, "another iteration", "Replace"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.server.Fail(tc.route, tc.fault)
			got := w.verify(t, t.TempDir(), map[string]string{"image-ids": tc.ids, "channel": "production", "max-age": tc.maxAge})
			var verdicts []struct{ Verdict string }
			if err := json.Unmarshal([]byte(got.outputs["verdicts"]), &verdicts); err != nil {
				t.Fatal(err)
			}
			var kinds []string
			for _, v := range verdicts {
				kinds = append(kinds, v.Verdict)
			}
			slices.Sort(kinds)
			if strings.Join(kinds, " ") != tc.kinds || got.outputs["refused"] != tc.refused || got.outputs["problem"] != string(tc.title) {
				t.Errorf("got the verdicts %v:\n%s", kinds, got)
			}
			if message := got.outputs["message"]; !strings.Contains(message, tc.says) || strings.Contains(message, tc.saysNot) {
				t.Errorf("got the message %q", message)
			}
		})
	}
}

// TestVerifySARIF is about which steps leave a file for code scanning, with which results. An older one is gone, and so
// is not searched.
func TestVerifySARIF(t *testing.T) {
	t.Parallel()
	const old = "ami-0a000000000000102"
	for name, tc := range map[string]struct {
		inputs map[string]string
		want   string // line and columns of the results, or "none" for no file
		env    string
	}{
		"refused":       {map[string]string{}, "[1:1-22 1:33-54 2:1-22]", ""},
		"left_by_a_fix": {map[string]string{"fix": "true"}, "[1:33-54]", ""},
		"nothing_found": {map[string]string{"files": "none", "if-no-files-found": "ignore"}, "[]", ""},
		"list":          {map[string]string{"files": "", "image-ids": "ami-0a000000000000101"}, "[]", ""},
		"invalid":       {map[string]string{"timeout": "none"}, "none", ""},
		"invalid_later": {map[string]string{"plan": "main.tf"}, "none", ""},
		"no_session":    {map[string]string{"client-secret": "wrong"}, "none", ""},
		"no_outputs":    {map[string]string{"fail-on": "never"}, "none", "GITHUB_OUTPUT=/"},
		"in_a_folder":   {map[string]string{"sarif-file": "a/b.sarif", "files": "*.tf"}, "[1:1-22 1:33-54 2:1-22]", ""},
		"out":           {map[string]string{"sarif-file": "../b.sarif"}, "none", ""},
		"out_by_a_link": {map[string]string{"sarif-file": "out/b.sarif"}, "none", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			workspace := t.TempDir()
			tc.inputs = merged(map[string]string{"files": "*", "channel": "production", "sarif-file": "old.sarif"}, tc.inputs)
			err := errors.Join(os.WriteFile(filepath.Join(workspace, "old.sarif"), []byte(old), 0o600), os.Symlink(t.TempDir(), filepath.Join(workspace, "out")),
				os.WriteFile(filepath.Join(workspace, "main.tf"), []byte("ami-0a000000000000101 web-v1 😀 ami-00000000000000000\nami-0a000000000000101"), 0o600))
			if err != nil {
				t.Fatal(err)
			}
			s := newWorld(t).step(t, tc.inputs, "verify")
			s.cmd.Env = append(s.cmd.Env, "GITHUB_WORKSPACE="+workspace, tc.env)
			got := s.wait(t, s.cmd.Run())
			path := filepath.Join(workspace, tc.inputs["sarif-file"])
			text, err := os.ReadFile(path)
			if errors.Is(err, fs.ErrNotExist) && tc.want == "none" {
				return
			}
			var file struct {
				Runs []struct {
					Results []struct {
						Locations []struct {
							PhysicalLocation struct {
								Region struct{ StartLine, StartColumn, EndColumn int }
							}
						}
					}
				}
			}
			if err := errors.Join(err, json.Unmarshal(text, &file)); err != nil {
				t.Fatalf("%v:\n%s", err, got)
			}
			regions := []string{}
			for _, r := range file.Runs[0].Results {
				at := r.Locations[0].PhysicalLocation.Region
				regions = append(regions, fmt.Sprintf("%d:%d-%d", at.StartLine, at.StartColumn, at.EndColumn))
			}
			slices.Sort(regions)
			if fmt.Sprint(regions) != tc.want {
				t.Errorf("got %s, want %s:\n%s", regions, tc.want, got)
			}
		})
	}
}
