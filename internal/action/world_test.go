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
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hcp-packer-iteration/internal/action"
	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/fakerunner"
	"hcp-packer-iteration/internal/problem"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// program is the path of the built program.
var program string

// TestMain builds the program for the tests that need a process of their own. This process trusts the certificate that
// all servers of the tests have.
func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "step")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		server, err := fakehcp.Start(&fakehcp.Registry{})
		if err != nil {
			panic(err)
		}
		ca, none := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "certs")
		// Without the empty folder each step would parse all of the machine's certificates.
		err = errors.Join(server.WriteCA(ca), os.Mkdir(none, 0o700), os.Setenv("SSL_CERT_FILE", ca), os.Setenv("SSL_CERT_DIR", none))
		server.Close()
		if err != nil {
			panic(err)
		}
		program = filepath.Join(dir, "step")
		build := exec.Command("go", "build", "-o", program, "../..")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			panic(err)
		}
		return m.Run()
	}())
}

// world is an HCP, and what a step that is pointed at it finds.
type world struct {
	server *fakehcp.Server
	env    map[string]string
	now    func() time.Time
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
	env := merged(server.Environment(os.Getenv("SSL_CERT_FILE")), map[string]string{"SSL_CERT_DIR": os.Getenv("SSL_CERT_DIR")})
	return &world{server: server, env: env, now: time.Now}
}

const (
	organization = "0a1b2c3d-0000-4000-8000-00000000000a"
	project      = "11111111-1111-4111-8111-111111111111"
	fleetProject = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
)

// principal is the least that may do what an action does, in the project that the tests of it are about.
func principal(args ...string) map[string]string {
	fleet := map[string]string{"organization-id": "0a1b2c3d-0000-4000-8000-00000000000d", "project-id": fleetProject}
	switch strings.Join(args, " ") {
	case "audit":
		return merged(fleet, map[string]string{"client-id": "fleet-viewer-id", "client-secret": "fleet-viewer-secret-e0b92c"})
	case "promote":
		return merged(fleet, map[string]string{"client-id": "fleet-contributor-id", "client-secret": "fleet-contributor-secret-1d7ae5"})
	default:
		return map[string]string{
			"client-id": "project-viewer-id", "client-secret": "project-viewer-secret-55c0fe", "organization-id": organization, "project-id": project,
		}
	}
}

// result is what the runner gets of a step.
type result struct {
	exitCode int
	log      string
	outputs  map[string]string
	summary  string
}

// step is a step that is about to run.
type step struct {
	world  *world
	args   []string
	env    map[string]string
	runner *fakerunner.Runner
	log    *bytes.Buffer
}

// step prepares a step with the inputs, on top of the principal's.
func (w *world) step(t *testing.T, inputs map[string]string, args ...string) *step {
	t.Helper()
	runner, err := fakerunner.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	env := merged(w.env, runner.Environment())
	for name, value := range merged(principal(args...), inputs) {
		env["INPUT_"+strings.ToUpper(name)] = value
	}
	return &step{world: w, args: args, env: env, runner: runner, log: &bytes.Buffer{}}
}

// run runs a step in this process.
func (w *world) run(t *testing.T, inputs map[string]string, args ...string) result {
	t.Helper()
	return w.step(t, inputs, args...).run(t)
}

func (s *step) run(t *testing.T) result {
	t.Helper()
	return s.runUntil(t, t.Context())
}

// runUntil runs a step that is told to stop once ctx ends.
func (s *step) runUntil(t *testing.T, ctx context.Context) result { //nolint:revive // t comes first in tests
	t.Helper()
	a := action.Action{LookupEnv: lookup(s.env), Stdout: s.log, Now: s.world.now}
	if a.Main(ctx, s.args) {
		return s.result(t, 0)
	}
	return s.result(t, 1)
}

// asks is a context that ends once each of the routes was asked for so many times.
func (w *world) asks(t *testing.T, times int, routes ...fakehcp.Route) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		for _, route := range routes {
			for w.asked(route) < times && t.Context().Err() == nil {
				time.Sleep(time.Millisecond)
			}
		}
	}()
	return ctx
}

// command is the step as a process, in nothing but its own environment.
func (s *step) command(t *testing.T) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, s.args...)
	for name, value := range s.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stdout, cmd.Stderr = s.log, s.log
	return cmd
}

// runCommand runs the step's process.
func (s *step) runCommand(t *testing.T, cmd *exec.Cmd) result {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return s.wait(t, cmd)
}

// wait waits for the step's process.
func (s *step) wait(t *testing.T, cmd *exec.Cmd) result {
	t.Helper()
	if err, failed := cmd.Wait(), (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return s.result(t, cmd.ProcessState.ExitCode())
}

// result gathers what the runner gets.
func (s *step) result(t *testing.T, exitCode int) result {
	t.Helper()
	outputs, err := s.runner.Outputs()
	if err != nil {
		t.Fatal(err)
	}
	summary, err := s.runner.Summary()
	if err != nil {
		t.Fatal(err)
	}
	return result{exitCode: exitCode, log: s.log.String(), outputs: outputs, summary: summary}
}

// asked counts the requests of the routes.
func (w *world) asked(routes ...fakehcp.Route) int {
	return len(slices.DeleteFunc(w.server.Requests(), func(r fakehcp.Request) bool { return !slices.Contains(routes, r.Route) }))
}

// routes are those of all requests but the token's, in order.
func (w *world) routes() []fakehcp.Route {
	var routes []fakehcp.Route
	for _, request := range w.server.Requests() {
		if request.Route != fakehcp.TokenRoute {
			routes = append(routes, request.Route)
		}
	}
	return routes
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
	return localAddress.ReplaceAllString(days.ReplaceAllString(b.String()+"\n-- summary --\n"+r.summary, "${2}N${1}"), "127.0.0.1:N")
}

var (
	localAddress = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	days         = regexp.MustCompile(`\d+( days)|(age-days=|days-to-revocation=|"age_days":|"days_to_revocation":)\d+`)
)

// passes is the title of a step that does not fail.
const passes problem.Title = ""

// checkEnd checks all that the contract says of every step of the main action that passes with the image of
// ubuntu's production, or fails.
func checkEnd(t *testing.T, got result, title problem.Title) {
	t.Helper()
	if title == passes {
		if got.exitCode != 0 || got.outputs["image-id"] != "ami-0123456789abcdef0" || strings.Contains(got.log, "::error") || got.outputs["problem"] != "" {
			t.Errorf("the step does not pass:\n%s", got)
		}
		return
	}
	for name, want := range map[string]string{"image-id": "", "images": "[]", "builds": "[]", "problem": string(title)} {
		if got.outputs[name] != want {
			t.Errorf("output %s: got %q, want %q", name, got.outputs[name], want)
		}
	}
	checkFailure(t, got, title)
}

// checkFailure finds one error of the title, and nothing that only a developer of the action should see.
func checkFailure(t *testing.T, got result, title problem.Title) {
	t.Helper()
	errors := annotation.FindAllStringSubmatch(got.log, -1)
	if got.exitCode != 1 || len(errors) != 1 || errors[0][1] != string(title) {
		t.Fatalf("got no failure titled %q:\n%s", title, got)
	}
	if !strings.Contains(strings.ToLower(got.summary), strings.ToLower(string(title))) && !strings.Contains(got.summary, "❌") {
		t.Errorf("the summary does not tell:\n%s", got.summary)
	}
	if leak := internals.FindString(got.log + got.summary); leak != "" {
		t.Errorf("there is %q in:\n%s", leak, got)
	}
}

var (
	annotation = regexp.MustCompile(`(?m)^::error title=([^:]*)::(.*)$`)
	internals  = regexp.MustCompile(`goroutine|panic|\*?models\.|\bjson:|oauth2:|HashicorpCloud|packer_service|PackerService|[pP]ayload|\{location|<html|nil pointer|unmarshal|context deadline`)
)

func lookup(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, found := env[name]
		return value, found
	}
}

func merged(sets ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, set := range sets {
		maps.Copy(all, set)
	}
	return all
}
