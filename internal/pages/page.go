// Package pages holds what the actions found out, one page for each action, and says it as a runner is told:
// outputs, notes for the log, and the job summary.
package pages

import "hcp-packer-iteration/internal/problem"

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
	// Notes tell in the log what the user should know besides the failure.
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

// MaxAnnotations is how many notes of a level a workflow shows. Of those behind them only the number is told.
const MaxAnnotations = 10

// Note is an annotation, or a line of the log, which has only a message.
type Note struct {
	Level          Level
	Place          Place
	Title, Message string
}

// Place is where an annotation belongs: a line of a file of the workspace.
type Place struct {
	File string
	Line int
}

// newForm is the form of an action's page, with the output "markdown" as its first.
func newForm(action string, outputs []Output, summary string, notes []Note) Form {
	marker := "<!-- hcp-packer-iteration: " + action + " -->\n"
	markdown := Output{"markdown", marker + cutPage(summary, maxMarkdown-len(marker))}
	return Form{Outputs: append([]Output{markdown}, outputs...), Summary: cutPage(summary, maxSummary), Notes: notes}
}
