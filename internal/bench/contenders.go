package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"hcp-packer-iteration/internal/fakerunner" //nolint:depguard // as the demo, it has no other runner
)

// job is what everybody does: find the one image of a channel in a region, and refuse it where it is
// revoked.
type job struct{ bucket, channel, region string }

// The two jobs: the one that is measured, and the one that every contender has to refuse first, so
// that nobody is fast by not looking. Both are of testdata/registry.yaml.
var (
	measured = job{"ubuntu", "production", "us-east-1"}
	refused  = job{"revocations", "revoked", "us-east-1"}
)

// measuredImage is what the measured job finds.
const measuredImage = "ami-0123456789abcdef0"

// principal is what testdata/registry.yaml lets read both jobs.
func principal() map[string]string {
	return map[string]string{
		"HCP_CLIENT_ID":       "project-viewer-id",
		"HCP_CLIENT_SECRET":   "project-viewer-secret-55c0fe",
		"HCP_ORGANIZATION_ID": "0a1b2c3d-0000-4000-8000-00000000000a",
		"HCP_PROJECT_ID":      "11111111-1111-4111-8111-111111111111",
	}
}

// contender is one way to do a job.
type contender struct {
	// name is Markdown.
	name string
	// download is how many bytes a runner fetches for it.
	download float64
	// command makes one run of a job, in a folder that is new.
	command func(ctx context.Context, j job, dir string) (*exec.Cmd, error)
}

// contenders are the action and those of the others that this machine has.
func (b *bench) contenders(ctx context.Context, provider string) ([]contender, error) {
	action, err := b.action(ctx)
	if err != nil {
		return nil, err
	}
	list := []contender{action}
	if reason := missing("terraform"); reason != "" || provider == "" {
		logf("no row for Terraform: %s", cmp.Or(reason, "-provider is not given"))
	} else {
		terraform, err := b.terraform(ctx, provider)
		if err != nil {
			return nil, err
		}
		list = append(list, terraform)
	}
	if reason := missing("bash", "curl", "jq"); reason != "" {
		logf("no row for curl and jq: %s", reason)
	} else {
		list = append(list, b.script(ctx))
	}
	return list, nil
}

// missing says which of the programs is not there.
func missing(programs ...string) string {
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			return err.Error()
		}
	}
	return ""
}

// action is the program as the Dockerfile builds it, started as the container starts it.
func (b *bench) action(ctx context.Context) (contender, error) {
	program := filepath.Join(b.dir, "hcp-packer-iteration")
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", program, ".") //nolint:gosec // a path of our own
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return contender{}, fmt.Errorf("%s: %w\n%s", build, err, out)
	}
	size, err := compressed(program)
	return contender{name: "**the action**", download: size, command: func(ctx context.Context, j job, dir string) (*exec.Cmd, error) {
		cmd := exec.CommandContext(ctx, program) //nolint:gosec // a path of our own
		return cmd, b.prepare(cmd, dir, inputs(j))
	}}, err
}

// inputs are what a runner makes of a step's "with".
func inputs(j job) map[string]string {
	return map[string]string{"INPUT_BUCKET": j.bucket, "INPUT_CHANNEL": j.channel, "INPUT_REGION": j.region}
}

//go:embed main.tf
var configuration []byte

// terraform applies main.tf. It needs no init: dev_overrides tells where the provider is.
func (b *bench) terraform(ctx context.Context, provider string) (contender, error) {
	path, err := filepath.Abs(provider)
	if err != nil {
		return contender{}, err
	}
	config := filepath.Join(b.dir, "terraformrc")
	overrides := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"hashicorp/hcp\" = %q\n  }\n  direct {}\n}\n", filepath.Dir(path))
	program, _ := exec.LookPath("terraform")
	size, err := compressed(program, path)
	if err := errors.Join(err, os.WriteFile(config, []byte(overrides), 0o600)); err != nil {
		return contender{}, err
	}
	command := func(ctx context.Context, j job, dir string) (*exec.Cmd, error) {
		if err := os.WriteFile(filepath.Join(dir, "main.tf"), configuration, 0o600); err != nil {
			return nil, err
		}
		cmd := exec.CommandContext(ctx, program, "apply", "-auto-approve", "-input=false", "-no-color") //nolint:gosec // the user's own Terraform
		return cmd, b.prepare(cmd, dir, map[string]string{
			"TF_CLI_CONFIG_FILE": config,
			"CHECKPOINT_DISABLE": "1", // or it may ask HashiCorp for news
			"TF_VAR_bucket":      j.bucket,
			"TF_VAR_channel":     j.channel,
			"TF_VAR_region":      j.region,
		})
	}
	return contender{name: fmt.Sprintf("Terraform %s, provider %s", version(ctx, program, "version"), providerVersion(path)), download: size, command: command}, nil
}

// script runs curl-jq.sh. Runners have its programs.
func (b *bench) script(ctx context.Context) contender {
	path, _ := filepath.Abs(filepath.Join("internal", "bench", "curl-jq.sh"))
	name := fmt.Sprintf("a [script](internal/bench/curl-jq.sh) of curl %s and jq %s", version(ctx, "curl", "--version"), version(ctx, "jq", "--version"))
	return contender{name: name, command: func(ctx context.Context, j job, dir string) (*exec.Cmd, error) {
		cmd := exec.CommandContext(ctx, path) //nolint:gosec // a path of our own
		return cmd, b.prepare(cmd, dir, map[string]string{"BUCKET": j.bucket, "CHANNEL": j.channel, "REGION": j.region})
	}}
}

// prepare has a command run in dir with nothing of this machine's environment but the path: as on a
// new runner, no token, state or plug-in of an earlier run is there to be found.
func (b *bench) prepare(cmd *exec.Cmd, dir string, more map[string]string) error {
	runner, err := fakerunner.New(dir)
	if err != nil {
		return err
	}
	ca := filepath.Join(dir, "ca.pem")
	if err := b.server.WriteCA(ca); err != nil {
		return err
	}
	env := map[string]string{"PATH": os.Getenv("PATH"), "HOME": dir, "GITHUB_ACTIONS": "true"} //nolint:forbidigo // where the programs are
	for _, set := range []map[string]string{runner.Environment(), b.server.Environment(ca), principal(), more} {
		maps.Copy(env, set)
	}
	cmd.Dir, cmd.Env = dir, assignments(env)
	return nil
}

func assignments(env map[string]string) []string {
	var list []string
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	return list
}

// checkRefusal has a contender do the job that is to be refused.
func (b *bench) checkRefusal(ctx context.Context, c contender) error {
	_, out, err := b.once(ctx, c, refused, wait)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || !bytes.Contains(out, []byte("revoked")) {
		return fmt.Errorf("%s does not refuse a revoked image: %w\n%s", c.name, err, out)
	}
	return nil
}

var versionNumber = regexp.MustCompile(`\d+\.\d+(\.\d+)?`)

// version is the first version number that a program tells.
func version(ctx context.Context, program string, args ...string) string {
	out, err := exec.CommandContext(ctx, program, args...).Output() //nolint:gosec // programs that are named here
	if err != nil {
		return ""
	}
	return versionNumber.FindString(string(out))
}

// providerVersion is in the name of the folder into which make installs the provider.
func providerVersion(path string) string {
	_, version, _ := strings.Cut(filepath.Base(filepath.Dir(path)), "@v")
	return version
}

// compressed is the size of files as they travel: images, Terraform and its providers are compressed
// with the same algorithm.
func compressed(paths ...string) (float64, error) {
	size := &counter{}
	for _, path := range paths {
		file, err := os.Open(path)
		if err != nil {
			return 0, err
		}
		defer file.Close()
		if err := size.gzip(file); err != nil {
			return 0, err
		}
	}
	return size.bytes, nil
}

// counter counts what is written to it.
type counter struct{ bytes float64 }

func (c *counter) Write(p []byte) (int, error) {
	c.bytes += float64(len(p))
	return len(p), nil
}

// gzip counts what a file has when it is compressed.
func (c *counter) gzip(file io.Reader) error {
	w := gzip.NewWriter(c)
	if _, err := io.Copy(w, file); err != nil {
		return err
	}
	return w.Close()
}
