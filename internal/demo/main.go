// Command demo shows the action at work on an HCP of its own: a registry on loopback, served from
// testdata/registry.yaml, and one step for each of the cases that a workflow meets. It needs no
// account and no container engine.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hcp-packer-iteration/internal/action"
	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/fakerunner"
)

// scene is one step to show.
type scene struct {
	title  string
	inputs map[string]string
	// args are the step's, as action.yml gives them.
	args []string
}

func scenes() []scene {
	return []scene{
		{"An active iteration", map[string]string{"bucket": "ubuntu", "channel": "production"}, nil},
		{"A scheduled revocation", map[string]string{"bucket": "revocations", "channel": "scheduled-soon"}, nil},
		{"A revoked iteration", map[string]string{"bucket": "revocations", "channel": "inherited"}, nil},
		{"Two architectures in one region", map[string]string{"bucket": "many-images", "channel": "two-architectures", "region": "us-east-1"}, nil},
		{"verify: the images of a plan", map[string]string{"plan": "plan.json", "channel": "production"}, []string{"verify"}},
	}
}

// credentials are those of testdata/registry.yaml.
func credentials() map[string]string {
	return map[string]string{
		"client-id":       "project-viewer-id",
		"client-secret":   "project-viewer-secret-55c0fe",
		"organization-id": "0a1b2c3d-0000-4000-8000-00000000000a",
		"project-id":      "11111111-1111-4111-8111-111111111111",
	}
}

// stepArgument makes this program the step: it runs itself as a process, as the runner runs the
// container, so that the exit code and the CA bundle are a process's own.
const stepArgument = "step"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(os.Args) > 1 && os.Args[1] == stepArgument {
		a := action.Action{LookupEnv: os.LookupEnv, Stdout: os.Stdout, Now: time.Now}
		if !a.Main(ctx, os.Args[2:]) {
			os.Exit(1)
		}
		return
	}
	if err := show(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// show runs every scene against one registry.
func show(ctx context.Context, w io.Writer) error {
	registry, err := fakehcp.Load(filepath.Join("testdata", "registry.yaml"))
	if err != nil {
		return err
	}
	server, err := fakehcp.Start(registry)
	if err != nil {
		return err
	}
	defer server.Close()
	dir, err := os.MkdirTemp("", "hcp-packer-iteration-demo")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ca := filepath.Join(dir, "ca.pem")
	if err := server.WriteCA(ca); err != nil {
		return err
	}
	for i, s := range scenes() {
		fmt.Fprintf(w, "\n======== %d. %s: %s\n", i+1, s.title, describe(s.inputs))
		if err := s.play(ctx, w, dir, server.Environment(ca)); err != nil {
			return err
		}
	}
	return nil
}

// play runs one step and shows what the runner gets of it.
func (s scene) play(ctx context.Context, w io.Writer, dir string, environment map[string]string) error {
	runner, err := fakerunner.New(dir)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	step := exec.CommandContext(ctx, self, append([]string{stepArgument}, s.args...)...)
	workspace := map[string]string{"GITHUB_WORKSPACE": "testdata"}
	step.Env = variables(environment, runner.Environment(), workspace, inputs(credentials()), inputs(s.inputs))
	fmt.Fprintln(w, "-------- log")
	step.Stdout, step.Stderr = w, w
	err = step.Run()
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		return err
	}
	outputs, err := runner.Outputs()
	if err != nil {
		return err
	}
	summary, err := runner.Summary()
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "-------- outputs")
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		fmt.Fprintf(w, "%s=%s\n", name, outputs[name])
	}
	fmt.Fprintf(w, "-------- job summary\n%s-------- exit code %d\n", summary, step.ProcessState.ExitCode())
	return nil
}

// inputs names the inputs as the runner does.
func inputs(given map[string]string) map[string]string {
	named := map[string]string{}
	for name, value := range given {
		named["INPUT_"+strings.ToUpper(name)] = value
	}
	return named
}

func variables(sets ...map[string]string) []string {
	var list []string
	for _, set := range sets {
		for name, value := range set {
			list = append(list, name+"="+value)
		}
	}
	return list
}

func describe(given map[string]string) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(given)) {
		words = append(words, name+" "+given[name])
	}
	return strings.Join(words, ", ")
}
