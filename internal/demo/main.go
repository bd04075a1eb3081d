// Command demo shows the actions at work on an HCP of their own: a registry on loopback, served from
// testdata/registry.yaml, and one step for each of the cases that a workflow meets. It needs no
// account and no container engine.
package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
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
func (s scene) credentials() (id, secret string) {
	switch s.action {
	case "promote":
		return "fleet-contributor-id", "fleet-contributor-secret-1d7ae5"
	case "audit":
		return "fleet-viewer-id", "fleet-viewer-secret-e0b92c"
	}
	return "project-viewer-id", "project-viewer-secret-55c0fe"
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
	environment["GITHUB_WORKSPACE"] = "testdata"
	inputs := maps.Clone(s.inputs)
	inputs["client-id"], inputs["client-secret"] = s.credentials()
	r := result{scene: s}
	if r.passes, r.log, err = runner.Run(step, inputs, environment); err != nil {
		return result{}, err
	}
	if r.outputs, err = runner.Outputs(); err != nil {
		return result{}, err
	}
	r.summary, err = runner.Summary()
	return r, err
}
