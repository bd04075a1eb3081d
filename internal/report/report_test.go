package report_test

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/pages"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/report"
)

func getenv(env map[string]string) func(string) string {
	return func(name string) string { return env[name] }
}

// formOf is what a page tells, with the text in an output and in the summary.
func formOf(text string) pages.Form {
	return pages.Form{Outputs: []pages.Output{{Name: "image-id", Value: text}}, Summary: "summary: " + text}
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
	r.Warning("it is "+secret[:8]+"..."+secret[10:], "both: "+secret[:8]+"..."+secret[10:]+secret[:8]+"..."+secret[10:])
	failure := problem.New(problem.NotFound, "It is not there.")
	if err := r.Publish(formOf("it is "+secret), failure, true); err != nil {
		t.Fatal(err)
	}
	if err := r.Publish(formOf("ami-"+secret), nil, true); err == nil || !strings.Contains(err.Error(), "output image-id holds a secret") {
		t.Errorf("an id that holds a secret: got the error %v", err)
	}
	mask, rest, _ := strings.Cut(log.String(), "\n")
	if want := "::add-mask::" + secret; mask != want {
		t.Errorf("first line: got %q, want %q", mask, want)
	}
	if strings.Contains(rest, secret[:8]) || strings.Contains(rest, secret[15:]) || !strings.Contains(rest, "***") {
		t.Errorf("the secret is in what follows: %q", rest)
	}
}

func TestOutsideARunner(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	r := report.New(&log, getenv(nil))
	r.Mask("unmasked-without-a-runner")
	if err := r.Publish(formOf("a\n::error::b\r##[error]c\x1b[2J"), nil, true); err != nil {
		t.Fatal(err)
	}
	if got, want := log.String(), "problem=\nmessage=\n"+`image-id=a\n::error::b\r## [error]c�[2J`+"\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestAnnotationsAreCounted has more to tell than a workflow shows of a step: ten of a kind, the step's own
// error included.
func TestAnnotationsAreCounted(t *testing.T) {
	t.Parallel()
	refused := problem.New(problem.ImagesRefused, "Refused.")
	for name, tc := range map[string]struct {
		errors, warnings, before int
		wantErrors, wantWarnings int
		moreErrors, moreWarnings string
	}{
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
			note := pages.Note{Place: imageids.Place{File: "a.tfvars", Line: 1}, Title: "Image untracked", Message: "Image is not known."}
			errors, warnings := slices.Repeat([]pages.Note{note}, tc.errors), slices.Repeat([]pages.Note{note}, tc.warnings)
			for i := range errors {
				errors[i].Level = pages.Error
			}
			for i := range warnings {
				warnings[i].Level = pages.Warning
			}
			r.Annotate(append(errors, warnings...), refused)
			r.Error(refused)
			check := func(level string, count int, more string) {
				t.Helper()
				found := regexp.MustCompile(`(?m)^::`+level+` .*$`).FindAllString(out.String(), -1)
				all := strings.Join(found, "\n")
				if len(found) != count || strings.Contains(all, "There are") != (more != "") || !strings.Contains(all, more) {
					t.Errorf("got %d of %s, want %d, with %q, in:\n%s", len(found), level, count, more, &out)
				}
			}
			check("error", tc.wantErrors, tc.moreErrors)
			check("warning", tc.wantWarnings, tc.moreWarnings)
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
