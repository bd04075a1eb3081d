package main

import (
	"context"
	"os/exec"
)

// download is what a runner fetches; the other measures are those of a run.
const download = "download"

// row is one line of the table of jobs.
type row struct {
	name string // Markdown
	samples
}

// jobs measures a job, done by each contender and in containers, relative to the action. Memory has turns
// of its own, because looking at it takes time.
func (b *bench) jobs(ctx context.Context) (string, error) {
	list, err := b.contenders(ctx)
	if err != nil {
		return "", err
	}
	for _, c := range list {
		if err := b.checkRefusal(ctx, c); err != nil {
			return "", err
		}
	}
	timed, err := b.turns(ctx, b.rounds, wait, list...)
	if err != nil {
		return "", err
	}
	weighed, err := b.turns(ctx, b.rounds, weigh, list...)
	if err != nil {
		return "", err
	}
	var rows []row
	for i, c := range list {
		timed[i][peakMemory] = weighed[i][peakMemory]
		timed[i][download] = []float64{c.download}
		rows = append(rows, row{c.name, timed[i]})
	}
	containers, err := b.containers(ctx)
	return comparison(append(rows, containers...)), err
}

// comparison is the table of all rows, relative to the first.
func comparison(rows []row) string {
	measures := []measure{{wallTime, seconds}, {cpuTime, seconds}, {peakMemory, byteSize}, {requests, count}, {download, byteSize}}
	header := []string{""}
	for _, m := range measures {
		header = append(header, m.name)
	}
	var lines [][]string
	for _, r := range rows {
		line := []string{r.name}
		for _, m := range measures {
			line = append(line, m.cell(r.samples, rows[0].samples))
		}
		lines = append(lines, line)
	}
	return markdown(header, lines)
}

// containers measures the whole step, as a runner starts it, and the floor: the same container with a
// program in it that does nothing. The rest is the action's.
func (b *bench) containers(ctx context.Context) ([]row, error) {
	if _, err := output(exec.CommandContext(ctx, "docker", "version")); err != nil {
		logf("no rows for containers: %v", err)
		return nil, nil
	}
	step, err := stepImage(ctx)
	if err != nil {
		return nil, err
	}
	floor, err := b.floorImage(ctx)
	if err != nil {
		return nil, err
	}
	size, err := compressed(exec.CommandContext(ctx, "docker", "save", step))
	if err != nil {
		return nil, err
	}
	taken, err := b.turns(ctx, b.rounds, wait, contender{name: "the action's image", image: step}, contender{name: "the empty image", image: floor})
	if err != nil {
		return nil, err
	}
	// What docker run does is done by its daemon, whose CPU time is not known here.
	whole, empty := taken[0][wallTime], taken[1][wallTime]
	return []row{
		{"the action's whole step, in its container", samples{wallTime: whole, requests: taken[0][requests], download: {size}}},
		{"`docker run` of an empty image", samples{wallTime: empty}},
		{"what the action adds to that", samples{wallTime: differences(whole, empty)}},
	}, nil
}

// differences are taken within each round: what slows the machine down for a while slows both.
func differences(whole, floor []float64) []float64 {
	var more []float64
	for round := range whole {
		more = append(more, whole[round]-floor[round])
	}
	return more
}

// stepImage builds the Dockerfile, on the tests' stand-in for its base where no registry is reached.
func stepImage(ctx context.Context) (string, error) {
	if _, err := output(exec.CommandContext(ctx, "internal/e2e/standin/golang.sh")); err != nil {
		return "", err
	}
	return output(exec.CommandContext(ctx, "docker", "build", "-q", "-t", "hcp-packer-iteration:bench", "."))
}

func (b *bench) floorImage(ctx context.Context) (string, error) {
	if err := b.build(ctx, "floor", "./internal/bench/floor"); err != nil {
		return "", err
	}
	return output(exec.CommandContext(ctx, "docker", "build", "-q", "-t", "hcp-packer-iteration:floor", "-f", "internal/bench/floor/Dockerfile", b.dir))
}

// containerCommand runs an image on the host's network, with the bench's folder where the host has it.
func containerCommand(ctx context.Context, image string, env []string, dir, mount string) *exec.Cmd {
	args := []string{"run", "--rm", "--network", "host", "--workdir", dir, "-v", mount + ":" + mount}
	for _, assignment := range env {
		args = append(args, "--env", assignment)
	}
	return exec.CommandContext(ctx, "docker", append(args, image)...)
}
