package report

import (
	"strings"

	"hcp-packer-iteration/internal/problem"
)

// maxRows bounds the table of images. With every text cut at 300 characters it keeps the summary
// below the 1 MiB at which GitHub drops it whole.
const maxRows = 100

// code is text that somebody else wrote, in a code span.
func code(text string) string { return span(problem.Clean(text)) }

// codes are the texts that are there, each in a code span.
func codes(texts ...string) string {
	var spans []string
	for _, text := range texts {
		if text != "" {
			spans = append(spans, code(text))
		}
	}
	return strings.Join(spans, " ")
}

// span is a code span that no text can end, fit for a table cell. There is no way to write every "|"
// in a cell: a backslash in front of it escapes it or is escaped by one that the text has. So it
// becomes a visible escape.
//
// https://github.github.com/gfm/#code-spans and #tables-extension-
func span(text string) string {
	if text == "" {
		return ""
	}
	text = strings.ReplaceAll(text, "|", `\x7c`)
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if fence != "`" || strings.HasPrefix(text, " ") {
		// Markdown takes one space off each side, which keeps the text's own backticks off the fence.
		text = " " + text + " "
	}
	return fence + text + fence
}
