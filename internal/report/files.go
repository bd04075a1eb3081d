package report

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"unicode"

	"hcp-packer-iteration/internal/pages"
	"hcp-packer-iteration/internal/problem"
)

// runnerFile is text for the file that the runner names in a variable.
type runnerFile struct{ variable, text string }

// writeFiles appends to all files, or leaves them as they were. With tryAll it writes what can be
// written.
func (r *Reporter) writeFiles(files []runnerFile, tryAll bool) error {
	var undo []func()
	var failures []string
	for _, file := range files {
		takeBack, err := appendTo(r.getenv(file.variable), file.text)
		if err == nil {
			undo = append(undo, takeBack)
			continue
		}
		failures = append(failures, fmt.Sprintf("%s could not be written: %s", file.variable, problem.Quote(reason(err))))
		if !tryAll {
			for _, takeBack := range undo {
				takeBack()
			}
			break
		}
	}
	if len(failures) == 0 {
		return nil
	}
	return problem.New(problem.CannotWriteOutputs, "The runner's file in %s. "+
		"Make room on its disk if that is full, or run the container as root, as the action does, with the runner's files mounted.",
		strings.Join(failures, ", and the one in "))
}

func reason(err error) string {
	if at, is := errors.AsType[*os.PathError](err); is {
		return at.Err.Error()
	}
	return err.Error()
}

// appendTo appends text to a file, which is as it was where that fails; takeBack makes it so later.
func appendTo(path, text string) (takeBack func(), err error) {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644) //nolint:gosec // the runner's own file, which it reads back
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	takeBack = func() { _ = os.Truncate(path, info.Size()) } // what is left then cannot be helped
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Close()); err != nil {
		takeBack()
	}
	return takeBack, err
}

// heredocs is the runner's form for values of any text: name<<delimiter, the value, the delimiter.
// The delimiter is random, so that nobody can write a value that ends its own block and goes on with
// an output of its own. The fixed one of go-githubactions can be written.
//
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings
func heredocs(outputs []pages.Output) string {
	delimiter := "end-" + rand.Text()
	var b strings.Builder
	for _, o := range outputs {
		fmt.Fprintf(&b, "%s<<%s\n%s\n%s\n", o.Name, delimiter, o.Value, delimiter)
	}
	return b.String()
}

// printOutputs prints outputs where no runner is, each on a line, which begins with its name, and without "##[" or what
// a terminal would obey.
func (r *Reporter) printOutputs(outputs []pages.Output) {
	printable := strings.NewReplacer("\n", `\n`, "\r", `\r`, "##[", "## [")
	visible := func(c rune) rune {
		if unicode.IsControl(c) {
			return unicode.ReplacementChar
		}
		return c
	}
	for _, o := range outputs {
		fmt.Fprintf(r.log, "%s=%s\n", o.Name, strings.Map(visible, printable.Replace(o.Value))) //nolint:errcheck // the log remembers
	}
}
