package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hcp-packer-iteration/internal/fakehcp"
)

// slowRounds are enough for what mostly waits.
const slowRounds = 5

// audit measures the action that reads a whole registry of 1,000 buckets, a tenth of it, and Terraform's plan
// over that tenth, relative to the whole, by how long an answer takes.
func (b *bench) audit(ctx context.Context) (string, error) {
	fleet, err := b.fleet()
	if err != nil {
		return "", err
	}
	defer fleet.server.Close()
	const tenth = "generated-00*\ngenerated-0100"
	list := []contender{auditor(fleet, "*", "3000"), auditor(fleet, tenth, "300")}
	header := []string{"", "`audit` of 1,000 buckets", "`audit` of 100 of them"}
	if reason := missing("terraform"); reason != "" || b.provider == "" {
		logf("no column for Terraform: %s", reason)
	} else {
		plan, err := fleet.terraform(ctx)
		if err != nil {
			return "", err
		}
		plan.args = []string{plan.args[0], "plan", "-input=false", "-no-color"}
		plan.files, plan.finds = os.DirFS("internal/bench/fleet"), "100 versions"
		list, header = append(list, plan), append(header, "`terraform plan` of one channel of each of these 100")
	}
	var lines [][]string
	for _, delay := range []time.Duration{0, 100 * time.Millisecond} {
		if delay > 0 {
			fleet.server.Fail(fakehcp.AnyRoute, fakehcp.Fault{Delay: delay, Pass: true, Repeat: true})
		}
		taken, err := fleet.turns(ctx, min(b.rounds, slowRounds), weigh, list...)
		if err != nil {
			return "", err
		}
		for _, m := range []measure{{wallTime, seconds}, {peakMemory, byteSize}, {requests, count}} {
			line := []string{fmt.Sprintf("%s, answers delayed by %s", m.name, delay)}
			for _, s := range taken {
				line = append(line, m.cell(s, taken[0]))
			}
			lines = append(lines, line)
		}
	}
	return markdown(header, lines), nil
}

// fleet is a bench whose HCP has 1,000 buckets of three channels each.
func (b *bench) fleet() (*bench, error) {
	text, err := os.ReadFile(filepath.Join("testdata", "registry.yaml"))
	if err != nil {
		return nil, err
	}
	const project = "        name: images\n"
	registry, err := fakehcp.Parse([]byte(strings.Replace(string(text), project, project+"        generate: {buckets: 1000, channels: 3}\n", 1)))
	if err != nil {
		return nil, err
	}
	fleet := &bench{rounds: b.rounds, provider: b.provider, dir: b.dir}
	return fleet, fleet.serve(registry)
}

// auditor audits the generated buckets that the patterns choose, and counts so many channels.
func auditor(fleet *bench, buckets, channels string) contender {
	return contender{
		name:  "audit of " + buckets,
		args:  []string{fleet.path("action"), "audit"},
		env:   map[string]string{"INPUT_BUCKETS": buckets + "\n![^g]*", "INPUT_CHANNELS": "channel-*"},
		finds: "channels checked: " + channels,
	}
}
