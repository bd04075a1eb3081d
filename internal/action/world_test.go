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
	"sync"
	"testing"

	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/fakerunner"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestMain builds the program that the tests run as a step, as for the container, and with the race detector
// for those that leave something behind.
func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "step")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		program, raceProgram = filepath.Join(dir, "step"), filepath.Join(dir, "race")
		for _, args := range [][]string{{"build", "-o", program, "../.."}, {"build", "-race", "-o", raceProgram, "../.."}} {
			build := exec.Command("go", args...)
			build.Stderr = os.Stderr
			if err := build.Run(); err != nil {
				panic(err)
			}
		}
		return m.Run()
	}())
}

// program is the path of the built program, and raceProgram of the one with the race detector.
var program, raceProgram string

// world is an HCP and what points a step at it.
type world struct {
	server *fakehcp.Server
	env    map[string]string
}

// load reads the registry of the tests once, since nearly every test serves one. A server changes its own copy.
var load = sync.OnceValues(func() (*fakehcp.Registry, error) {
	return fakehcp.Load(filepath.Join("..", "..", "testdata", "registry.yaml"))
})

func newWorld(t *testing.T, options ...fakehcp.Option) *world {
	t.Helper()
	registry, err := load()
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
	w := &world{server: server, env: server.Environment(ca)}
	w.env["SSL_CERT_DIR"] = t.TempDir() // or each step parses all of the machine's certificates
	return w
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
		if name != "markdown" { // the summary once more, see TestMarkdown
			fmt.Fprintf(&b, "%s=%s\n", name, r.outputs[name])
		}
	}
	// The clock goes on, and with it what is left until a date that is far off.
	return localAddress.ReplaceAllString(withoutDays(b.String()+"\n-- summary --\n"+r.summary), "127.0.0.1:N")
}

var localAddress = regexp.MustCompile(`127\.0\.0\.1:\d+`)

// withoutDays has N in the place of every number of days.
func withoutDays(text string) string {
	return days.ReplaceAllString(text, "${2}N${1}")
}

var days = regexp.MustCompile(`\d+( days)|(age-days=|days-to-revocation=|"age_days":|"days_to_revocation":)\d+`)
