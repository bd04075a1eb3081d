// Package workspace finds the images that a change names in the workspace's plans, states and text files, and
// replaces them in text files. Nothing outside the workspace is read or written, whatever its links say.
package workspace

import (
	"context"
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
	IDs    []string `env:"IMAGE_IDS"`
	Plans  []string `env:"PLAN"`
	States []string `env:"STATE"`
	Files  []string `env:"FILES"`
	// Scope is which resources of a plan count.
	Scope terraform.Scope `env:"PLAN_SCOPE,default=changed"`
	// IfNoFiles is how to treat a path or glob that matches no file, or inputs that name nothing at
	// all. Its zero value is [MissingError].
	IfNoFiles Missing `env:"IF_NO_FILES_FOUND,default=error"`
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
	f := &finder{Sources: s, found: &imageids.Found{}, read: map[string]bool{}}
	err := f.find(ctx, workspace)
	err = whenEnded(ctx, err, "it had found the image ids",
		"The plans, states and files could not be searched for image ids in time. Name fewer or smaller ones")
	if err != nil {
		return nil, err
	}
	return f.found, nil
}

type finder struct {
	Sources
	workspace *workspace
	read      map[string]bool // the files that were read, so that each is read once
	found     *imageids.Found
}

func (f *finder) find(ctx context.Context, dir string) (err error) {
	for _, id := range f.IDs {
		if err := f.found.AddValue(imageids.Mention{ID: id}); err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(slices.Concat(f.Plans, f.States, f.Files), isIncluded) {
		if len(f.found.Images) > 0 {
			return nil
		}
		return f.noteMissing("None of the inputs image-ids, plan, state and files names anything to check.", "Set one of them")
	}
	if f.workspace, err = openWorkspace(dir); err != nil {
		return err
	}
	defer f.workspace.root.Close()
	if err = f.each(ctx, "plan", f.Plans); err == nil {
		err = f.each(ctx, "state", f.States)
	}
	if err == nil {
		err = f.each(ctx, "files", f.Files)
	}
	if passedOver := f.workspace.passedOver; len(passedOver) > 0 {
		f.found.Warn("Links out of the workspace were passed over: " + problem.ListOf(slices.Sorted(maps.Keys(passedOver)), problem.Quote) + ". Copy into it what they point at, or take them out.")
	}
	return err
}

// isIncluded is whether a line of an input names files, and does not take them out.
func isIncluded(line string) bool { return !strings.HasPrefix(line, "!") }

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

// each searches every file that the lines of an input match: line by line, in lexical order within one, and each file
// the first time only. What a line matches is without what the lines that begin with "!" match.
func (f *finder) each(ctx context.Context, input string, lines []string) error {
	excluded, err := f.workspace.exclusions(input, lines)
	if err != nil {
		return err
	}
	for _, line := range lines {
		if !isIncluded(line) {
			continue
		}
		names, err := f.workspace.match(ctx, input, line, excluded)
		if err != nil {
			return err
		}
		if len(names) == 0 {
			what := fmt.Sprintf("The input %s: %s matches no file in the workspace.", input, problem.Quote(line))
			if err := f.noteMissing(what, "Correct the path, let an earlier step make the file"); err != nil {
				return err
			}
		}
		for _, name := range names {
			if name = f.workspace.realName(name); f.read[name] || excluded.match(name) {
				continue
			}
			f.read[name] = true
			err := f.workspace.withFile(ctx, input, name, func(file *file) error {
				if input == "files" {
					return f.text(ctx, file, !strings.ContainsAny(line, "*?[{"))
				}
				return terraform.Find(ctx, input, file.name, file.in, f.Scope, f.found)
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// text finds the ids in a text file. A binary one has none, of which whoever named it is told.
func (f *finder) text(ctx context.Context, file *file, isNamed bool) error {
	add := func(line int, id string) error {
		return f.found.Add(imageids.Mention{ID: id, Place: imageids.Place{File: file.name, Line: line}})
	}
	isBinary, err := reading{
		between:  func([]byte) {},
		id:       func(line int, written []byte) error { return add(line, imageids.Unescape(string(written))) },
		composed: add,
	}.read(ctx, file)
	if isBinary && isNamed {
		f.found.Warn(fmt.Sprintf("The input files: %s is binary and was not searched.", problem.Quote(file.name)))
	}
	return err
}
