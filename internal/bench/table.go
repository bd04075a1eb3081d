package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// columns are the measures as the table shows them.
var columns = [measures]struct {
	title string
	unit  func(float64) string
}{
	wall:     {"wall time", seconds},
	cpu:      {"CPU time", seconds},
	memory:   {"peak memory", byteSize},
	requests: {"requests", count},
	download: {"download", byteSize},
}

// comparison is the table of all rows, relative to the first.
func comparison(rows []row) string {
	var b strings.Builder
	b.WriteString("| |")
	for _, c := range columns {
		b.WriteString(" " + c.title + " |")
	}
	b.WriteString("\n| --- |" + strings.Repeat(" --- |", len(columns)) + "\n")
	for _, r := range rows {
		b.WriteString("| " + r.name + " |")
		for m, c := range columns {
			b.WriteString(" " + cell(r.values[m], rows[0].values[m], c.unit) + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// growthTable is the table of what one image takes, relative to the smallest iteration.
func growthTable(g growth) string {
	var b strings.Builder
	b.WriteString("| for one image, in an iteration of |")
	for _, builds := range sizes {
		fmt.Fprintf(&b, " %d builds |", builds)
	}
	b.WriteString("\n| --- |" + strings.Repeat(" --- |", len(sizes)) + "\n")
	for _, p := range parts {
		of := g[p.benchmark]
		time, memory := "| "+p.name+", time |", "| "+p.name+", memory allocated |"
		for _, builds := range sizes {
			time += " " + cell(scaled(of[builds].nanoseconds, 1e-9), scaled(of[sizes[0]].nanoseconds, 1e-9), seconds) + " |"
			memory += " " + cell(of[builds].bytes, of[sizes[0]].bytes, byteSize) + " |"
		}
		b.WriteString(time + "\n" + memory + "\n")
	}
	return b.String()
}

func scaled(value *float64, factor float64) *float64 { return pointer(*value * factor) }

// cell is a ratio and what it stands for: no number of a machine alone says anything of another.
func cell(value, base *float64, unit func(float64) string) string {
	switch {
	case value == nil:
		return ""
	case *value == 0:
		return "0"
	case *value < 0:
		return "lost in the noise"
	default:
		return fmt.Sprintf("%s (%s)", ratio(*value / *base), unit(*value))
	}
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

// description tells how the numbers came about and on what machine.
func (b *bench) description(ctx context.Context) string {
	return fmt.Sprintf("`make bench`: medians of %d rounds in turns, after one to warm up, on %d cores (%s), %s of memory, Linux %s, Go %s.\n",
		b.rounds, runtime.NumCPU(), runtime.GOARCH, machineMemory(), version(ctx, "uname", "-r"), strings.TrimPrefix(runtime.Version(), "go"))
}

func machineMemory() string {
	var kib float64
	text, _ := os.ReadFile("/proc/meminfo")
	_, _ = fmt.Sscanf(string(text), "MemTotal: %f kB", &kib)
	return fmt.Sprintf("%.0f GiB", kib/(1<<20))
}

// rewrite puts text between the comments that mark its place in a file.
func rewrite(path, text string) error {
	const from, to = "<!-- bench: written by make bench -->\n", "<!-- /bench -->"
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(old), from)
	_, after, closed := strings.Cut(rest, to)
	if !found || !closed {
		return fmt.Errorf("%s has no place for the tables, between %q and %q", path, strings.TrimSpace(from), to)
	}
	return os.WriteFile(path, []byte(before+from+text+to+after), 0o644) //nolint:gosec // a file of the checkout, for all to read
}
