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

// TestVerifyFaults has the search meet every fault of the list that the main action meets.
func TestVerifyFaults(t *testing.T) {
	t.Parallel()
	for _, f := range faults() {
		for protocol, options := range map[string][]fakehcp.Option{"http1": {fakehcp.HTTP1()}, "http2": nil} {
			t.Run(strings.Join([]string{f.name, f.variant, protocol}, "/"), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, options...)
				w.server.Fail(fakehcp.SearchRoute, f.fault)
				inputs := map[string]string{"image-ids": "ami-0c000000000000001"}
				if f.timeout != "" {
					inputs["timeout"] = f.timeout
				}
				checkVerified(t, w.verify(t, t.TempDir(), inputs), searchTitle(f))
			})
		}
	}
}

// searchTitle is how a fault ends for the search, which need not be there, and whose answer may hold
// nothing.
func searchTitle(f fault) problem.Title {
	switch {
	case f.fault.Status == 403, f.fault.Status == 404, f.fault.Status == 501:
		return problem.SearchNotAvailable
	case f.name == "JSON without what was asked for", f.variant == "number":
		return survived
	default:
		return f.api
	}
}

// checkVerified checks all that the contract says of every step of the second action.
func checkVerified(t *testing.T, got result, title problem.Title) {
	t.Helper()
	if title == survived {
		if got.exitCode != 0 || got.outputs["result"] != "pass" || got.outputs["checked"] != "1" {
			t.Errorf("the step does not pass:\n%s", got)
		}
		return
	}
	want := map[string]string{"result": "fail", "checked": "0", "refused": "0", "warned": "0", "verdicts": "[]"}
	if diff := cmp.Diff(want, got.outputs); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	errors := annotation.FindAllStringSubmatch(got.log, -1)
	if got.exitCode != 1 || len(errors) != 1 || errors[0][1] != string(title) || !strings.Contains(got.summary, string(title)) {
		t.Errorf("got no failure titled %q:\n%s", title, got)
	}
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

// TestVerifyWaysIn goes every way in that ends in a session, and one that does not.
func TestVerifyWaysIn(t *testing.T) {
	t.Parallel()
	for name, w := range waysIn() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world, inputs, _ := w.prepare(t)
			delete(inputs, "bucket")
			delete(inputs, "channel")
			inputs["image-ids"] = "ami-0c000000000000001"
			got := world.verify(t, world.env["GITHUB_WORKSPACE"], inputs)
			_, got.log = splitMasks(got.log)
			if strings.Contains(inputs["client-id"], "solo") {
				w.title = survived
			}
			checkVerified(t, got, w.title)
			for _, secret := range tokens(world.server) {
				if strings.Contains(got.String(), secret) {
					t.Errorf("%q is shown:\n%s", secret, got)
				}
			}
		})
	}
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
