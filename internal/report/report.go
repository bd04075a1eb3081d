// Package report is the only writer to the runner: the log, annotations, masks, outputs and the job
// summary. Whatever text it is given, what it writes holds no workflow command and no output but
// those that it means, and no secret that it was told of.
package report

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/sethvargo/go-githubactions"

	"hcp-packer-iteration/internal/pages"
	"hcp-packer-iteration/internal/problem"
)

// Reporter writes to one runner. It is safe for concurrent use: requests that are retried log at the same
// time.
type Reporter struct {
	log      *log
	commands *githubactions.Action
	getenv   func(string) string

	// warned is how many warnings there are.
	warned int

	mutex   sync.Mutex
	secrets []string
}

// New makes a Reporter for the runner that getenv describes.
func New(stdout io.Writer, getenv func(string) string) *Reporter {
	l := &log{to: stdout}
	return &Reporter{
		log:      l,
		commands: githubactions.New(githubactions.WithWriter(l), githubactions.WithGetenv(getenv)),
		getenv:   getenv,
	}
}

// Mask keeps a secret out of everything that is written from now on, and tells the runner to.
func (r *Reporter) Mask(secret string) {
	r.mutex.Lock()
	known := secret == "" || slices.Contains(r.secrets, secret)
	if !known {
		r.secrets = append(r.secrets, secret)
	}
	r.mutex.Unlock()
	if !known && r.getenv("GITHUB_ACTIONS") == "true" {
		r.commands.AddMask(secret)
	}
}

// Log writes one line to the step's log.
func (r *Reporter) Log(line string) {
	// A line of the log begins with a letter: "::" at its start would be a command.
	fmt.Fprintln(r.log, "HCP Packer: "+r.line(line)) //nolint:errcheck // the log remembers
}

// Warning writes an annotation of something to act on that does not fail the step.
func (r *Reporter) Warning(title, message string) {
	r.write(pages.Note{Level: pages.Warning, Title: title, Message: message})
}

// Error writes the annotation of a step that fails.
func (r *Reporter) Error(p *problem.Problem) {
	r.write(pages.Note{Level: pages.Error, Title: string(p.Title), Message: p.Message})
}

// maxAnnotations is how many annotations of a level a workflow shows of a step.
const maxAnnotations = 10

// Annotate writes the notes, in no more annotations of a level than a workflow shows with the warnings that were
// written before, and the step's own error. Where there are more, the last one counts them.
func (r *Reporter) Annotate(notes []pages.Note, failure *problem.Problem) {
	left := map[pages.Level]int{}
	for _, n := range notes {
		left[n.Level]++
	}
	room := map[pages.Level]int{pages.Log: len(notes), pages.Notice: maxAnnotations, pages.Warning: maxAnnotations - r.warned, pages.Error: maxAnnotations}
	if failure != nil {
		room[pages.Error]--
	}
	for _, n := range notes {
		switch {
		case room[n.Level] > 1 || room[n.Level] == 1 && left[n.Level] == 1:
			r.write(n)
		case left[n.Level] > 0:
			r.write(pages.Note{Level: n.Level, Title: "More of this kind",
				Message: fmt.Sprintf("There are %d more, in the outputs and in the job summary if there is one.", left[n.Level])})
			left[n.Level] = 0
		}
		room[n.Level]--
		left[n.Level]--
	}
}

func (r *Reporter) write(n pages.Note) {
	fields := map[string]string{"title": r.line(n.Title)}
	if n.Place.Line > 0 {
		// The library escapes a property's line breaks and colons. A file with "##[" in its name loses
		// its place, not more.
		fields["file"] = strings.ReplaceAll(r.redact(n.Place.File), "##[", "## [")
		fields["line"] = strconv.Itoa(n.Place.Line)
	}
	commands, message := r.commands.WithFieldsMap(fields), r.Message(n.Message)
	switch n.Level {
	case pages.Log:
		r.Log(n.Message)
	case pages.Notice:
		commands.Noticef("%s", message)
	case pages.Warning:
		r.warned++
		commands.Warningf("%s", message)
	case pages.Error:
		commands.Errorf("%s", message)
	}
}

// line makes text safe for one line of the log, in which neither "##[" nor a line's first "::" begins
// anything. Not every runner parses a command up to its second "::": act takes the last for it.
func (r *Reporter) line(text string) string {
	text = strings.NewReplacer("\n", " ", "\r", " ", "##[", "## [").Replace(r.redact(text))
	for strings.Contains(text, "::") {
		text = strings.ReplaceAll(text, "::", ": :")
	}
	return text
}

// Message is a line of which GitHub shows all, without secrets: it cuts one at 4,096 characters.
func (r *Reporter) Message(text string) string {
	const most, sign = 4000, "…"
	if text = r.line(text); len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most-len(sign)], "") + sign
}

func (r *Reporter) redact(text string) string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, secret := range r.secrets {
		if len(secret) >= problem.ShortestSecret {
			text = redactCut(strings.ReplaceAll(text, secret, "***"), secret)
		}
	}
	return text
}

// redactedID is an image's id in JSON that a secret was taken out of. No id of a cloud's has stars.
var redactedID = regexp.MustCompile(`"image_id":"[^"]*\*\*\*`)

// redactCut takes out what is left of a secret where a text was cut within it: its beginning before the sign of the
// cut, and its end behind that of a cut in the middle.
func redactCut(text, secret string) string {
	if !strings.Contains(text, secret[:problem.ShortestSecret]) && !strings.Contains(text, secret[len(secret)-problem.ShortestSecret:]) {
		return text // at once: it may have megabytes
	}
	for _, sign := range []string{"…", "..."} {
		parts := strings.Split(text, sign)
		for i, part := range parts {
			for n := min(len(secret), len(part)); n >= problem.ShortestSecret; n-- {
				if before, is := strings.CutSuffix(parts[i], secret[:n]); is && i < len(parts)-1 {
					parts[i] = before + "***"
				}
				if behind, is := strings.CutPrefix(parts[i], secret[len(secret)-n:]); is && i > 0 {
					parts[i] = "***" + behind
				}
			}
		}
		text = strings.Join(parts, sign)
	}
	return text
}

// Publish hands the form's outputs and, where it is wanted, its summary to the runner, in the form in
// which the step passes or, with a problem, fails. An error is a problem to show.
func (r *Reporter) Publish(form pages.Form, failure *problem.Problem, summary bool) error {
	told := cmp.Or(failure, &problem.Problem{})
	outputs := append([]pages.Output{{Name: "problem", Value: string(told.Title)}, {Name: "message", Value: told.Message}}, form.Outputs...)
	for i, o := range outputs {
		outputs[i].Value = r.redact(o.Value)
		if failure == nil && outputs[i].Value != o.Value && (o.Name == "image-id" || redactedID.MatchString(outputs[i].Value)) {
			return problem.New(problem.UnexpectedResponse, "An image's id in the output %s holds a secret of this step, and cannot be handed out without it. "+
				"Correct the registry, and replace the secret: whoever may read the registry knows it.", o.Name)
		}
	}
	var files []runnerFile
	if summary && r.getenv("GITHUB_STEP_SUMMARY") != "" { // a runner that names no file wants none
		files = append(files, runnerFile{"GITHUB_STEP_SUMMARY", r.redact(form.Summary)})
	}
	if r.getenv("GITHUB_OUTPUT") == "" {
		r.printOutputs(outputs)
	} else {
		files = append(files, runnerFile{"GITHUB_OUTPUT", heredocs(outputs)})
	}
	if err := r.log.err(); err != nil && failure == nil {
		return err
	}
	// A step that fails tells it wherever it can.
	return r.writeFiles(files, failure != nil)
}
