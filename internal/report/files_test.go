package report_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/report"
)

// runnerFiles are a runner's two files, which hold what earlier steps wrote.
func runnerFiles(t *testing.T) (output, summary string, env map[string]string) {
	t.Helper()
	dir := t.TempDir()
	output, summary = filepath.Join(dir, "output"), filepath.Join(dir, "summary")
	for _, path := range []string{output, summary} {
		if err := os.WriteFile(path, []byte("before\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return output, summary, map[string]string{"GITHUB_OUTPUT": output, "GITHUB_STEP_SUMMARY": summary}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// wantCannotWrite checks that err is the problem of a file that cannot be written.
func wantCannotWrite(t *testing.T, err error) {
	t.Helper()
	var p *problem.Problem
	if !errors.As(err, &p) || p.Title != problem.CannotWriteOutputs {
		t.Errorf("got %v, want %s", err, problem.CannotWriteOutputs)
	}
}

// TestPublish_takes_back has one of the files be on a full disk, or in no folder: the passing form is in both files or
// in none, and the failing one wherever it can be.
func TestPublish_takes_back(t *testing.T) {
	t.Parallel()
	for _, variable := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		for _, path := range []string{"/dev/full", "/no/such/folder"} {
			output, summary, env := runnerFiles(t)
			env[variable] = path
			r := report.New(io.Discard, getenv(env))
			wantCannotWrite(t, r.Publish(formOf("x"), nil, true))
			if got := read(t, output) + read(t, summary); got != "before\nbefore\n" {
				t.Errorf("something is left: %q", got)
			}
			wantCannotWrite(t, r.Publish(formOf("x"), problem.New(problem.ImageRevoked, "It is revoked."), true))
			if got := read(t, output) + read(t, summary); !strings.Contains(got, "It is revoked.") && !strings.Contains(got, "summary: x") {
				t.Errorf("nothing tells of the failure: %q", got)
			}
		}
	}
}

// full is a log on a full disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestLog_that_is_full(t *testing.T) {
	t.Parallel()
	_, _, env := runnerFiles(t)
	r := report.New(full{}, getenv(env))
	r.Warning("a title", "a message")
	wantCannotWrite(t, r.Publish(formOf("x"), nil, true))
}
