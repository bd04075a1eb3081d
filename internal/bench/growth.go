package main

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
)

// sizes are the numbers of builds in the benchmarks, of 20 images each.
var sizes = []int{10, 200, 2000}

// parts are the parts of the action's work whose growth is measured.
var parts = []struct{ benchmark, name string }{
	{"Find/2023-01-01", "reading an answer of API 2023-01-01"},
	{"Find/2021-04-30", "reading an answer of API 2021-04-30"},
	{"Publish", "writing outputs and summary"},
}

// growth measures what one image takes in iterations of growing size, by the Go benchmarks of the packages
// whose work grows, relative to the smallest.
func (b *bench) growth(ctx context.Context) (string, error) {
	out, err := output(exec.CommandContext(ctx, "go", "test", "-run=^$", "-bench=^Benchmark(Find|Publish)$", "-benchtime=100ms",
		"-count="+strconv.Itoa(b.rounds), "./internal/registry", "./internal/pages"))
	if err != nil {
		return "", err
	}
	taken := readBenchmarks(out)
	if len(taken) != len(parts)*len(sizes) {
		return "", fmt.Errorf("these are not %d benchmarks of %d sizes:\n%s", len(parts), len(sizes), out)
	}
	return growthTable(taken), nil
}

// readBenchmarks reads what Go benchmarks report, by name and unit: lines of BenchmarkName-PROCS, the
// number of runs, and pairs of value and unit.
func readBenchmarks(text string) map[string]samples {
	taken := map[string]samples{}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := strings.TrimSuffix(fields[0], "-"+strconv.Itoa(runtime.GOMAXPROCS(0))) // which one core has not
		if taken[name] == nil {
			taken[name] = samples{}
		}
		for i := 3; i < len(fields); i += 2 {
			value, _ := strconv.ParseFloat(fields[i-1], 64) // go test writes numbers
			taken[name][fields[i]] = append(taken[name][fields[i]], value)
		}
	}
	return taken
}

func growthTable(taken map[string]samples) string {
	nanoseconds := func(ns float64) string { return seconds(ns / 1e9) }
	var lines [][]string
	for _, part := range parts {
		of := func(builds int) samples { return taken[fmt.Sprintf("Benchmark%s/builds=%d", part.benchmark, builds)] }
		time, memory := []string{part.name + ", time"}, []string{part.name + ", memory allocated"}
		for _, builds := range sizes {
			time = append(time, measure{"ns/image", nanoseconds}.cell(of(builds), of(sizes[0])))
			memory = append(memory, measure{"B/image", byteSize}.cell(of(builds), of(sizes[0])))
		}
		lines = append(lines, time, memory)
	}
	return markdown([]string{"for one image, in an iteration of", "10 builds", "200 builds", "2000 builds"}, lines)
}
