package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
)

// markdown is a table.
func markdown(header []string, lines [][]string) string {
	var b strings.Builder
	rule := slices.Repeat([]string{"---"}, len(header))
	for _, line := range append([][]string{header, rule}, lines...) {
		b.WriteString("| " + strings.Join(line, " | ") + " |\n")
	}
	return b.String()
}

// measure is one kind of samples and how a table shows them.
type measure struct {
	name string
	unit func(float64) string
}

// cell is a ratio of medians and what it stands for: no number of a machine alone says anything of
// another. It is empty where nothing was measured.
func (m measure) cell(taken, base samples) string {
	switch value := median(taken[m.name]); {
	case math.IsNaN(value):
		return ""
	case value == 0:
		return "0"
	case value < 0:
		return "lost in the noise"
	default:
		return fmt.Sprintf("%s (%s)", ratio(value/median(base[m.name])), m.unit(value))
	}
}

// median is not a number where there are no values.
func median(values []float64) float64 {
	n := len(values)
	if n == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func ratio(r float64) string {
	switch {
	case r == 1:
		return "1×"
	case r < 0.95:
		return fmt.Sprintf("%.2f×", r)
	case r < 9.95:
		return fmt.Sprintf("%.1f×", r)
	default:
		return fmt.Sprintf("%.0f×", r)
	}
}

func count(n float64) string { return fmt.Sprintf("%.0f", n) }

func seconds(s float64) string { return scale(s*1e9, "ns", "µs", "ms", "s") }

func byteSize(n float64) string { return scale(n, "B", "kB", "MB", "GB") }

// scale writes a number with three digits at most, in the unit that makes it less than 1000.
func scale(value float64, units ...string) string {
	for len(units) > 1 && value >= 999.5 {
		value, units = value/1000, units[1:]
	}
	return fmt.Sprintf("%.3g %s", value, units[0])
}

// machine tells where the figures come from.
func (b *bench) machine(ctx context.Context) string {
	return fmt.Sprintf("%d rounds on %d cores (%s), Linux %s, Go %s.\n",
		b.rounds, runtime.NumCPU(), runtime.GOARCH, version(ctx, "uname", "-r"), strings.TrimPrefix(runtime.Version(), "go"))
}

// rewrite puts text between the comments that mark a table's place in a file.
func rewrite(path, table, text string) error {
	from, to := "<!-- "+table+": written by make bench -->\n", "<!-- /"+table+" -->"
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(old), from)
	_, after, closed := strings.Cut(rest, to)
	if !found || !closed {
		return fmt.Errorf("%s has no place for the table, between %q and %q", path, strings.TrimSpace(from), to)
	}
	return os.WriteFile(path, []byte(before+from+text+to+after), 0o644)
}
