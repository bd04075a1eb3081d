package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"
)

// The measures, in the order of the table's columns.
const (
	wall = iota
	cpu
	memory
	requests
	download
	measures
)

// row is what one contender takes, its medians.
type row struct {
	name   string
	values [measures]*float64 // nil where nothing was measured
}

// jobs measures the contenders, in turns, so that what else happens on the machine meets all of them.
// Memory has turns of its own, because looking at it takes time.
func (b *bench) jobs(ctx context.Context, provider string) ([]row, error) {
	list, err := b.contenders(ctx, provider)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		if err := b.checkRefusal(ctx, c); err != nil {
			return nil, err
		}
	}
	logf("%d rounds of each, twice", b.rounds)
	timed, err := b.turns(ctx, list, wait)
	if err != nil {
		return nil, err
	}
	weighed, err := b.turns(ctx, list, weigh)
	if err != nil {
		return nil, err
	}
	rows := make([]row, len(list))
	for i, c := range list {
		timed[i][memory] = weighed[i][memory]
		timed[i][download] = []float64{c.download}
		rows[i] = timed[i].row(c.name)
	}
	return rows, nil
}

// samples are what one contender took, round by round.
type samples [measures][]float64

// row has the medians.
func (s samples) row(name string) row {
	r := row{name: name}
	for m, values := range s {
		r.values[m] = median(values)
	}
	return r
}

// turns runs A B C, A B C, …. The first round only warms up, and does not count.
func (b *bench) turns(ctx context.Context, list []contender, watch watch) ([]samples, error) {
	taken := make([]samples, len(list))
	for round := range b.rounds + 1 {
		for i, c := range list {
			values, out, err := b.once(ctx, c, measured, watch)
			if err == nil && !bytes.Contains(out, []byte(measuredImage)) {
				err = fmt.Errorf("it does not find %s", measuredImage)
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w\n%s", c.name, err, out)
			}
			for m, value := range values {
				if value != nil && round > 0 {
					taken[i][m] = append(taken[i][m], *value)
				}
			}
		}
	}
	return taken, nil
}

// watch follows a command that was started to its end, and returns the most memory that it had, nil
// where it does not look.
type watch func(cmd *exec.Cmd) (peak *float64, err error)

func wait(cmd *exec.Cmd) (*float64, error) { return nil, cmd.Wait() }

// once does a job once.
func (b *bench) once(ctx context.Context, c contender, j job, watch watch) (values [measures]*float64, out []byte, err error) {
	dir, err := os.MkdirTemp(b.dir, "run")
	if err != nil {
		return values, nil, err
	}
	defer os.RemoveAll(dir)
	cmd, err := c.command(ctx, j, dir)
	if err != nil {
		return values, nil, err
	}
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	asked := len(b.server.Requests())
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return values, nil, err
	}
	values[memory], err = watch(cmd)
	values[wall] = pointer(time.Since(start).Seconds())
	values[requests] = pointer(float64(len(b.server.Requests()) - asked))
	// The kernel adds up a process and all descendants that were waited for, as Terraform waits for
	// its provider, and bash for all that it starts.
	values[cpu] = pointer((cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds())
	return values, log.Bytes(), err
}

func pointer(value float64) *float64 { return &value }

// median is nil for no values.
func median(values []float64) *float64 {
	n := len(values)
	if n == 0 {
		return nil
	}
	sorted := slices.Sorted(slices.Values(values))
	return pointer((sorted[(n-1)/2] + sorted[n/2]) / 2)
}
