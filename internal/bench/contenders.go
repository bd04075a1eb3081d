package main

import (
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
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

// environment are the job's variables as the action, the others and Terraform read them.
func (j job) environment() map[string]string {
	env := map[string]string{}
	for name, value := range map[string]string{"bucket": j.bucket, "channel": j.channel, "region": j.region} {
		env["INPUT_"+strings.ToUpper(name)] = value
		env[strings.ToUpper(name)] = value
		env["TF_VAR_"+name] = value
	}
	return env
}

// contender is one way to do a job.
type contender struct {
	// name is Markdown.
	name string
	// args are the program and its arguments; image is the image to run in a container instead.
	args  []string
	image string
	// env is what its environment has besides everybody's, and files what its folder has.
	env   map[string]string
	files fs.FS
	// finds is what it tells once it has done the job, where that is not the image of the measured job.
	finds string
	// download is how many bytes a runner fetches for it.
	download float64
}

// command makes one run, in a folder.
func (b *bench) command(ctx context.Context, c contender, env map[string]string, dir string) *exec.Cmd {
	var assignments []string
	for name, value := range env {
		assignments = append(assignments, name+"="+value)
	}
	if c.image != "" {
		return containerCommand(ctx, c.image, assignments, dir, b.dir)
	}
	cmd := exec.CommandContext(ctx, c.args[0], c.args[1:]...)
	cmd.Dir, cmd.Env = dir, assignments
	return cmd
}

// contenders are the action and those of the others that this machine has.
func (b *bench) contenders(ctx context.Context) ([]contender, error) {
	var list []contender
	for _, c := range []contender{b.action(), b.handwritten()} {
		size, err := compressedFiles(ctx, c.args[0])
		if err != nil {
			return nil, err
		}
		c.download = size
		list = append(list, c)
	}
	if reason := missing("terraform"); reason != "" || b.provider == "" {
		logf("no row for Terraform: %s", cmp.Or(reason, "-provider is not given"))
	} else {
		terraform, err := b.terraform(ctx)
		if err != nil {
			return nil, err
		}
		list = append(list, terraform)
	}
	if reason := missing("bash", "curl", "jq"); reason != "" {
		logf("no row for curl and jq: %s", reason)
	} else {
		list = append(list, script(ctx))
	}
	return list, nil
}

func (b *bench) action() contender {
	return contender{name: "**the action**", args: []string{b.path("action")}}
}

func (b *bench) handwritten() contender {
	return contender{name: "a [client](../internal/bench/handwritten/main.go) written by hand with net/http", args: []string{b.path("handwritten")}}
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

// terraform applies terraform/main.tf. It needs no init: dev_overrides tells where the provider is.
func (b *bench) terraform(ctx context.Context) (contender, error) {
	provider, err := filepath.Abs(b.provider)
	if err != nil {
		return contender{}, err
	}
	overrides := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"hashicorp/hcp\" = %q\n  }\n  direct {}\n}\n", filepath.Dir(provider))
	if err := os.WriteFile(b.path("terraformrc"), []byte(overrides), 0o600); err != nil {
		return contender{}, err
	}
	program, _ := exec.LookPath("terraform")
	size, err := compressedFiles(ctx, program, provider)
	if err != nil {
		return contender{}, err
	}
	return contender{
		name: fmt.Sprintf("Terraform %s, provider %s", version(ctx, program, "version"), providerVersion(provider)),
		args: []string{program, "apply", "-auto-approve", "-input=false", "-no-color"},
		env: map[string]string{
			"TF_CLI_CONFIG_FILE": b.path("terraformrc"),
			"CHECKPOINT_DISABLE": "1", // or it may ask HashiCorp for news
		},
		files:    os.DirFS("internal/bench/terraform"),
		download: size,
	}, nil
}

// script runs curl-jq.sh. Runners have its programs.
func script(ctx context.Context) contender {
	path, _ := filepath.Abs("internal/bench/curl-jq.sh")
	return contender{
		name: fmt.Sprintf("a [script](../internal/bench/curl-jq.sh) of curl %s and jq %s", version(ctx, "curl", "--version"), version(ctx, "jq", "--version")),
		args: []string{path},
	}
}

// checkRefusal has a contender do the job that is to be refused.
func (b *bench) checkRefusal(ctx context.Context, c contender) error {
	_, out, err := b.run(ctx, c, refused, wait)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || !strings.Contains(out, "revoked") {
		return fmt.Errorf("%s does not refuse a revoked image: %w\n%s", c.name, err, out)
	}
	return nil
}

// version is the first version number that a program tells.
func version(ctx context.Context, program string, args ...string) string {
	out, _ := exec.CommandContext(ctx, program, args...).Output()
	return regexp.MustCompile(`\d+\.\d+(\.\d+)?`).FindString(string(out))
}

// providerVersion is in the name of the folder into which make installs the provider.
func providerVersion(path string) string {
	_, version, _ := strings.Cut(filepath.Base(filepath.Dir(path)), "@v")
	return version
}

// compressedFiles is the size of files as they travel: images, Terraform and its providers are compressed
// with the same algorithm.
func compressedFiles(ctx context.Context, paths ...string) (float64, error) {
	return compressed(exec.CommandContext(ctx, "cat", paths...))
}

// compressed is the size of what a command prints, compressed.
func compressed(cmd *exec.Cmd) (float64, error) {
	var size counter
	w := gzip.NewWriter(&size)
	cmd.Stdout = w
	err := cmd.Run()
	return float64(size), errors.Join(err, w.Close())
}

// counter counts the bytes that are written to it.
type counter float64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
