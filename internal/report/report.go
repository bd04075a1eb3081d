// Package report is the only writer to the runner: the log, annotations, masks, outputs and the job
// summary. Whatever text it is given, what it writes holds no workflow command and no output but
// those that it means, and no secret that it was told of.
package report

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/sethvargo/go-githubactions"

	"hcp-packer-iteration/internal/problem"
)

// Reporter writes to one runner.
type Reporter struct {
	stdout   io.Writer
	commands *githubactions.Action
	getenv   func(string) string
	secrets  []string
	// mutex keeps lines whole, since requests that are repeated log at the same time.
	mutex sync.Mutex
}

// New makes a Reporter for the runner that getenv describes.
func New(stdout io.Writer, getenv func(string) string) *Reporter {
	return &Reporter{
		stdout:   stdout,
		commands: githubactions.New(githubactions.WithWriter(stdout), githubactions.WithGetenv(getenv)),
		getenv:   getenv,
	}
}

// Mask keeps a secret out of everything that is written from now on, and tells the runner to.
func (r *Reporter) Mask(secret string) {
	if secret == "" || slices.Contains(r.secrets, secret) {
		return
	}
	r.secrets = append(r.secrets, secret)
	if r.getenv("GITHUB_ACTIONS") == "true" {
		r.commands.AddMask(secret)
	}
}

// Log writes one line to the step's log.
func (r *Reporter) Log(line string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	// A line of the log begins with a letter: "::" at its start would be a command.
	fmt.Fprintln(r.stdout, "HCP Packer: "+r.line(line)) //nolint:errcheck // where the log is gone there is nobody to tell
}

// Place is where an annotation belongs: a line of a file of the workspace.
type Place struct {
	File string
	Line int
}

// WarningAt is [Reporter.Warning] at a place; without a file it is that.
func (r *Reporter) WarningAt(at Place, title, message string) {
	r.placed(at, title).Warningf("%s", r.line(message))
}

// ErrorAt is an annotation of what is part of the reason for which the step fails, at its place.
func (r *Reporter) ErrorAt(at Place, title, message string) {
	r.placed(at, title).Errorf("%s", r.line(message))
}

func (r *Reporter) placed(at Place, title string) *githubactions.Action {
	fields := map[string]string{"title": r.line(title)}
	if at.File != "" {
		// The library escapes a property's line breaks and colons. A file with "##[" in its name loses
		// its place, not more.
		fields["file"] = strings.ReplaceAll(r.redact(at.File), "##[", "## [")
	}
	if at.Line > 0 {
		fields["line"] = strconv.Itoa(at.Line)
	}
	return r.commands.WithFieldsMap(fields)
}

// Notice writes an annotation that is for information.
func (r *Reporter) Notice(title, message string) {
	r.titled(title).Noticef("%s", r.line(message))
}

// Warning writes an annotation of something to act on that does not fail the step.
func (r *Reporter) Warning(title, message string) {
	r.titled(title).Warningf("%s", r.line(message))
}

// Error writes the one annotation of a step that fails.
func (r *Reporter) Error(p *problem.Problem) {
	r.titled(string(p.Title)).Errorf("%s", r.line(p.Message))
}

func (r *Reporter) titled(title string) *githubactions.Action { return r.placed(Place{}, title) }

// line makes text safe for one line of the log, in which neither "##[" nor a line's first "::" begins
// anything. Not every runner parses a command up to its second "::": act takes the last for it.
func (r *Reporter) line(text string) string {
	text = strings.NewReplacer("\n", " ", "\r", " ", "##[", "## [").Replace(r.redact(text))
	for strings.Contains(text, "::") {
		text = strings.ReplaceAll(text, "::", ": :")
	}
	return text
}

func (r *Reporter) redact(text string) string {
	for _, secret := range r.secrets {
		if len(secret) >= problem.ShortestSecret {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return text
}

// Page is what a run has to say: the [Result] of the main action, or the [Verification] of the other.
type Page interface {
	// outputs are all outputs of the action, with and without a problem.
	outputs() []output
	// summary is the job summary.
	summary() string
	// failed is whether the step fails.
	failed() bool
}

// Publish hands the page's outputs and, where it is wanted, its summary to the runner. An error is a
// problem to show.
func (r *Reporter) Publish(page Page, summary bool) error {
	outputs := page.outputs()
	for i := range outputs {
		outputs[i].value = r.redact(outputs[i].value)
	}
	err := r.writeOutputs(outputs)
	// A page that says that the step passes has to be true; one that says that it fails may stand
	// without the outputs.
	if !summary || err != nil && !page.failed() {
		return err
	}
	return errors.Join(err, r.appendTo("GITHUB_STEP_SUMMARY", r.redact(page.summary())))
}

// appendTo appends text to the file that the runner names in a variable, in one write, so that no
// reader meets half of it. A runner that names no file wants none.
func (r *Reporter) appendTo(variable, text string) error {
	path := r.getenv(variable)
	if path == "" {
		return nil
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644) //nolint:gosec // the runner's own file, which it reads back
	if err == nil {
		_, err = file.WriteString(text)
		if closed := file.Close(); err == nil {
			err = closed
		}
	}
	if err != nil {
		return problem.New(problem.CannotWriteOutputs, "The runner's file in %s could not be written: %s. "+
			"Run the container as root, as the action does, with the runner's files mounted.", variable, problem.Quote(err.Error()))
	}
	return nil
}
