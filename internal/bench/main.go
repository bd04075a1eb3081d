// Command bench measures what a job costs with the action, with Terraform and its provider, and with a
// script of curl and jq: the same job against the same fake HCP. It writes its tables into README.md. It
// runs in the checkout, on Linux.
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
	"slices"
	"strings"

	"hcp-packer-iteration/internal/fakehcp" //nolint:depguard // as the demo, it has no other HCP
)

func main() {
	rounds := flag.Int("rounds", 15, "how many rounds count")
	provider := flag.String("provider", "", "the binary of Terraform's provider hcp")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := writeTables(ctx, *rounds, *provider); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// writeTables makes every table, and writes them down once all are there.
func writeTables(ctx context.Context, rounds int, provider string) error {
	b, err := newBench(ctx, rounds, provider)
	if err != nil {
		return err
	}
	defer b.close()
	var text strings.Builder
	for i, table := range []func(context.Context) (string, error){b.jobs, b.growth, b.verify} {
		markdown, err := table(ctx)
		if err != nil {
			return err
		}
		if i == 1 {
			text.WriteString(b.description(ctx) + "\n")
		}
		text.WriteString(markdown + "\n")
	}
	fmt.Println(text.String())
	return rewrite("README.md", strings.TrimSuffix(text.String(), "\n"))
}

// bench is the HCP that everybody asks, and a folder to work in.
type bench struct {
	rounds   int
	provider string
	server   *fakehcp.Server
	// login is what everybody logs in with.
	login map[string]string
	dir   string
}

func newBench(ctx context.Context, rounds int, provider string) (*bench, error) {
	registry, err := fakehcp.Load(filepath.Join("testdata", "registry.yaml"))
	if err != nil {
		return nil, err
	}
	server, err := fakehcp.Start(registry)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "hcp-packer-iteration-bench")
	if err != nil {
		return nil, err
	}
	b := &bench{rounds: rounds, provider: provider, server: server, login: login(registry), dir: dir}
	if err := server.WriteCA(b.path("ca.pem")); err != nil {
		return nil, err
	}
	return b, b.build(ctx, "action", ".")
}

// login are the credentials of a principal that may read the registry's jobs.
func login(registry *fakehcp.Registry) map[string]string {
	i := slices.IndexFunc(registry.Principals, func(p fakehcp.Principal) bool { return p.Name == "project-viewer" })
	principal := registry.Principals[i]
	return map[string]string{
		"HCP_CLIENT_ID":       principal.ClientID,
		"HCP_CLIENT_SECRET":   principal.ClientSecret,
		"HCP_ORGANIZATION_ID": principal.Organization,
		"HCP_PROJECT_ID":      principal.Project,
	}
}

func (b *bench) close() {
	defer os.RemoveAll(b.dir)
	b.server.Close()
}

// path is that of a file in the bench's folder.
func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

// build builds a program as the Dockerfile builds the action.
func (b *bench) build(ctx context.Context, name, folder string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", b.path(name), folder) //nolint:gosec // paths of our own
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	_, err := output(cmd)
	return err
}

// environment is all that a run sees, as on a new runner: nothing of this machine but the path.
func (b *bench) environment(j job, dir string, more ...map[string]string) map[string]string {
	env := map[string]string{"PATH": os.Getenv("PATH"), "HOME": dir, "GITHUB_ACTIONS": "true"} //nolint:forbidigo // where the programs are
	for _, set := range append([]map[string]string{j.environment(), b.server.Environment(b.path("ca.pem")), b.login}, more...) {
		maps.Copy(env, set)
	}
	return env
}

// logf tells how far the command is.
func logf(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }
