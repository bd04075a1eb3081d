package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"hcp-packer-iteration/internal/fakehcp" //nolint:depguard // as the demo, it has no other HCP
)

// idCounts are how many distinct ids a verification checks.
var idCounts = []int{1, 50, 500}

// delays are how long the search takes to answer.
var delays = []time.Duration{0, 100 * time.Millisecond}

// verifications measures the second action for every delay and count, in that order.
func (b *bench) verifications(ctx context.Context) ([][]row, error) {
	var all [][]row
	for _, delay := range delays {
		logf("%d rounds of verify, with %s an answer", b.rounds, delay)
		slow, err := newBench(b.rounds)
		if err != nil {
			return nil, err
		}
		defer slow.close()
		slow.server.Fail(fakehcp.SearchRoute, fakehcp.Fault{Delay: delay, Pass: true, Repeat: true})
		rows, err := slow.verification(ctx, filepath.Join(b.dir, "hcp-packer-iteration"))
		if err != nil {
			return nil, err
		}
		all = append(all, rows)
	}
	return all, nil
}

// verification measures one delay, the counts in turns. Looking at the memory takes a part of one core
// and none of the time that is waited for.
func (b *bench) verification(ctx context.Context, program string) ([]row, error) {
	taken := make([]samples, len(idCounts))
	for round := range b.rounds + 1 {
		for i, count := range idCounts {
			values, out, err := b.once(ctx, verifier(b, program, count), job{}, weigh)
			if err != nil {
				return nil, fmt.Errorf("verify of %d ids: %w\n%s", count, err, out)
			}
			for m, value := range values {
				if value != nil && round > 0 {
					taken[i][m] = append(taken[i][m], *value)
				}
			}
		}
	}
	rows := make([]row, len(idCounts))
	for i, s := range taken {
		rows[i] = s.row("")
	}
	return rows, nil
}

// verifier checks so many ids, one of which the registry knows.
func verifier(b *bench, program string, count int) contender {
	ids := []string{measuredImage}
	for i := range count - 1 {
		ids = append(ids, fmt.Sprintf("ami-%017x", 0xf00000+i))
	}
	return contender{command: func(ctx context.Context, _ job, dir string) (*exec.Cmd, error) {
		cmd := exec.CommandContext(ctx, program, "verify") //nolint:gosec // a path of our own
		return cmd, b.prepare(cmd, dir, map[string]string{"INPUT_IMAGE-IDS": strings.Join(ids, "\n"), "INPUT_UNTRACKED": "ignore"})
	}}
}

// verificationTable is the table of what a verification takes, relative to that of one id.
func verificationTable(all [][]row) string {
	var b strings.Builder
	b.WriteString("| `verify` of |")
	for _, count := range idCounts {
		fmt.Fprintf(&b, " %s |", plural(count))
	}
	b.WriteString("\n| --- |" + strings.Repeat(" --- |", len(idCounts)) + "\n")
	for i, rows := range all {
		for _, m := range []int{wall, memory} {
			fmt.Fprintf(&b, "| %s, with %s an answer |", columns[m].title, delays[i])
			for _, r := range rows {
				b.WriteString(" " + cell(r.values[m], rows[0].values[m], columns[m].unit) + " |")
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

func plural(ids int) string {
	if ids == 1 {
		return "1 id"
	}
	return fmt.Sprintf("%d ids", ids)
}
