// Command bench measures what a job costs with the action, with a client written by hand, with
// Terraform and its provider, and with a script of curl and jq: the same job against the same fake HCP. It
// writes its tables into docs/benchmarks.md. It runs in the checkout, on Linux.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"hcp-packer-iteration/internal/fakehcp"
)

// page is where the tables are.
const page = "docs/benchmarks.md"

func main() {
	rounds := flag.Int("rounds", 15, "how many rounds count")
	only := flag.String("only", "jobs,trips,growth,verify,audit", "which tables to make")
	provider := flag.String("provider", "", "the binary of Terraform's provider hcp")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := writeTables(ctx, strings.Split(*only, ","), max(*rounds, 1), *provider); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// writeTables makes tables, and writes down each once it is there.
func writeTables(ctx context.Context, names []string, rounds int, provider string) error {
	b, err := newBench(ctx, rounds, provider)
	if err != nil {
		return err
	}
	defer b.close()
	for _, name := range append(names, "machine") {
		logf("%s", name)
		text, err := b.table(ctx, name)
		if err != nil {
			return err
		}
		fmt.Println(text)
		if err := rewrite(page, name, text); err != nil {
			return err
		}
	}
	return nil
}

// table makes the text between the comments of this name.
func (b *bench) table(ctx context.Context, name string) (markdown string, err error) {
	switch name {
	case "machine":
		return b.machine(ctx), nil
	case "jobs":
		return b.jobs(ctx)
	case "trips":
		return b.trips(ctx)
	case "growth":
		return b.growth(ctx)
	case "verify":
		return b.verify(ctx)
	case "audit":
		return b.audit(ctx)
	}
	return "", fmt.Errorf("there is no table %q", name)
}

// bench is a folder to work in, and the HCP that everybody asks.
type bench struct {
	rounds   int
	provider string
	dir      string

	server *fakehcp.Server
	// near are the hosts of everybody's environment, login the client secret in it, and identity makes
	// a workload identity of that.
	near, login, identity map[string]string
}

func newBench(ctx context.Context, rounds int, provider string) (*bench, error) {
	registry, err := fakehcp.Load(filepath.Join("testdata", "registry.yaml"))
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "hcp-packer-iteration-bench")
	if err != nil {
		return nil, err
	}
	b := &bench{rounds: rounds, provider: provider, dir: dir}
	return b, errors.Join(b.serve(registry), b.build(ctx, "action", "."), b.build(ctx, "handwritten", "./internal/bench/handwritten"))
}

// serve starts the HCP of a registry, with a principal and a workload identity provider that may read it.
func (b *bench) serve(registry *fakehcp.Registry) (err error) {
	if b.server, err = fakehcp.Start(registry); err != nil {
		return err
	}
	if err := b.server.WriteCA(b.caFile()); err != nil {
		return err
	}
	i := slices.IndexFunc(registry.Principals, func(p fakehcp.Principal) bool { return p.Name == "project-viewer" })
	principal := registry.Principals[i]
	b.login = map[string]string{
		"HCP_CLIENT_ID":       principal.ClientID,
		"HCP_CLIENT_SECRET":   principal.ClientSecret,
		"HCP_ORGANIZATION_ID": principal.Organization,
		"HCP_PROJECT_ID":      principal.Project,
	}
	b.identity = map[string]string{
		"HCP_CLIENT_ID":                  "",
		"HCP_CLIENT_SECRET":              "",
		"HCP_WORKLOAD_IDENTITY_PROVIDER": registry.Providers[0].ResourceName,
	}
	b.near, err = b.hosts(0)
	return err
}

// caFile vouches for the fake HCP.
func (b *bench) caFile() string {
	return b.path(strings.ReplaceAll(b.server.Addr(), ":", "-") + ".pem")
}

func (b *bench) close() {
	defer os.RemoveAll(b.dir)
	b.server.Close()
}

// path is that of a file in the bench's folder.
func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

// build builds a program as the Dockerfile builds the action.
func (b *bench) build(ctx context.Context, name, folder string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", b.path(name), folder)
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	_, err := output(cmd)
	return err
}

// environment is all that a run sees, as on a new runner: nothing of this machine but the path.
func (b *bench) environment(j job, dir string, more ...map[string]string) map[string]string {
	env := map[string]string{"PATH": os.Getenv("PATH"), "HOME": dir, "GITHUB_ACTIONS": "true"}
	for _, set := range append([]map[string]string{j.environment(), b.near, b.login}, more...) {
		maps.Copy(env, set)
	}
	return env
}

// logf tells how far the command is.
func logf(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }
