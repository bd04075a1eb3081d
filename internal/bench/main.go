// Command bench runs a command beside a fake HCP, for bench.sh, which measures what a job costs. The
// command's environment tells where the hosts are. It runs in the checkout, on Linux.
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

	"hcp-packer-iteration/internal/fakehcp"
)

// bench is what the command is to meet.
type bench struct {
	buckets          int
	delay, roundTrip time.Duration
	weigh            bool
	dir              string
}

func main() {
	var b bench
	flag.IntVar(&b.buckets, "buckets", 0, "how many buckets of three channels the registry has beside its own")
	flag.DurationVar(&b.delay, "delay", 0, "how long each answer takes")
	flag.DurationVar(&b.roundTrip, "rtt", 0, "the round trip to the hosts")
	flag.BoolVar(&b.weigh, "weigh", false, "print in JSON the most memory that the command has, and its number of requests, but nothing that it prints")
	flag.StringVar(&b.dir, "dir", ".", "the folder to run the command in, and for the certificate")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := b.run(ctx, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b bench) run(ctx context.Context, command []string) error {
	server, err := b.serve()
	if err != nil {
		return err
	}
	defer server.Close()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = b.dir, os.Stdout, os.Stderr
	if cmd.Env, err = b.environment(server); err != nil {
		return err
	}
	if !b.weigh {
		return cmd.Run()
	}
	cmd.Stdout = nil
	peak, err := weigh(cmd)
	fmt.Printf("{\"memory\": %d, \"requests\": %d}\n", peak, len(server.Requests()))
	return err
}

// serve starts the HCP of testdata/registry.yaml.
func (b bench) serve() (*fakehcp.Server, error) {
	text, err := os.ReadFile(filepath.Join("testdata", "registry.yaml"))
	if err != nil {
		return nil, err
	}
	const project = "        name: images\n"
	generate := fmt.Sprintf("        generate: {buckets: %d, channels: 3}\n", b.buckets)
	registry, err := fakehcp.Parse([]byte(strings.Replace(string(text), project, project+generate, 1)))
	if err != nil {
		return nil, err
	}
	server, err := fakehcp.Start(registry)
	if err != nil {
		return nil, err
	}
	server.Fail(fakehcp.AnyRoute, fakehcp.Fault{Delay: b.delay, Pass: true, Repeat: true})
	return server, server.WriteCA(filepath.Join(b.dir, "ca.pem"))
}

// environment adds the hosts to this command's environment. HCP's API, HCP's token endpoint and GitHub's are
// three hosts, as in real life, each as far away. All are the one fake.
func (b bench) environment(server *fakehcp.Server) ([]string, error) {
	env := server.Environment(filepath.Join(b.dir, "ca.pem"))
	maps.Copy(env, server.OIDCEnvironment())
	list := os.Environ()
	for name, value := range env {
		if strings.Contains(value, server.Addr()) {
			address, err := delayLine(server.Addr(), b.roundTrip)
			if err != nil {
				return nil, err
			}
			value = strings.Replace(value, server.Addr(), address, 1)
		}
		list = append(list, name+"="+value)
	}
	return list, nil
}
