package action_test

import (
	"fmt"
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
	want := map[string]string{"result": "fail", "checked": "0", "refused": "0", "warned": "0", "verdicts": "[]", "problem": string(title), "message": got.outputs["message"]}
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
	registry, err := fakehcp.Load(filepath.Join("..", "..", "testdata", "registry.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	registry.Organizations[0].Projects[0].Search = search
	return worldOf(t, registry).verify(t, t.TempDir(), map[string]string{"image-ids": "ami-0c000000000000001"})
}

// TestVerifyManyImages checks 500 ids, within the memory that the contract allows.
func TestVerifyManyImages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids []string
	for i := range 500 {
		ids = append(ids, fmt.Sprintf("ami-%017x", 0xf00000+i))
	}
	s := w.step(t, map[string]string{"image-ids": strings.Join(ids, "\n"), "untracked": "ignore"}, "verify")
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
