package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"hcp-packer-iteration/internal/fakerunner"
)

// samples are what the runs of one contender took, by measure: seconds, bytes and numbers of requests.
type samples map[string][]float64

// The measures that a run yields, as the tables call them.
const (
	wallTime   = "wall time"
	cpuTime    = "CPU time"
	peakMemory = "peak memory"
	requests   = "requests"
)

// turns runs A B C, A B C, …, so that whatever else happens on the machine meets all of them. The first
// round only warms up, and does not count.
func (b *bench) turns(ctx context.Context, rounds int, watch watch, list ...contender) ([]samples, error) {
	taken := make([]samples, len(list))
	for i := range taken {
		taken[i] = samples{}
	}
	for round := range rounds + 1 {
		for i, c := range list {
			took, out, err := b.run(ctx, c, measured, watch)
			if want := cmp.Or(c.finds, measuredImage); err == nil && !strings.Contains(out, want) {
				err = fmt.Errorf("it does not find %s", want)
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w\n%s", c.name, err, out)
			}
			for measure, value := range took {
				if round > 0 {
					taken[i][measure] = append(taken[i][measure], value)
				}
			}
		}
	}
	return taken, nil
}

// run has a contender do a job in a new folder, and returns what that took, its log and its outputs.
func (b *bench) run(ctx context.Context, c contender, j job, watch watch) (took map[string]float64, out string, err error) {
	dir, err := os.MkdirTemp(b.dir, "run")
	if err != nil {
		return nil, "", err
	}
	defer os.RemoveAll(dir)
	runner, err := fakerunner.New(dir)
	if err != nil {
		return nil, "", err
	}
	if c.files != nil {
		if err := os.CopyFS(dir, c.files); err != nil {
			return nil, "", err
		}
	}
	cmd := b.command(ctx, c, b.environment(j, dir, runner.Environment(), c.env), dir)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	asked := len(b.server.Requests())
	took, err = watched(cmd, watch)
	if err == nil {
		took[requests] = float64(len(b.server.Requests()) - asked)
	}
	outputs, _ := os.ReadFile(runner.Environment()["GITHUB_OUTPUT"])
	return took, log.String() + string(outputs), err
}

// watch follows a command that was started to its end, and adds what it sees to what the command took.
type watch func(cmd *exec.Cmd, took map[string]float64) error

func wait(cmd *exec.Cmd, _ map[string]float64) error { return cmd.Wait() }

// watched runs a command. The kernel adds up the CPU time of a process and of all descendants that were
// waited for, as Terraform waits for its provider, and bash for all that it starts.
func watched(cmd *exec.Cmd, watch watch) (map[string]float64, error) {
	took := map[string]float64{}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	err := watch(cmd, took)
	took[wallTime] = time.Since(start).Seconds()
	took[cpuTime] = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	return took, err
}

// output is what a command prints. What it prints besides is in the error.
func output(cmd *exec.Cmd) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", cmd, err, &stderr)
	}
	return strings.TrimSpace(stdout.String()), nil
}
