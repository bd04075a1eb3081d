// Package pages holds what the actions found out, one page for each action, and says it as a runner is told:
// outputs, notes for the log, and the job summary.
package pages

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/verdict"
)

// Page is what an action found out, as far as it got. It is not changed any more once it is handed over.
type Page interface {
	// Form is the page in the form in which the step passes or, with a problem, fails.
	Form(p *problem.Problem) Form
}

// Form is what a runner is told.
type Form struct {
	// Outputs are all outputs of the action but for problem and message, which tell of what fails.
	Outputs []Output
	// Summary is the job summary, in GitHub's Markdown.
	Summary string
	// Notes are what the log tells in addition to the failure.
	Notes []Note
}

// Output is one output of the step.
type Output struct{ Name, Value string }

// Level is where a note is shown.
type Level int

// The levels of notes.
const (
	// Log is a line of the step's log.
	Log Level = iota
	// Notice is an annotation that is for information.
	Notice
	// Warning is an annotation of something to act on that does not fail the step.
	Warning
	// Error is an annotation of something that fails the step.
	Error
)

// Note is an annotation, or a line of the log, which has only a message.
type Note struct {
	Level Level
	// Place is the line of a file of the workspace that the annotation is shown at. Any other place is not.
	Place          imageids.Place
	Title, Message string
}

// newForm is the form of an action's page, with the output "markdown" as its first.
func newForm(action string, outputs []Output, summary string, notes []Note) Form {
	marker := "<!-- hcp-packer-iteration: " + action + " -->\n"
	markdown := Output{"markdown", marker + cutPage(summary, maxMarkdown-len(marker))}
	return Form{Outputs: append([]Output{markdown}, outputs...), Summary: cutPage(summary, maxSummary), Notes: notes}
}

type noteList []Note

func (n *noteList) add(level Level, title, format string, operands ...any) {
	*n = append(*n, Note{Level: level, Title: title, Message: fmt.Sprintf(format, operands...)})
}

func (n *noteList) addExpired(subject string, waivers []verdict.Waiver) {
	for _, w := range waivers {
		n.add(Warning, "Waiver expired", "The waiver of %s %s ended on %s: remove it, or extend it.",
			subject, problem.QuoteID(w.ID), w.Until.Format(time.DateOnly))
	}
}

func (n *noteList) addUnneeded(subject string, waivers []verdict.Waiver) {
	for _, w := range waivers {
		n.add(Notice, "Waiver not needed", "No %s needs the waiver of %s any more: remove it.", subject, problem.QuoteID(w.ID))
	}
}

// levelOf is where a finding with this effect, which is not [gate.Ignore], is shown.
func levelOf(effect gate.Effect) Level {
	if effect == gate.Fail {
		return Error
	}
	return Warning
}

// mark is the sign of a finding with this effect, which is not [gate.Ignore].
func mark(effect gate.Effect) string {
	if effect == gate.Fail {
		return "❌"
	}
	return "⚠️"
}

// titleInSentence is the title of a problem where it does not begin a sentence.
func titleInSentence(p *problem.Problem) string {
	first, rest, _ := strings.Cut(string(p.Title), " ")
	if first == strings.ToUpper(first) { // HCP
		return string(p.Title)
	}
	return strings.TrimSpace(strings.ToLower(first) + " " + rest)
}

// titleOf is the title of an annotation for a finding of this kind.
func titleOf(kind gate.Kind) string {
	titles := map[gate.Kind]string{
		verdict.Outdated:   "Image outdated",
		verdict.NoChannel:  "Image not compared",
		verdict.Floating:   "Image floating",
		verdict.Untracked:  "Image untracked",
		verdict.Waived:     "Image waived",
		verdict.Unassigned: string(problem.NoIterationAssigned),
		verdict.Unreadable: "Channel not readable",
	}
	return cmp.Or(titles[kind], string(kind.Title()))
}

// kindWords are a kind of finding about an iteration in a few words.
func kindWords(kind gate.Kind, it *registry.Iteration) string {
	switch kind {
	case gate.Unusable:
		return "not usable"
	case gate.RevocationScheduled:
		return "to be revoked" + join(" on ", it.RevokeAt.Day())
	default:
		return strings.ReplaceAll(string(kind), "-", " ")
	}
}

// split sorts items into those to tell of, the worst first, and those that are fine.
func split[T any](items []T, compare func(a, b T) int, isFine func(T) bool) (told, fine []T) {
	for _, item := range slices.SortedStableFunc(slices.Values(items), compare) {
		if isFine(item) {
			fine = append(fine, item)
		} else {
			told = append(told, item)
		}
	}
	return told, fine
}

func resultOutput(failure *problem.Problem) Output {
	if failure != nil {
		return Output{"result", "fail"}
	}
	return Output{"result", "pass"}
}
