package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hcp-packer-iteration/internal/fakehcp"
)

// verify measures the second action, by the number of ids and by how long the search takes to answer,
// relative to one id. Looking at the memory takes a part of one core and none of the time that is waited
// for.
func (b *bench) verify(ctx context.Context) (string, error) {
	list := []contender{b.verifier(1), b.verifier(50), b.verifier(500)}
	var lines [][]string
	for _, delay := range []time.Duration{0, 100 * time.Millisecond} {
		if delay > 0 { // for good: nothing else searches
			b.server.Fail(fakehcp.SearchRoute, fakehcp.Fault{Delay: delay, Pass: true, Repeat: true})
		}
		taken, err := b.turns(ctx, b.rounds, weigh, list...)
		if err != nil {
			return "", err
		}
		for _, m := range []measure{{wallTime, seconds}, {peakMemory, byteSize}} {
			line := []string{fmt.Sprintf("%s, answers delayed by %s", m.name, delay)}
			for _, s := range taken {
				line = append(line, m.cell(s, taken[0]))
			}
			lines = append(lines, line)
		}
	}
	return markdown([]string{"`verify` of", "1 id", "50 ids", "500 ids"}, lines), nil
}

// verifier checks so many ids, one of which the registry knows.
func (b *bench) verifier(count int) contender {
	ids := []string{measuredImage}
	for i := range count - 1 {
		ids = append(ids, fmt.Sprintf("ami-%017x", 0xf00000+i))
	}
	return contender{
		name: fmt.Sprintf("verify of %d ids", count),
		args: []string{b.path("action"), "verify"},
		env:  map[string]string{"INPUT_IMAGE-IDS": strings.Join(ids, "\n"), "INPUT_UNTRACKED": "ignore"},
	}
}
