package report

import (
	"fmt"
	"slices"
	"strings"

	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/selection"
)

// maxRows bounds the table of images. With every text cut at 300 characters it keeps the summary
// below the 1 MiB at which GitHub drops it whole.
const maxRows = 100

// summary is the page that people read, in GitHub's Markdown.
//
// All text that is not the action's own is in code spans, where neither Markdown nor HTML nor a link
// means anything, and from where an id can be copied as it is.
func (r *Result) summary() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", r.heading())
	if r.Problem != nil {
		fmt.Fprintf(&b, "%s\n\n", span(r.Problem.Message))
	} else if r.Verdict.Warning != "" {
		fmt.Fprintf(&b, "⚠️ %s\n\n", span(r.Verdict.Warning))
	}
	writeFields(&b, append(r.askedRows(), r.foundRows()...))
	if r.Problem == nil {
		r.writeImages(&b)
	}
	return b.String()
}

func (r *Result) heading() string {
	switch {
	case r.Problem != nil:
		return "❌ HCP Packer: " + string(r.Problem.Title)
	case r.Verdict.Status == registry.Revoked:
		return "⚠️ HCP Packer: image revoked, let through"
	case r.Verdict.Status == registry.RevocationScheduled:
		return "⚠️ HCP Packer: image active, revocation scheduled"
	default:
		return "✅ HCP Packer: image active"
	}
}

// askedRows are the inputs that say what to look for.
func (r *Result) askedRows() []Field {
	var rows []Field
	for _, asked := range r.Asked {
		rows = append(rows, Field{asked.Name, code(asked.Value)})
	}
	return rows
}

// foundRows are what the registry says of the iteration.
func (r *Result) foundRows() []Field {
	it := r.Iteration
	if it == nil {
		return nil
	}
	rows := []Field{
		{"iteration", codes(it.Name, it.ID)},
		{"fingerprint", code(it.Fingerprint)},
		{"status", code(string(r.Verdict.Status))},
		{"created", code(it.CreatedAt.String())},
	}
	rows = append(rows, revocationRows(it, r.Verdict.Status)...)
	return append(rows, Field{"registry", fmt.Sprintf("[Bucket in the HCP portal](%s)", r.BucketURL)})
}

func revocationRows(it *registry.Iteration, status registry.Status) []Field {
	when, by := "revoked at", "revoked by"
	if status != registry.Revoked {
		when, by = "to be revoked at", "scheduled by"
	}
	rows := []Field{
		{when, code(it.RevokeAt.String())},
		{by, code(it.RevocationAuthor)},
		{"reason", code(it.RevocationMessage)},
	}
	if a := it.RevocationInheritedFrom; a != nil {
		name := ""
		if a.IncrementalVersion != nil {
			name = fmt.Sprintf("v%d", *a.IncrementalVersion)
		}
		rows = append(rows, Field{"inherited from", codes(a.Bucket, name, a.IterationID)})
	}
	return rows
}

// writeFields writes a table of the rows that have a value.
func writeFields(b *strings.Builder, rows []Field) {
	rows = slices.DeleteFunc(rows, func(row Field) bool { return row.Value == "" })
	if len(rows) == 0 {
		return
	}
	b.WriteString("| | |\n| --- | --- |\n")
	for _, row := range rows {
		fmt.Fprintf(b, "| %s | %s |\n", row.Name, row.Value)
	}
	b.WriteString("\n")
}

// writeImages writes the table of images, the chosen one marked.
func (r *Result) writeImages(b *strings.Builder) {
	if len(r.Images) == 0 {
		b.WriteString("The iteration has no images.\n")
		return
	}
	b.WriteString("| | image | region | cloud provider | component type | build |\n| --- | --- | --- | --- | --- | --- |\n")
	mark := ""
	if r.Chosen() != nil {
		mark = "➡️"
	}
	for _, image := range r.Images[:min(len(r.Images), maxRows)] {
		writeImage(b, mark, image)
	}
	if more := len(r.Images) - maxRows; more > 0 {
		fmt.Fprintf(b, "\nand %d more, in the output `images`.\n", more)
	}
	b.WriteString("\n")
}

func writeImage(b *strings.Builder, mark string, image selection.Image) {
	fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", mark, code(image.ImageID), code(image.Region),
		code(image.CloudProvider), code(image.ComponentType), code(image.BuildID))
}

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
