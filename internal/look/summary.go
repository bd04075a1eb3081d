package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
)

// summary is a job summary that a golden file expects.
type summary struct {
	golden string // the file's path
	html   string
}

// readSummaries reads the golden files below a folder, in the order of their names, and leaves out
// those that expect no summary.
func readSummaries(dir string) ([]summary, error) {
	var summaries []summary
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".golden" {
			return err
		}
		s, err := readSummary(path)
		if err == nil && s.html != "" {
			summaries = append(summaries, s)
		}
		return err
	})
	if err == nil && len(summaries) == 0 {
		err = errors.New("no golden file below " + dir + " has a summary; run it in the root of the checkout")
	}
	return summaries, err
}

func readSummary(path string) (summary, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return summary{}, err
	}
	_, markdown, _ := strings.Cut(string(text), "\n-- summary --\n")
	rendered, err := render(markdown)
	return summary{golden: path, html: rendered}, err
}

// render turns Markdown into HTML with GitHub's extensions. Raw HTML such as <details> stays; the page
// around it keeps scripts from running, which GitHub's sanitizer removes.
func render(markdown string) (string, error) {
	var b bytes.Buffer
	gfm := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))
	err := gfm.Convert([]byte(markdown), &b)
	return b.String(), err
}
