package pages

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"hcp-packer-iteration/internal/problem"
)

// Text that is not the action's own is in code spans, where neither Markdown nor HTML nor a link means
// anything, and from where an id can be copied as it is.

// maxSummary is what a summary may have before it stops listing: GitHub drops one of 1 MiB whole.
const maxSummary = 900 << 10

// code is text that somebody else wrote, in a code span. An empty text has none.
func code(text string) string { return span(problem.Clean(text)) }

// codeID is an image's id in a code span, whole.
func codeID(id string) string { return span(problem.CleanID(id)) }

// codes are the texts that are there, each in a code span.
func codes(texts ...string) string {
	var spans []string
	for _, text := range texts {
		if text != "" {
			spans = append(spans, code(text))
		}
	}
	return strings.Join(spans, ", ")
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

// prose is a message as Markdown: what it quotes is what others wrote, see [problem.Quote].
func prose(message string) string {
	var b strings.Builder
	for i, part := range strings.Split(message, `"`) {
		switch {
		case i%2 == 0:
			b.WriteString(plain(part))
		case part == "":
			b.WriteString("an empty text")
		default:
			b.WriteString(span(part))
		}
	}
	return b.String()
}

// plain is text of the action's own, a valid name or a number, in which no sign means anything to Markdown,
// and nothing becomes a link.
func plain(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune("\\`*_[]<>|~&@#", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return strings.NewReplacer("www.", `www\.`, "://", `\://`).Replace(b.String())
}

// shorten cuts the middle out of a text that is longer than so many characters. Three dots are where no
// browser breaks a line, as it does at an ellipsis.
func shorten(text string, most int) string {
	const head, dots = 8, "..."
	runes := []rune(problem.CleanID(text))
	if len(runes) <= most {
		return string(runes)
	}
	return string(runes[:head]) + dots + string(runes[len(runes)-(most-head-len(dots)):])
}

// isShortened is whether shorten cuts a text.
func isShortened(text string, most int) bool {
	return utf8.RuneCountInString(problem.CleanID(text)) > most
}

// table is a table of cells that are Markdown, without the columns that are empty in every row.
func table(headers []string, rows [][]string) string {
	var b strings.Builder
	line := func(cells []string) {
		for i, cell := range cells {
			if !slices.ContainsFunc(rows, func(row []string) bool { return row[i] != "" }) {
				continue
			}
			b.WriteString("| " + cell + " ")
		}
		b.WriteString("|\n")
	}
	line(headers)
	line(slices.Repeat([]string{"---"}, len(headers)))
	for _, row := range rows {
		line(row)
	}
	return b.String()
}

// fold is what is shown once somebody opens it. It is nothing without content.
func fold(title, content string) string {
	if content == "" {
		return ""
	}
	return fmt.Sprintf("<details><summary>%s</summary>\n\n%s\n</details>\n\n", title, content)
}

// list is a list of items that are Markdown, of which the empty ones are left out. Of more than so many it
// says how many there are.
func list(items []string, most int) string {
	items = slices.DeleteFunc(items, func(item string) bool { return item == "" })
	return listOf(len(items), most, maxSummary/2, func(i int) string { return items[i] })
}

// listOf lists the first of n items: at most so many, in so many bytes.
func listOf(n, most, room int, item func(i int) string) string {
	var b strings.Builder
	for i := range n {
		text := ""
		if i < most {
			text = "- " + item(i) + "\n"
		}
		if text == "" || b.Len()+len(text) > room {
			fmt.Fprintf(&b, "- and %d more\n", n-i)
			break
		}
		b.WriteString(text)
	}
	return b.String()
}

// named is a label and what somebody else wrote, nothing where that is empty.
func named(label, text string) string {
	if text == "" {
		return ""
	}
	return label + " " + code(text)
}

// plural counts things in words.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// countOf counts the items that are so.
func countOf[T any](items []T, is func(T) bool) int {
	count := 0
	for _, item := range items {
		if is(item) {
			count++
		}
	}
	return count
}
