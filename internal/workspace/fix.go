package workspace

import (
	"context"
	"errors"
	"slices"

	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
)

// Fixed is what was replaced.
type Fixed struct {
	// Count is how many places: lines that named an image, for each image.
	Count int
	// Places are these, of a file and an image no more than [Find] tells of.
	Places map[imageids.Place]bool
}

// Fix puts the new ids into the places of the old ones, in the text files that name these; plans and
// states are left alone. It tells which places it fixed, also where it ends with an error, which is a
// problem to show; that of one file keeps it from no other. Each file is written whole, with mode, owner,
// encoding and line ends as they were, or not at all.
func Fix(ctx context.Context, dir string, replacements []imageids.Replacement) (Fixed, error) {
	fixed := Fixed{Places: map[imageids.Place]bool{}}
	files := filesOf(replacements)
	if len(files) == 0 {
		return fixed, nil
	}
	w, err := openWorkspace(dir)
	if err != nil {
		return fixed, err
	}
	defer w.close()
	var failed error
	with := newReplacer(replacements)
	for _, name := range files {
		err := w.replaceIn(ctx, name, with, &fixed)
		switch {
		case errors.Is(ctx.Err(), context.Canceled):
			return fixed, problem.New(problem.Cancelled, "The step was cancelled before it had replaced all image ids. Run the job again.")
		case ctx.Err() != nil:
			return fixed, problem.New(problem.InvalidInput, "The image ids could not be replaced in time. Name fewer or smaller files, or raise the input timeout.")
		case failed == nil:
			failed = err
		}
	}
	return fixed, failed
}

// filesOf are the text files that name the images, in order.
func filesOf(replacements []imageids.Replacement) []string {
	var files []string
	for _, r := range replacements {
		for _, place := range r.Image.Places {
			if place.Line > 0 {
				files = append(files, place.File)
			}
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// replaceIn replaces the ids in a file, and adds what it replaced.
func (w *workspace) replaceIn(ctx context.Context, name string, replacements replacer, fixed *Fixed) error {
	f, err := w.open(ctx, "files", name)
	if err != nil {
		return err
	}
	defer f.Close()
	named, err := replaceIDs(ctx, w, f, replacements)
	var shown *problem.Problem
	if err != nil && !errors.As(err, &shown) {
		err = unreadable("files", name, err)
	}
	if err != nil {
		return err
	}
	for _, l := range named {
		fixed.Count += l.count
		for _, line := range l.first {
			fixed.Places[imageids.Place{File: name, Line: line}] = true
		}
	}
	return nil
}

// maxLines is how many lines of a file, for an image, are told of.
const maxLines = 10_000

// lines are those of a file that name an image.
type lines struct {
	count, last int
	first       []int // at most maxLines
}

// add adds a line that comes after the others. One that names an image twice counts once.
func (l *lines) add(line int) {
	if line == l.last {
		return
	}
	l.count, l.last = l.count+1, line
	if len(l.first) < maxLines {
		l.first = append(l.first, line)
	}
}

// replaceIDs replaces the ids in a file, and returns the lines that named each, by its key.
func replaceIDs(ctx context.Context, w *workspace, f *file, replacements replacer) (map[string]*lines, error) {
	in, err := f.text()
	if err != nil {
		return nil, err
	}
	if binary, err := isBinary(in); binary || err != nil {
		return nil, err
	}
	d := w.newDraft(f)
	defer d.close()
	named := map[string]*lines{}
	replacing := reading{
		between: func(text []byte) error { d.keep(text); return nil },
		id: func(line int, written []byte) error {
			key, with := replacements.of(string(written))
			if with == "" {
				d.keep(written)
				return nil
			}
			if named[key] == nil {
				named[key] = &lines{}
			}
			named[key].add(line)
			return d.replace(ctx, written, with)
		},
	}
	if err := replacing.read(ctx, in); err != nil {
		return nil, err
	}
	return named, d.finish()
}

// replacer tells what replaces an id.
type replacer struct {
	byKey map[string]imageids.Replacement
	known map[string]replacement // by id
}

type replacement struct{ key, with string }

func newReplacer(list []imageids.Replacement) replacer {
	r := replacer{map[string]imageids.Replacement{}, map[string]replacement{}}
	for _, one := range list {
		r.byKey[imageids.Key(one.Image.ID)] = one
	}
	return r
}

// of is the key of an image, and what takes the place of its id as it is written, empty where nothing does.
func (r replacer) of(written string) (key, with string) {
	id := imageids.Unescape(written)
	known, is := r.known[id]
	if !is {
		known.key = imageids.Key(id)
		known.with, _ = r.byKey[known.key].For(id)
		r.known[id] = known
	}
	return known.key, imageids.EscapeAs(written, known.with)
}
