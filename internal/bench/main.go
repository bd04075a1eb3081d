// Command bench measures what a job costs with the action, and beside it with Terraform and its
// provider and with a script of curl and jq: the same job, against the same fake HCP, in turns. It
// writes the medians into README.md. It runs in the checkout, on Linux.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"hcp-packer-iteration/internal/fakehcp" //nolint:depguard // as the demo, it has no other HCP
)

func main() {
	rounds := flag.Int("rounds", 15, "how many rounds count, 10 at least")
	provider := flag.String("provider", "", "the binary of Terraform's provider hcp")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measure(ctx, max(*rounds, 10), *provider); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// measure measures everything, and writes it down once all of it is there.
func measure(ctx context.Context, rounds int, provider string) error {
	b, err := newBench(rounds)
	if err != nil {
		return err
	}
	defer b.close()
	jobs, err := b.jobs(ctx, provider)
	if err != nil {
		return err
	}
	containers, err := b.containers(ctx)
	if err != nil {
		return err
	}
	growth, err := b.growth(ctx)
	if err != nil {
		return err
	}
	verifications, err := b.verifications(ctx)
	if err != nil {
		return err
	}
	text := comparison(append(jobs, containers...)) + "\n" + b.description(ctx) + "\n" + growthTable(growth) +
		"\n" + verificationTable(verifications)
	fmt.Println(text)
	return rewrite("README.md", text)
}

// bench is the HCP that everybody asks, and a folder to work in.
type bench struct {
	rounds int
	server *fakehcp.Server
	dir    string
}

func newBench(rounds int) (*bench, error) {
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
	return &bench{rounds: rounds, server: server, dir: dir}, nil
}

func (b *bench) close() {
	defer os.RemoveAll(b.dir)
	b.server.Close()
}

// logf tells how far the command is.
func logf(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }
