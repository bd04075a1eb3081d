package main

import (
	"bytes"
	"cmp"
	"fmt"
	"html"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	goldmarkhtml "github.com/yuin/goldmark/renderer/html"

	"hcp-packer-iteration/internal/problem"
)

// result is what the runner gets of a scene's step.
type result struct {
	scene
	passes  bool
	log     string
	outputs map[string]string
	summary string
}

// title is that of the failure, empty where the step passes.
func (r result) title() problem.Title { return problem.Title(r.outputs["problem"]) }

func (r result) outcome() string {
	switch {
	case !r.passes:
		return "❌ fails: " + string(r.title())
	case strings.Contains(r.log, "::warning"):
		return "✅ passes, with a warning"
	default:
		return "✅ passes"
	}
}

// show writes a line for each scene, and then what a person sees of it. It fails where one did not end as
// it was meant to.
func show(w io.Writer, results []result, verbose bool) error {
	verdicts := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, r := range results {
		fmt.Fprintf(verdicts, "%d. %s\t%s\n", i+1, r.scene.title, r.outcome())
	}
	if err := verdicts.Flush(); err != nil {
		return err
	}
	for i, r := range results {
		summary, err := text(r.summary)
		if err != nil {
			return err
		}
		action := strings.TrimSuffix("OWNER/hcp-packer-iteration/"+r.action, "/")
		fmt.Fprintf(w, "\n──── %d. %s\n", i+1, r.scene.title)
		fmt.Fprintf(w, "uses: %s@v1\nwith: %s\n\n%s", action, settings(r.inputs, ": ", ", "), summary)
		if verbose {
			fmt.Fprintf(w, "\nLog:\n%s\nOutputs:\n%s\n", r.log, settings(r.outputs, "=", "\n"))
		}
	}
	for _, r := range results {
		if r.title() != r.want || r.passes != (r.want == "") {
			return fmt.Errorf("%q ends with %q, and is meant to end with %q", r.scene.title, r.title(), r.want)
		}
	}
	fmt.Fprintln(w, "\nEach step ended as it should: those that fail are meant to, since their images must not be deployed.")
	if !verbose {
		fmt.Fprintln(w, "Logs and outputs: go run ./internal/demo -v")
	}
	return nil
}

// settings are names and values, in the order of the names.
func settings(values map[string]string, sign, separator string) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		list = append(list, name+sign+values[name])
	}
	return strings.Join(list, separator)
}

var (
	tags       = regexp.MustCompile(`<[^>]*>`)
	blankLines = regexp.MustCompile(`\n\s*\n+`)
)

// text is a summary as a terminal can show it: GitHub's Markdown without its marks, with tables in columns
// and folds open.
func text(markdown string) (string, error) {
	var page bytes.Buffer
	gfm := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(goldmarkhtml.WithUnsafe()))
	if err := gfm.Convert([]byte(markdown), &page); err != nil {
		return "", err
	}
	marked := strings.NewReplacer(
		"</th>\n</tr>\n</thead>\n<tbody>\n", "\n", "</th>\n", "\t", "</td>\n</tr>\n", "\n", "</td>\n", "\t", "<tr>\n", "", "<br>", " ",
		"</h3>\n", "\n\n", "</p>\n", "\n\n", "<summary>", "\n▾ ", "<ul>\n", "", "<li>", "  - ",
	).Replace(page.String())
	plain := html.UnescapeString(tags.ReplaceAllString(marked, ""))
	var columns strings.Builder
	table := tabwriter.NewWriter(&columns, 0, 0, 2, ' ', 0)
	_, err := io.WriteString(table, blankLines.ReplaceAllString(strings.TrimSpace(plain), "\n\n")+"\n")
	return columns.String(), cmp.Or(err, table.Flush())
}
