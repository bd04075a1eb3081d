// Command demo shows the actions at work on an HCP of their own: a registry on loopback, served from
// testdata/registry.yaml, and one step for each of the cases that a workflow meets. It needs no
// account and no container engine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"hcp-packer-iteration/internal/action"
	"hcp-packer-iteration/internal/fakehcp"
	"hcp-packer-iteration/internal/fakerunner"
	"hcp-packer-iteration/internal/problem"
)

// scene is one step to show.
type scene struct {
	title string
	// action is the argument of the step, as its action.yml gives it; empty for the main action.
	action string
	inputs map[string]string
	// want is the failure with which the step is to end, empty where it is to pass.
	want problem.Title
}

func scenes() []scene {
	return []scene{
		{"An active iteration", "", map[string]string{"bucket": "ubuntu", "channel": "production"}, ""},
		{"A scheduled revocation", "", map[string]string{"bucket": "revocations", "channel": "scheduled-soon"}, ""},
		{"A revoked iteration", "", map[string]string{"bucket": "revocations", "channel": "inherited"}, problem.ImageRevoked},
		{"A channel that was rolled back", "", map[string]string{"bucket": "rollbacks", "channel": "production", "rolled-back": "fail"}, problem.ChannelRolledBack},
		{"Two architectures in one region", "", map[string]string{"bucket": "many-images", "channel": "two-architectures", "region": "us-east-1"}, problem.AmbiguousImage},
		{"A promotion", "promote", map[string]string{"bucket": "golden", "channel": "production", "from-channel": "staging"}, ""},
		{"A promotion that is refused", "promote", map[string]string{"bucket": "golden", "channel": "production", "from-channel": "revoked"}, problem.ImageRevoked},
		{"A rollback", "promote", map[string]string{"bucket": "golden", "channel": "production", "previous": "true"}, ""},
		{"The channels of a registry", "audit", map[string]string{"buckets": "golden", "parents": "warn"}, problem.ChannelsRefused},
		{"Channels that were rolled back", "audit", map[string]string{"buckets": "golden", "channels": "production", "rolled-back": "warn"}, ""},
		{"The images of a Terraform plan", "verify", map[string]string{"plan": "plan.json", "channel": "production"}, problem.ImagesRefused},
	}
}

// credentials are those of testdata/registry.yaml, with no more rights than the action needs.
func (s scene) credentials() map[string]string {
	switch s.action {
	case "promote":
		return map[string]string{"client-id": "fleet-contributor-id", "client-secret": "fleet-contributor-secret-1d7ae5"}
	case "audit":
		return map[string]string{"client-id": "fleet-viewer-id", "client-secret": "fleet-viewer-secret-e0b92c"}
	}
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
	verbose := flag.Bool("v", false, "show the log and the outputs of each step, too")
	flag.Parse()
	results, err := playAll(ctx)
	if err == nil {
		err = show(os.Stdout, results, *verbose)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// playAll runs every scene against one registry.
func playAll(ctx context.Context) ([]result, error) {
	registry, err := fakehcp.Load(filepath.Join("testdata", "registry.yaml"))
	if err != nil {
		return nil, err
	}
	server, err := fakehcp.Start(registry)
	if err != nil {
		return nil, err
	}
	defer server.Close()
	dir, err := os.MkdirTemp("", "hcp-packer-iteration-demo")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ca := filepath.Join(dir, "ca.pem")
	if err := server.WriteCA(ca); err != nil {
		return nil, err
	}
	var results []result
	for _, s := range scenes() {
		r, err := s.play(ctx, dir, server.Environment(ca))
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
}

// play runs one step, and gathers what the runner gets of it.
func (s scene) play(ctx context.Context, dir string, environment map[string]string) (result, error) {
	runner, err := fakerunner.New(dir)
	if err != nil {
		return result{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return result{}, err
	}
	step := exec.CommandContext(ctx, self, append([]string{stepArgument}, strings.Fields(s.action)...)...)
	workspace := map[string]string{"GITHUB_WORKSPACE": "testdata"}
	step.Env = variables(environment, runner.Environment(), workspace, inputs(s.credentials()), inputs(s.inputs))
	log, err := step.CombinedOutput()
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		return result{}, err
	}
	r := result{scene: s, passes: err == nil, log: string(log)}
	if r.outputs, err = runner.Outputs(); err != nil {
		return result{}, err
	}
	r.summary, err = runner.Summary()
	return r, err
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
