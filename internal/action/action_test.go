package action_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"hcp-packer-iteration/internal/action"
	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/fakerunner"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// asStep makes the test program the step, so that tests run the real flow as a process of its own.
const asStep = "HCP_PACKER_ITERATION_TEST_STEP"

func TestMain(m *testing.M) {
	if os.Getenv(asStep) == "" {
		os.Exit(m.Run())
	}
	// The clock stands still, since messages say how long is left.
	now := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	step := action.Action{LookupEnv: os.LookupEnv, Stdout: os.Stdout, Now: func() time.Time { return now }}
	if !step.Run(context.Background()) {
		os.Exit(1)
	}
}

// world is an HCP and what points a step at it.
type world struct {
	server *fakehcp.Server
	env    map[string]string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	registry, err := fakehcp.Load(filepath.Join("..", "..", "testdata", "registry.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	server, err := fakehcp.Start(registry)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := server.WriteCA(ca); err != nil {
		t.Fatal(err)
	}
	return &world{server: server, env: server.Environment(ca)}
}

// principal is the least that may read the project "images" of the registry.
func principal() map[string]string {
	return map[string]string{
		"client-id":       "project-viewer-id",
		"client-secret":   "project-viewer-secret-55c0fe",
		"organization-id": "0a1b2c3d-0000-4000-8000-00000000000a",
		"project-id":      "11111111-1111-4111-8111-111111111111",
	}
}

// result is what the runner gets of a step.
type result struct {
	exitCode int
	log      string
	outputs  map[string]string
	summary  string
}

// run runs a step with the inputs, on top of the principal's.
func (w *world) run(t *testing.T, inputs map[string]string, env ...string) result {
	t.Helper()
	runner, err := fakerunner.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	all := principal()
	maps.Copy(all, inputs)
	step := exec.CommandContext(t.Context(), os.Args[0])
	step.Env = append(step.Env, asStep+"=1")
	for name, value := range all {
		step.Env = append(step.Env, "INPUT_"+strings.ToUpper(name)+"="+value)
	}
	for _, set := range []map[string]string{w.env, runner.Environment()} {
		for name, value := range set {
			step.Env = append(step.Env, name+"="+value)
		}
	}
	step.Env = append(step.Env, env...)
	var log bytes.Buffer
	step.Stdout, step.Stderr = &log, &log
	err = step.Run()
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	got := result{exitCode: step.ProcessState.ExitCode(), log: log.String()}
	if got.outputs, err = runner.Outputs(); err != nil {
		t.Fatal(err)
	}
	if got.summary, err = runner.Summary(); err != nil {
		t.Fatal(err)
	}
	return got
}

// String is the result as a golden file holds it.
func (r result) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "exit code %d\n\n-- log --\n%s\n-- outputs --\n", r.exitCode, r.log)
	for _, name := range slices.Sorted(maps.Keys(r.outputs)) {
		fmt.Fprintf(&b, "%s=%s\n", name, r.outputs[name])
	}
	return b.String() + "\n-- summary --\n" + r.summary
}

// TestSteps runs every case of testdata/steps under both generations of the API, unless it names
// one. Both have to give the same, to the letter.
func TestSteps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	paths, err := filepath.Glob("testdata/steps/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range paths {
		inputs := readInputs(t, path)
		versions := []string{"2023-01-01", "2021-04-30"}
		if only, named := inputs["api-version"]; named {
			versions = []string{only}
		}
		name := strings.TrimSuffix(path, ".yaml")
		for _, version := range versions {
			t.Run(filepath.Base(name)+"_"+version, func(t *testing.T) {
				t.Parallel()
				given := maps.Clone(inputs)
				given["api-version"] = version
				compareGolden(t, name+".golden", w.run(t, given).String(), version == versions[0])
			})
		}
	}
}

func readInputs(t *testing.T, path string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	inputs := map[string]string{}
	if err := yaml.Unmarshal(text, &inputs); err != nil {
		t.Fatal(err)
	}
	return inputs
}

// compareGolden compares with the file, or writes it where that was asked for and this is the run
// that the file is of.
func compareGolden(t *testing.T, path, got string, writes bool) {
	t.Helper()
	if *update {
		if !writes {
			return
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
