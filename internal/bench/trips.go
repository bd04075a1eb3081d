package main

import (
	"context"
	"fmt"
	"maps"
	"time"
)

// trips compares the action with the client written by hand, on loopback and far from HCP, by the median of
// the ratios of pairs: whatever slows the machine down slows both of a pair.
func (b *bench) trips(ctx context.Context) (string, error) {
	far, err := b.hosts(50 * time.Millisecond)
	if err != nil {
		return "", err
	}
	var lines [][]string
	for _, at := range []struct {
		name  string
		hosts map[string]string
	}{{"on loopback", b.near}, {"at a round trip of 50 ms", far}} {
		for _, login := range []struct {
			name string
			env  map[string]string
		}{{"client secret", nil}, {"workload identity", b.identity}} {
			ours, theirs := b.action(), b.handwritten()
			ours.env = maps.Clone(at.hosts)
			maps.Copy(ours.env, login.env)
			theirs.env = ours.env
			taken, err := b.turns(ctx, 4*b.rounds, wait, ours, theirs)
			if err != nil {
				return "", err
			}
			lines = append(lines, []string{login.name + ", " + at.name, pairs(wallTime, taken[0], taken[1]), pairs(cpuTime, taken[0], taken[1])})
		}
	}
	return markdown([]string{"", wallTime, cpuTime}, lines), nil
}

// pairs is the median of the ratios within each round, and the medians that stand behind it.
func pairs(name string, ours, theirs samples) string {
	var ratios []float64
	for round := range ours[name] {
		ratios = append(ratios, ours[name][round]/theirs[name][round])
	}
	return fmt.Sprintf("%.2f× (%s to %s)", median(ratios), seconds(median(ours[name])), seconds(median(theirs[name])))
}
