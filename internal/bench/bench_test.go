package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestMedian(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		values []float64
		want   float64
	}{
		"odd":  {[]float64{3, 1, 100}, 3},
		"even": {[]float64{4, 1, 2, 100}, 3},
		"one":  {[]float64{7}, 7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := *median(tc.values); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
	if got := median(nil); got != nil {
		t.Errorf("of nothing: got %v", *got)
	}
}

func TestComparison(t *testing.T) {
	t.Parallel()
	rows := []row{
		{"ours", [measures]*float64{wall: pointer(0.02), cpu: pointer(0.0123), memory: pointer(15e6), requests: pointer(2), download: pointer(4e6)}},
		{"theirs", [measures]*float64{wall: pointer(0.9996), memory: pointer(2.25e6), requests: pointer(7), download: pointer(0)}},
		{"difference", [measures]*float64{wall: pointer(-0.001)}},
	}
	got := comparison(rows)
	for _, want := range []string{
		"| | wall time | CPU time | peak memory | requests | download |\n| --- | --- | --- | --- | --- | --- |\n",
		"| ours | 1× (20 ms) | 1× (12.3 ms) | 1× (15 MB) | 1× (2) | 1× (4 MB) |\n",
		"| theirs | 50× (1 s) |  | 0.15× (2.25 MB) | 3.5× (7) | 0 |\n",
		"| difference | lost in the noise |  |  |  |  |\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q in\n%s", want, got)
		}
	}
}

func TestParseBenchmarks(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for _, p := range parts {
		for _, builds := range []string{"10-2", "200", "2000-16"} { // one core has no suffix
			for _, value := range []string{"1.5", "9", "2.5"} {
				text.WriteString("Benchmark" + p.benchmark + "/builds=" + builds + " \t 3\t 99 ns/op\t 7 B/image\t " + value + " ns/image\t 8 B/op\n")
			}
		}
	}
	got, err := parseBenchmarks(text.String())
	if err != nil {
		t.Fatal(err)
	}
	if of := got["Find/2021-04-30"][200]; *of.nanoseconds != 2.5 || *of.bytes != 7 {
		t.Errorf("got %v ns and %v bytes", *of.nanoseconds, *of.bytes)
	}
	if _, err := parseBenchmarks(strings.Replace(text.String(), "Publish/builds=200 ", "", 3)); err == nil {
		t.Error("a benchmark is missing, and there is no error")
	}
}

func TestRewrite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "README.md")
	for _, text := range []string{"a", "b\n\nb\n"} {
		if _, err := os.Stat(path); err != nil {
			write(t, path, "before\n<!-- bench: written by make bench -->\n<!-- /bench -->\nafter\n")
		}
		if err := rewrite(path, text); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := "before\n<!-- bench: written by make bench -->\nb\n\nb\n<!-- /bench -->\nafter\n"; string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
	write(t, path, "no place")
	if err := rewrite(path, "a"); err == nil {
		t.Error("there is no place, and no error")
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestWeigh has a shell that starts two programs, which take 30 MiB each.
func TestWeigh(t *testing.T) {
	t.Parallel()
	const hold = `head -c 30M /dev/zero | tail -c 30M | { sleep 0.5; cat >/dev/null; }`
	cmd := exec.CommandContext(t.Context(), "sh", "-c", hold+" & "+hold+" & wait")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	peak, err := weigh(cmd)
	if err != nil {
		t.Fatal(err)
	}
	if mib := *peak / (1 << 20); mib < 60 || mib > 90 {
		t.Errorf("got %.0f MiB", mib)
	}
}
