package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// sizes are the numbers of builds in the benchmarks, of 20 images each.
var sizes = []int{10, 200, 2000}

// part is one part of the action's work whose growth is measured.
type part struct{ benchmark, name string }

var parts = []part{
	{"Find/2023-01-01", "reading an answer of API 2023-01-01"},
	{"Find/2021-04-30", "reading an answer of API 2021-04-30"},
	{"Publish", "writing outputs and summary"},
}

// growth holds, by benchmark and number of builds, the medians for one image.
type growth map[string]map[int]perImage

type perImage struct{ nanoseconds, bytes *float64 }

// growth runs the benchmarks of the packages whose work grows with the iteration, in turns too.
func (b *bench) growth(ctx context.Context) (growth, error) {
	logf("%d rounds of the benchmarks", b.rounds)
	build := exec.CommandContext(ctx, "go", "test", "-c", "-o", b.dir+"/", "./internal/registry", "./internal/report") //nolint:gosec // a path of our own
	if _, err := output(build); err != nil {
		return nil, err
	}
	var text strings.Builder
	for range b.rounds {
		for _, program := range []string{"registry.test", "report.test"} {
			cmd := exec.CommandContext(ctx, filepath.Join(b.dir, program), //nolint:gosec // a path of our own
				"-test.run=^$", "-test.bench=^Benchmark(Find|Publish)$", "-test.benchtime=100ms")
			out, err := output(cmd)
			if err != nil {
				return nil, err
			}
			text.WriteString(out + "\n")
		}
	}
	return parseBenchmarks(text.String())
}

// benchmarkLine is BenchmarkName/builds=N-PROCS, the number of runs, and pairs of value and unit.
var benchmarkLine = regexp.MustCompile(`(?m)^Benchmark(\S+)/builds=(\d+)(?:-\d+)?\s+\d+\s+(.*)$`)

// parseBenchmarks reads what go test prints. A benchmark that is missing is an error.
func parseBenchmarks(text string) (growth, error) {
	times, bytes := map[string][]float64{}, map[string][]float64{}
	for _, line := range benchmarkLine.FindAllStringSubmatch(text, -1) {
		fields := strings.Fields(line[3])
		for i := 0; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return nil, err
			}
			key := line[1] + " " + line[2]
			switch fields[i+1] {
			case "ns/image":
				times[key] = append(times[key], value)
			case "B/image":
				bytes[key] = append(bytes[key], value)
			}
		}
	}
	g := growth{}
	for _, p := range parts {
		g[p.benchmark] = map[int]perImage{}
		for _, builds := range sizes {
			key := p.benchmark + " " + strconv.Itoa(builds)
			found := perImage{median(times[key]), median(bytes[key])}
			if found.nanoseconds == nil || found.bytes == nil {
				return nil, fmt.Errorf("there is no benchmark %s of %d builds in:\n%s", p.benchmark, builds, text)
			}
			g[p.benchmark][builds] = found
		}
	}
	return g, nil
}
