package pages

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"hcp-packer-iteration/internal/problem"
)

// Text that is not the action's own is in code spans, where neither Markdown nor HTML nor a link means
// anything, and from where an id can be copied as it is.

const (
	// maxSummary is what a summary may have: GitHub drops one of 1 MiB whole.
	maxSummary = 1000 << 10
	// maxMarkdown is what the output "markdown" may have: a comment on a pull request has at most 65,536 characters.
	maxMarkdown = 60_000
	// maxSection is how many bytes a table or a list may have of it.
	maxSection = 200 << 10
	// maxCell is how many characters of an id a table shows: the widest that leaves the page as wide as the
	// window. An AMI's id is shorter.
	maxCell = 32
	// maxBucketCell is how many of a bucket, a channel or a version.
	maxBucketCell = 24
	// shownRows is how many findings are in the table that is open.
	shownRows = 50
)

// cutPage leaves of a page the lines that fit into so many bytes, ends the fold that is open, and says that it was cut.
func cutPage(page string, most int) string {
	const end, sign = "\n</details>\n\n", "\nThere is more than fits: the rest of this page is cut.\n"
	if len(page) <= most {
		return page
	}
	page = page[:most-len(end)-len(sign)]
	page = page[:strings.LastIndex(page, "\n")+1]
	if strings.Count(page, "\n<details>") > strings.Count(page, "\n</details>") {
		page += end
	}
	return page + sign
}

// code is text that somebody else wrote, in a code span. An empty text has none.
func code(text string) string { return span(problem.Clean(text)) }

// codeID is [code] for an id, which is whole, so that it can be copied.
func codeID(id string) string { return span(problem.CleanID(id)) }

// cell is [code] for a table, shortened to so many characters.
func cell(text string, most int) string { return span(shorten(text, most)) }

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

var markup = regexp.MustCompile("[\\\\`*_\\[\\]<>|~&@#]|://")

// plain is text of the action's own, a valid name or a number, in which no sign means anything to Markdown,
// and nothing becomes a link.
func plain(text string) string {
	return strings.ReplaceAll(markup.ReplaceAllString(text, `\$0`), "www.", `www\.`)
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

func isShortened(text string) bool { return utf8.RuneCountInString(problem.CleanID(text)) > maxCell }

// table is a table of items whose cells are Markdown, without the columns that are empty in every row. Of more
// than have room it says how many there are.
func table[T any](items []T, headers []string, cells func(T) []string) string {
	rows, size, used := [][]string{headers, slices.Repeat([]string{"---"}, len(headers))}, 0, make([]bool, len(headers))
	for i, item := range items {
		if size > maxSection {
			more := make([]string, len(headers))
			more[0] = fmt.Sprintf("and %d more", len(items)-i)
			rows = append(rows, more)
			break
		}
		row := cells(item)
		rows = append(rows, row)
		for column, cell := range row {
			size += len(cell)
			used[column] = used[column] || cell != ""
		}
	}
	var b strings.Builder
	for _, row := range rows {
		for column, cell := range row {
			if used[column] {
				b.WriteString("| " + cell + " ")
			}
		}
		b.WriteString("|\n")
	}
	return b.String()
}

// openTable is a table of the first items, and behind it a fold with a table of the others.
func openTable[T any](items []T, shown int, one, many string, table func([]T) string) string {
	if len(items) == 0 {
		return ""
	}
	shown = min(shown, len(items))
	text, more := table(items[:shown])+"\n", items[shown:]
	if len(more) > 0 {
		text += fold(plural(len(more), "more "+one, "more "+many), table(more))
	}
	return text
}

// fold is what is shown once somebody opens it. It is nothing without content.
func fold(title, content string) string {
	if content == "" {
		return ""
	}
	return fmt.Sprintf("<details><summary>%s</summary>\n\n%s\n</details>\n\n", title, content)
}

// list is a list of what the items are in Markdown, without those that are nothing. Of more than have room it says how
// many there are.
func list[T any](items []T, markdown func(T) string) string {
	var b strings.Builder
	for i, item := range items {
		text := markdown(item)
		if b.Len()+len(text) > maxSection {
			fmt.Fprintf(&b, "- and %d more\n", len(items)-i)
			break
		}
		if text != "" {
			b.WriteString("- " + text + "\n")
		}
	}
	return b.String()
}

func bullets(texts []string) string {
	return list(texts, func(text string) string { return text })
}

// named is a label and an id or a name, nothing where that is empty.
func named(label, id string) string { return join(label+" ", codeID(id)) }

// join puts a separator in front of a text that is not empty.
func join(separator, text string) string {
	if text == "" {
		return ""
	}
	return separator + text
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func countOf[T any](items []T, is func(T) bool) int {
	count := 0
	for _, item := range items {
		if is(item) {
			count++
		}
	}
	return count
}
