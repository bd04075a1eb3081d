package report_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

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

// The passing form is in both files or in none, whichever of them cannot be written. /dev/full is a full
// disk.
func TestPublish_takes_back(t *testing.T) {
	t.Parallel()
	for _, variable := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		t.Run(variable, func(t *testing.T) {
			t.Parallel()
			output, summary, env := runnerFiles(t)
			env[variable] = "/dev/full"
			r := report.New(t.Context(), io.Discard, getenv(env))
			wantCannotWrite(t, r.Publish(pageOf{text: "x"}, nil, true))
			if got := read(t, output) + read(t, summary); got != "before\nbefore\n" {
				t.Errorf("something is left: %q", got)
			}
		})
	}
}

// What fails is told wherever it can be.
func TestPublish_tells_a_failure_where_it_can(t *testing.T) {
	t.Parallel()
	p := problem.New(problem.ImageRevoked, "It is revoked.")
	_, summary, env := runnerFiles(t)
	env["GITHUB_OUTPUT"] = "/dev/full"
	r := report.New(t.Context(), io.Discard, getenv(env))
	wantCannotWrite(t, r.Publish(pageOf{text: "x"}, p, true))
	if got := read(t, summary); !strings.Contains(got, "revoked") {
		t.Errorf("the summary does not tell: %q", got)
	}
}

// A pipe that nobody reads is not waited for longer than the step has time, and gets nothing once somebody
// does.
func TestPublish_gives_up_a_pipe(t *testing.T) {
	t.Parallel()
	_, summary, env := runnerFiles(t)
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	env["GITHUB_OUTPUT"] = pipe
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := report.New(ctx, io.Discard, getenv(env))
	wantCannotWrite(t, r.Publish(pageOf{text: "x"}, nil, true))
	if got := read(t, summary); got != "before\n" {
		t.Errorf("the summary says that the step passes: %q", got)
	}
	late, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer late.Close()
	if n, err := late.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("a reader that comes late gets %d bytes, %v", n, err)
	}
}

// A pipe that took a part of the passing form gets nothing of the failing one, which would be read as a part
// of an output.
func TestPublish_leaves_a_pipe_that_took_a_part(t *testing.T) {
	t.Parallel()
	_, _, env := runnerFiles(t)
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(pipe, os.O_RDWR, 0) // opens it without waiting for a writer
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	env["GITHUB_OUTPUT"] = pipe
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := report.New(ctx, io.Discard, getenv(env))
	page := pageOf{text: strings.Repeat("x", 1<<17)} // twice what a pipe holds
	wantCannotWrite(t, r.Publish(page, nil, true))
	wantCannotWrite(t, r.Publish(page, problem.New(problem.CannotWriteOutputs, "It is so."), true))
	held := make([]byte, 1<<20)
	n, err := reader.Read(held)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(held[:n], []byte(problem.CannotWriteOutputs)) {
		t.Error("the failing form is behind a part of the passing one")
	}
}

// blocked is a log that nobody reads.
type blocked struct{ release chan struct{} }

func (b blocked) Write(p []byte) (int, error) {
	<-b.release
	return len(p), nil
}

// full is a log on a full disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// A log that takes nothing is given up once the step is out of time, and fails what would have passed.
func TestLog_that_takes_nothing(t *testing.T) {
	t.Parallel()
	output, summary, env := runnerFiles(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), report.Patience)
		defer cancel()
		log := blocked{make(chan struct{})}
		defer close(log.release)
		r := report.New(ctx, log, getenv(env))
		r.Log("a line")
		r.Warning("a title", "that is not waited for")
		wantCannotWrite(t, r.Publish(pageOf{text: "x"}, nil, true))
	})
	if got := read(t, output) + read(t, summary); got != "before\nbefore\n" {
		t.Errorf("the files say that the step passes: %q", got)
	}
}

func TestLog_that_is_full(t *testing.T) {
	t.Parallel()
	_, _, env := runnerFiles(t)
	r := report.New(t.Context(), full{}, getenv(env))
	r.Warning("a title", "a message")
	wantCannotWrite(t, r.Publish(pageOf{text: "x"}, nil, true))
}
