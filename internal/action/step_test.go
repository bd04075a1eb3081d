package action

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hcp-packer-iteration/internal/fakerunner"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/inputs"
	"hcp-packer-iteration/internal/pages"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/report"
)

// slowPage is a page that takes time in the form in which the step passes, and in the one in which it fails.
type slowPage struct {
	name           string
	passes, failed time.Duration
}

func (p slowPage) Form(failure *problem.Problem) pages.Form {
	result := "pass"
	if failure == nil {
		time.Sleep(p.passes)
	} else {
		time.Sleep(p.failed)
		result = "fail"
	}
	return pages.Form{Outputs: []pages.Output{{Name: "result", Value: result}}, Summary: p.name + " " + result + "\n"}
}

// TestStep_ends_in_time has a step end as failed when its timeout does or a signal comes, whatever it is doing, with
// nothing left of a form in which it would have passed.
func TestStep_ends_in_time(t *testing.T) {
	t.Parallel()
	const timeout = time.Minute
	refused := problem.New(problem.ImagesRefused, "It is so.")
	for name, tc := range map[string]struct {
		work    time.Duration
		page    slowPage
		err     error
		signal  time.Duration
		title   problem.Title
		summary string
	}{
		"in_time":              {timeout / 2, slowPage{"found", timeout / 3, 0}, nil, 0, "", "found pass"},
		"refused_in_time":      {timeout / 2, slowPage{"found", 0, timeout / 3}, refused, 0, problem.ImagesRefused, "found fail"},
		"work_goes_on":         {2 * timeout, slowPage{"found", 0, 0}, nil, 0, problem.HCPUnavailable, "nothing fail"},
		"work_ends_late":       {timeout + patience/2, slowPage{"found", 0, 0}, nil, 0, problem.HCPUnavailable, "found fail"},
		"work_fails_late":      {timeout + patience/2, slowPage{"found", 0, 0}, refused, 0, problem.ImagesRefused, "found fail"},
		"page_goes_on":         {timeout / 2, slowPage{"found", timeout, 0}, nil, 0, problem.HCPUnavailable, "nothing fail"},
		"page_ends_late":       {timeout / 2, slowPage{"found", timeout/2 + patience/2, 0}, nil, 0, problem.HCPUnavailable, "found fail"},
		"no_form_ends":         {timeout / 2, slowPage{"found", timeout, timeout}, nil, 0, problem.HCPUnavailable, "nothing fail"},
		"refused_page_goes_on": {timeout / 2, slowPage{"found", 0, timeout}, refused, 0, problem.HCPUnavailable, "nothing fail"},
		"signal_in_the_work":   {timeout / 2, slowPage{"found", 0, 0}, nil, timeout / 3, problem.Cancelled, "nothing fail"},
		"signal_in_the_page":   {timeout / 2, slowPage{"found", timeout / 3, 0}, nil, 2 * timeout / 3, problem.Cancelled, "nothing fail"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runner, err := fakerunner.New(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			passes := false
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), timeout)
				defer cancel()
				if tc.signal > 0 {
					time.AfterFunc(tc.signal, cancel)
				}
				began := time.Now()
				passes = stepOf(&log, runner.Environment(), func(context.Context, *step) (pages.Page, error) {
					time.Sleep(tc.work)
					return tc.page, tc.err
				}).run(ctx, nil)
				if took := time.Since(began); took > timeout+2*patience {
					t.Errorf("it took %s", took)
				}
				time.Sleep(2 * timeout) // until what was left behind has ended
			})
			outputs, _ := runner.Outputs()
			summary, _ := runner.Summary()
			if passes != (tc.title == "") || outputs["problem"] != string(tc.title) || summary != tc.summary+"\n" {
				t.Errorf("it passes: %v, problem %q, summary %q, want %q", passes, outputs["problem"], summary, tc.summary)
			}
			if tc.title == problem.HCPUnavailable && !strings.Contains(outputs["message"], "timeout of 1m") {
				t.Errorf("the message does not name the timeout: %s", outputs["message"])
			}
		})
	}
}

// stepOf is a step that does the work.
func stepOf(log *bytes.Buffer, env map[string]string, work func(context.Context, *step) (pages.Page, error)) *step {
	a := Action{LookupEnv: func(name string) (string, bool) { value, set := env[name]; return value, set }, Now: time.Now}
	return &step{
		task:   task{Common: inputs.Common{HCP: hcp.Config{Timeout: time.Minute}, JobSummary: true}, page: slowPage{name: "nothing"}, work: work},
		Action: a,
		out:    report.New(log, a.getenv),
	}
}

// TestStep_tells_of_files_that_cannot_be_written has a step fail for another reason, and lose its outputs as well.
func TestStep_tells_of_files_that_cannot_be_written(t *testing.T) {
	t.Parallel()
	summary := filepath.Join(t.TempDir(), "summary")
	var log bytes.Buffer
	passes := stepOf(&log, map[string]string{"GITHUB_OUTPUT": "/dev/full", "GITHUB_STEP_SUMMARY": summary}, func(context.Context, *step) (pages.Page, error) {
		return slowPage{name: "found"}, problem.New(problem.ImagesRefused, "It is so.")
	}).run(t.Context(), nil)
	want := "::warning title=Cannot write outputs::The runner's file in GITHUB_OUTPUT could not be written: \"no space left on device\". " +
		"Make room on its disk if that is full, or run the container as root, as the action does, with the runner's files mounted.\n" +
		"::error title=Images refused::It is so.\n"
	if passes || log.String() != want {
		t.Errorf("it passes: %v, got the log\n%s\nwant\n%s", passes, &log, want)
	}
	if text, err := os.ReadFile(summary); err != nil || string(text) != "found fail\n" {
		t.Errorf("got the summary %q, %v", text, err)
	}
}

// TestArguments has a container run with arguments that name no action.
func TestArguments(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"unknown": {"verfy"}, "empty": {""}, "two": {"verify", "audit"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runner, err := fakerunner.New(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			env := runner.Environment()
			passes := Action{LookupEnv: func(name string) (string, bool) { return env[name], true }, Stdout: &log, Now: time.Now}.Main(t.Context(), args)
			outputs, _ := runner.Outputs()
			summary, _ := runner.Summary()
			if passes || !strings.HasPrefix(log.String(), "::error title=Invalid input::There is no action ") || outputs["problem"] != "Invalid input" ||
				outputs["images"] != "[]" || !strings.HasPrefix(summary, "### ❌ Invalid input\n\nThere is no action ") {
				t.Errorf("it passes: %v, outputs %v, log\n%s\nsummary\n%s", passes, outputs, &log, summary)
			}
		})
	}
}

// TestAside leaves the step three quarters of its time.
func TestAside(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		step, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		time.Sleep(20 * time.Second)
		ctx, cancel := aside(step)
		defer cancel()
		if end, _ := ctx.Deadline(); time.Until(end) != 10*time.Second {
			t.Errorf("got %s", time.Until(end))
		}
	})
}
