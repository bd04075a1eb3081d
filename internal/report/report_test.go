package report_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hcp-packer-iteration/internal/fakerunner"
	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/pages"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/report"
)

func getenv(env map[string]string) func(string) string {
	return func(name string) string { return env[name] }
}

// pageOf is a page with the text in an output and in the summary, and with so many notes of each level.
type pageOf struct {
	text  string
	notes map[pages.Level]int
}

func (p pageOf) Form(failure *problem.Problem) pages.Form {
	form := pages.Form{Outputs: []pages.Output{{Name: "image-id", Value: p.text}}, Summary: "passed: " + p.text}
	if failure != nil {
		form.Summary = "failed: " + failure.Message
	}
	for level, n := range p.notes {
		for line := range n {
			form.Notes = append(form.Notes, pages.Note{Level: level, Place: imageids.Place{File: "a.tfvars", Line: line + 1}, Title: "Image untracked", Message: "Image is not known."})
		}
	}
	return form
}

func TestSecretsAreMaskedAndLeftOut(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t-of-the-principal"
	var log bytes.Buffer
	r := report.New(&log, getenv(map[string]string{"GITHUB_ACTIONS": "true"}))
	r.Mask(secret)
	r.Log("it is " + secret)
	r.Warning("it is "+secret, "it is "+secret)
	r.Warning("it is "+secret[:20]+"…", "cut: "+secret[:8]+"…")
	failure := problem.New(problem.NotFound, "It is not there.")
	if err := r.Publish(pageOf{text: "it is " + secret}.Form(failure), failure, true); err != nil {
		t.Fatal(err)
	}
	if err := r.Publish(pageOf{text: "ami-" + secret}.Form(nil), nil, true); err == nil || !strings.Contains(err.Error(), "output image-id holds a secret") {
		t.Errorf("an id that holds a secret: got the error %v", err)
	}
	mask, rest, _ := strings.Cut(log.String(), "\n")
	if want := "::add-mask::" + secret; mask != want {
		t.Errorf("first line: got %q, want %q", mask, want)
	}
	if strings.Contains(rest, secret[:8]) || !strings.Contains(rest, "***") {
		t.Errorf("the secret is in what follows: %q", rest)
	}
}

func TestOutsideARunner(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	r := report.New(&log, getenv(nil))
	r.Mask("unmasked-without-a-runner")
	if err := r.Publish(pageOf{text: "a\n::error::b\r##[error]c"}.Form(nil), nil, true); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(log.String(), "\n"), "\n")
	if len(lines) != 3 {
		t.Errorf("got %d lines, want one for each of the 3 outputs:\n%s", len(lines), &log)
	}
	if strings.Contains(log.String(), "##[") {
		t.Errorf("there is a command in:\n%s", &log)
	}
	if want := `image-id=a\n::error::b\r## [error]c`; !slices.Contains(lines, want) {
		t.Errorf("there is no line %q in:\n%s", want, &log)
	}
}

func TestFilesThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	for _, variable := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		t.Run(variable, func(t *testing.T) {
			t.Parallel()
			runner, err := fakerunner.New(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			env := runner.Environment()
			env[variable] = filepath.Join(t.TempDir(), "no", "such", "folder")
			err = report.New(&bytes.Buffer{}, getenv(env)).Publish(pageOf{text: "x"}.Form(nil), nil, true)
			var p *problem.Problem
			if !errors.As(err, &p) || p.Title != problem.CannotWriteOutputs || !strings.Contains(p.Message, variable) {
				t.Errorf("got %v, want %s of %s", err, problem.CannotWriteOutputs, variable)
			}
		})
	}
}

// TestAnnotationsAreCounted has more to tell than a workflow shows of a step: ten of a kind, the step's own
// error included.
func TestAnnotationsAreCounted(t *testing.T) {
	t.Parallel()
	refused := problem.New(problem.ImagesRefused, "Refused.")
	for name, tc := range map[string]struct {
		errors, warnings, before         int
		wantErrors, wantWarnings         int
		wantMoreErrors, wantMoreWarnings string
	}{
		"few":               {2, 3, 0, 3, 3, "", ""},
		"as_many_as_shown":  {9, 10, 0, 10, 10, "", ""},
		"one_more":          {10, 11, 0, 10, 10, "There are 2 more", "There are 2 more"},
		"many":              {500, 500, 0, 10, 10, "There are 492 more", "There are 491 more"},
		"after_a_warning":   {1, 10, 1, 2, 10, "", "There are 2 more"},
		"after_ten_of_them": {1, 2, 10, 2, 11, "", "There are 2 more"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			r := report.New(&out, getenv(nil))
			for range tc.before {
				r.Warning("Before", "it")
			}
			r.Annotate(pageOf{notes: map[pages.Level]int{pages.Error: tc.errors, pages.Warning: tc.warnings}}.Form(refused).Notes, refused)
			r.Error(refused)
			log := out.String()
			for level, want := range map[string]struct {
				count int
				more  string
			}{"error": {tc.wantErrors, tc.wantMoreErrors}, "warning": {tc.wantWarnings, tc.wantMoreWarnings}} {
				found := regexp.MustCompile(`(?m)^::`+level+` .*$`).FindAllString(log, -1)
				if len(found) != want.count {
					t.Errorf("got %d of %s, want %d:\n%s", len(found), level, want.count, log)
				}
				if got := strings.Contains(strings.Join(found, "\n"), "There are"); got != (want.more != "") || !strings.Contains(strings.Join(found, "\n"), want.more) {
					t.Errorf("%s: want %q in:\n%s", level, want.more, log)
				}
			}
		})
	}
}

// TestAnnotationsAreCut keeps a message within what GitHub shows.
func TestAnnotationsAreCut(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	report.New(&log, getenv(nil)).Warning("Long", strings.Repeat("é", 3000))
	if size := log.Len(); size > 4096 || !strings.HasSuffix(log.String(), "é…\n") {
		t.Errorf("got %d bytes that end with %q", size, log.String()[max(0, size-10):])
	}
}
