package action_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/fakerunner"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestMain builds the program that the tests run as a step. It is built as for the container, not
// with the race detector, which would take most of the time of hundreds of runs.
func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "step")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		program = filepath.Join(dir, "step")
		build := exec.Command("go", "build", "-o", program, "../..")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			panic(err)
		}
		return m.Run()
	}())
}

// program is the path of the built program.
var program string

// world is an HCP and what points a step at it.
type world struct {
	server *fakehcp.Server
	env    map[string]string
}

func newWorld(t *testing.T, options ...fakehcp.Option) *world {
	t.Helper()
	registry, err := fakehcp.Load(filepath.Join("..", "..", "testdata", "registry.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return worldOf(t, registry, options...)
}

// worldOf is a world with a registry of the test's own.
func worldOf(t *testing.T, registry *fakehcp.Registry, options ...fakehcp.Option) *world {
	t.Helper()
	server, err := fakehcp.Start(registry, options...)
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
func (w *world) run(t *testing.T, inputs map[string]string) result {
	t.Helper()
	s := w.step(t, inputs)
	return s.wait(t, s.cmd.Run())
}

// step is a process that is or will be a step.
type step struct {
	cmd    *exec.Cmd
	runner *fakerunner.Runner
	log    *bytes.Buffer
}

// step prepares a step.
func (w *world) step(t *testing.T, inputs map[string]string, args ...string) *step {
	t.Helper()
	runner, err := fakerunner.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	all := principal()
	maps.Copy(all, inputs)
	s := &step{cmd: exec.CommandContext(t.Context(), program, args...), runner: runner, log: &bytes.Buffer{}}
	for name, value := range all {
		s.cmd.Env = append(s.cmd.Env, "INPUT_"+strings.ToUpper(name)+"="+value)
	}
	for _, set := range []map[string]string{w.env, runner.Environment()} {
		for name, value := range set {
			s.cmd.Env = append(s.cmd.Env, name+"="+value)
		}
	}
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	return s
}

// wait gathers what the runner gets of a step whose process has ended with err.
func (s *step) wait(t *testing.T, err error) result {
	t.Helper()
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	got := result{exitCode: s.cmd.ProcessState.ExitCode(), log: s.log.String()}
	if got.outputs, err = s.runner.Outputs(); err != nil {
		t.Fatal(err)
	}
	if got.summary, err = s.runner.Summary(); err != nil {
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
	// The clock goes on, and with it what is left until a date that is far off.
	return withoutDays(b.String() + "\n-- summary --\n" + r.summary)
}

// withoutDays has N in the place of every number of days.
func withoutDays(text string) string {
	return days.ReplaceAllString(text, "${2}N${1}")
}

var days = regexp.MustCompile(`\d+( days)|(age-days=|days-to-revocation=)\d+`)

// TestSteps runs every case of testdata/steps under both generations of the API, unless it names
// one. Both have to give the same, to the letter.
func TestSteps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range stepCases(t) {
		inputs := readInputs(t, path)
		versions := []string{"2023-01-01", "2021-04-30"}
		if only, named := inputs["api-version"]; named {
			versions = []string{only}
		}
		name := strings.TrimSuffix(path, ".yaml")
		for _, version := range versions {
			t.Run(caseName(path)+"_"+version, func(t *testing.T) {
				t.Parallel()
				given := maps.Clone(inputs)
				given["api-version"] = version
				compareGolden(t, name+".golden", w.run(t, given).String(), version == versions[0])
			})
		}
	}
}

func stepCases(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/steps/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	return paths
}

func caseName(path string) string { return strings.TrimSuffix(filepath.Base(path), ".yaml") }

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
