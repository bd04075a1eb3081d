package main

import (
	"io"
	"math"
	"net"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
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
			if got := median(tc.values); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
	if got := median(nil); !math.IsNaN(got) {
		t.Errorf("of nothing: got %v", got)
	}
}

func TestComparison(t *testing.T) {
	t.Parallel()
	got := comparison([]row{
		{"ours", samples{wallTime: {0.02}, cpuTime: {0.0123}, peakMemory: {15e6}, requests: {2}, download: {4e6}}},
		{"theirs", samples{wallTime: {0.9996}, peakMemory: {2.25e6}, requests: {7}, download: {0}}},
		{"difference", samples{wallTime: {-0.001}}},
	})
	const want = `|  | wall time | CPU time | peak memory | requests | download |
| --- | --- | --- | --- | --- | --- |
| ours | 1× (20 ms) | 1× (12.3 ms) | 1× (15 MB) | 1× (2) | 1× (4 MB) |
| theirs | 50× (1 s) |  | 0.15× (2.25 MB) | 3.5× (7) | 0 |
| difference | lost in the noise |  |  |  |  |
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPairs(t *testing.T) {
	t.Parallel()
	// One slow round, which the ratio of the medians would show.
	got := pairs(wallTime, samples{wallTime: {0.01, 0.02, 0.3}}, samples{wallTime: {0.02, 0.016, 0.2}})
	if want := "1.25× (20 ms to 20 ms)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A round trip of 50 ms: 50 for the handshake, and 25 on the way.
func TestForward(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		near, client := net.Pipe()
		server, far := net.Pipe()
		start := time.Now()
		go forward(far, near, start.Add(50*time.Millisecond), 25*time.Millisecond)
		for _, tc := range []struct{ sent, want time.Duration }{{0, 75 * time.Millisecond}, {100 * time.Millisecond, 125 * time.Millisecond}} {
			time.Sleep(tc.sent - time.Since(start))
			if _, err := client.Write([]byte("chunk")); err != nil {
				t.Fatal(err)
			}
			if _, err := server.Read(make([]byte, 5)); err != nil {
				t.Fatal(err)
			}
			if got := time.Since(start); got != tc.want {
				t.Errorf("sent after %s, arrived after %s, want %s", tc.sent, got, tc.want)
			}
		}
		client.Close()
		if rest, err := io.ReadAll(server); err != nil || len(rest) > 0 {
			t.Errorf("after the end: got %q, %v", rest, err)
		}
	})
}

func TestReadBenchmarks(t *testing.T) {
	t.Parallel()
	const line = "BenchmarkFind/2021-04-30/builds=200 \t 3\t 99 ns/op\t "
	got := readBenchmarks("goos: linux\n" + line + "1.5 ns/image\n" + line + "9 ns/image\nPASS\n")
	want := map[string]samples{"BenchmarkFind/2021-04-30/builds=200": {"ns/op": {99, 99}, "ns/image": {1.5, 9}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRewrite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "benchmarks.md")
	write(t, path, "before\n<!-- jobs: written by make bench -->\n<!-- /jobs -->\nafter\n")
	for _, text := range []string{"a", "b\n\nb\n"} {
		if err := rewrite(path, "jobs", text); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const want = "before\n<!-- jobs: written by make bench -->\nb\n\nb\n<!-- /jobs -->\nafter\n"
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	write(t, path, "no place")
	if err := rewrite(path, "jobs", "a"); err == nil {
		t.Error("there is no place, and no error")
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
