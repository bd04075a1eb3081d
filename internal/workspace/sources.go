// Package workspace finds the images that a change names in the workspace's plans, states and text files, and
// replaces them in text files. Nothing outside the workspace is read or written, whatever its links say.
package workspace

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/terraform"
)

// Sources are where to look. Plans, States and Files are paths or globs, one each; one that begins
// with "!" takes its matches, and what is in the folders that it matches, out again (a file whose name
// begins so is ./!NAME).
type Sources struct {
	IDs, Plans, States, Files []string
	// Scope is which resources of a plan count.
	Scope terraform.Scope
	// IfNoFiles is how to treat a path or glob that matches no file, or inputs that name nothing at
	// all. Its zero value is [MissingError].
	IfNoFiles Missing
}

// Missing is a value of the input if-no-files-found.
type Missing string

// The values, as the action actions/upload-artifact has them.
const (
	MissingError  Missing = "error"
	MissingWarn   Missing = "warn"
	MissingIgnore Missing = "ignore"
)

// MissingValues are the valid values of the input if-no-files-found, the default first.
func MissingValues() []Missing {
	return []Missing{MissingError, MissingWarn, MissingIgnore}
}

// Find looks into all sources. Files are read within the workspace only. An error is a problem to
// show.
func Find(ctx context.Context, workspace string, s Sources) (*imageids.Found, error) {
	f := &finder{Sources: s, found: &imageids.Found{}}
	err := f.find(ctx, workspace)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return nil, problem.New(problem.Cancelled, "The step was cancelled before it had found the image ids. Run the job again.")
	case ctx.Err() != nil:
		return nil, problem.New(problem.InvalidInput, "The plans, states and files could not be searched for image ids in time. Name fewer or smaller ones, or raise the input timeout.")
	case err != nil:
		return nil, err
	}
	return f.found, nil
}

// finder looks into the sources.
type finder struct {
	Sources
	found *imageids.Found
}

func (f *finder) find(ctx context.Context, workspace string) error {
	for _, id := range f.IDs {
		if id = strings.TrimSpace(id); id == "" {
			continue
		}
		if err := f.found.AddValue(imageids.Mention{ID: id}); err != nil {
			return err
		}
	}
	if !names(f.Plans) && !names(f.States) && !names(f.Files) {
		if len(f.found.Images) > 0 {
			return nil
		}
		return f.noteMissing("None of the inputs image-ids, plan, state and files names anything to check.", "Set one of them")
	}
	w, err := openWorkspace(workspace)
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.each(ctx, "plan", f.Plans, f.noteMissing, f.plan); err != nil {
		return err
	}
	if err := w.each(ctx, "state", f.States, f.noteMissing, f.state); err != nil {
		return err
	}
	if err := w.each(ctx, "files", f.Files, f.noteMissing, f.text); err != nil {
		return err
	}
	if len(w.passedOver) > 0 {
		links := slices.Sorted(maps.Keys(w.passedOver))
		for i, link := range links {
			links[i] = problem.Quote(link)
		}
		f.found.Warn("Links out of the workspace were passed over: " + problem.List(links) + ". Copy into it what they point at, or take them out.")
	}
	return nil
}

// names is whether patterns name anything, and not only take out.
func names(patterns []string) bool {
	for _, pattern := range patterns {
		if !strings.HasPrefix(pattern, "!") {
			return true
		}
	}
	return false
}

// noteMissing notes that nothing was there where something was named. The remedy begins a sentence that has
// more of them.
func (f *finder) noteMissing(what, remedy string) error {
	switch f.IfNoFiles {
	case MissingIgnore:
		return nil
	case MissingWarn:
		f.found.Warn(what)
		return nil
	}
	return problem.New(problem.InvalidInput, "%s %s, or set if-no-files-found to warn or ignore.", what, remedy)
}

func (f *finder) plan(ctx context.Context, file *file) error {
	return terraform.FindInPlan(ctx, file.name, file.text, f.Scope, f.found)
}

func (f *finder) state(ctx context.Context, file *file) error {
	return terraform.FindInState(ctx, file.name, file.text, f.found)
}

// text finds the ids in a text file. A binary one has none, of which whoever named it is told.
func (f *finder) text(ctx context.Context, file *file) error {
	in, err := file.text()
	if err != nil {
		return err
	}
	binary, err := isBinary(in)
	if binary && file.named {
		f.found.Warn(fmt.Sprintf("The input files: %s is binary and was not searched.", problem.Quote(file.name)))
	}
	if binary || err != nil {
		return err
	}
	add := func(line int, id string) error {
		return f.found.Add(imageids.Mention{ID: id, Place: imageids.Place{File: file.name, Line: line}})
	}
	return reading{
		between:  func([]byte) error { return nil },
		id:       func(line int, written []byte) error { return add(line, imageids.Unescape(string(written))) },
		composed: add,
	}.read(ctx, file, in)
}
