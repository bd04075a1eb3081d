package workspace

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"

	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/terraform"
)

// Fixed is what was replaced.
type Fixed struct {
	// Count is how many places: lines that named an image, for each image.
	Count int
	// Places are those of them that [Find] tells of.
	Places map[Spot]bool
	// Files are the files that were written, and Unwritten those that name an image to replace and are left as they are:
	// plans, states, and what is in a folder .git.
	Files, Unwritten []string

	counts map[string]int // of places, by the image's key
}

// Spot is an image at a place, where others may be as well.
type Spot struct {
	Key   string // of the image
	Place imageids.Place
}

// Has is whether an image was replaced at a place.
func (f Fixed) Has(image imageids.Image, place imageids.Place) bool {
	return f.Places[Spot{imageids.Key(image.ID), place}]
}

// Everywhere is whether an image was replaced wherever it was named.
func (f Fixed) Everywhere(image imageids.Image) bool {
	count := f.counts[imageids.Key(image.ID)]
	return count > 0 && count == len(image.Places)+image.More && !image.Listed
}

// add adds what was replaced in a file.
func (f *Fixed) add(name string, counts map[string]int, places []Spot) {
	if len(counts) == 0 {
		return
	}
	f.Files = append(f.Files, name)
	for key, count := range counts {
		f.counts[key] += count
		f.Count += count
	}
	for _, spot := range places {
		f.Places[spot] = true
	}
}

// Fix puts the new ids into the places of the old ones, in those of the files that name these. It tells which
// places it fixed, also where it ends with an error, which is a problem to show; that of one file keeps it from
// no other. Each file is written whole, with mode, owner, encoding and line ends as they were, or not at all.
func Fix(ctx context.Context, dir string, files []string, replacements []imageids.Replacement) (Fixed, error) {
	fixed := Fixed{Places: map[Spot]bool{}, counts: map[string]int{}}
	if len(files) == 0 || len(replacements) == 0 {
		return fixed, nil
	}
	w, err := openWorkspace(dir)
	if err != nil {
		return fixed, err
	}
	defer w.close()
	var failed error
	r := newReplacer(replacements)
	for _, name := range files {
		err := w.replaceIn(ctx, name, r, &fixed)
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

// replaceIn replaces the ids in a file, and adds what it replaced.
func (w *workspace) replaceIn(ctx context.Context, name string, r replacer, fixed *Fixed) error {
	f, err := w.open(ctx, "files", name)
	if err != nil {
		return err
	}
	defer f.Close()
	counts, places, err := w.redraft(ctx, f, r)
	var shown *problem.Problem
	switch {
	case errors.Is(err, errUnwritten):
		fixed.Unwritten = append(fixed.Unwritten, name)
		return nil
	case err != nil && !errors.As(err, &shown):
		return unreadable("files", name, err)
	case err == nil:
		fixed.add(name, counts, places)
	}
	return err
}

var errUnwritten = errors.New("it is left as it is")

// checkWritten is [errUnwritten] for a file that is never written, whose name may be that of what a link leads to.
func checkWritten(ctx context.Context, f *file) error {
	if slices.Contains(segments(f.name), ".git") || strings.Contains(strings.ToLower(path.Base(f.name)), ".tfstate") {
		return errUnwritten
	}
	in, err := f.text()
	if err != nil {
		return err
	}
	if is, err := terraform.Wrote(ctx, in); err != nil || !is {
		return err
	}
	return errUnwritten
}

// redraft writes a file with its ids replaced, if there are any. It returns how many lines named each image, by its
// key, and which of them are told of.
func (w *workspace) redraft(ctx context.Context, f *file, r replacer) (counts map[string]int, places []Spot, err error) {
	in, err := f.text()
	if err != nil {
		return nil, nil, err
	}
	if binary, err := isBinary(in); binary || err != nil {
		return nil, nil, err
	}
	d := w.newDraft(f)
	defer d.close()
	counts = map[string]int{}
	last := map[string]int{} // line of an image: one that names it twice counts once
	replacing := reading{
		between: func(text []byte) error { d.keep(text); return nil },
		id: func(line int, written []byte) error {
			key, with := r.replace(string(written))
			if with == "" {
				d.keep(written)
				return nil
			}
			if len(counts) == 0 {
				if err := checkWritten(ctx, f); err != nil {
					return err
				}
			}
			if last[key] != line {
				last[key] = line
				counts[key]++
				if spot := (Spot{key, imageids.Place{File: f.name, Line: line}}); r.told[spot] {
					places = append(places, spot)
				}
			}
			return d.replace(ctx, written, with)
		},
	}
	if err := replacing.read(ctx, f.name, in); err != nil {
		return nil, nil, err
	}
	return counts, places, d.finish()
}

// replacer tells what replaces an id.
type replacer struct {
	images map[string]imageids.Replacement // by key
	ids    map[string]replacedID           // by how they are written, those that were met
	told   map[Spot]bool                   // the places that [Find] tells of
}

type replacedID struct{ key, with string }

func newReplacer(replacements []imageids.Replacement) replacer {
	r := replacer{map[string]imageids.Replacement{}, map[string]replacedID{}, map[Spot]bool{}}
	for _, one := range replacements {
		key := imageids.Key(one.Image.ID)
		r.images[key] = one
		for _, place := range one.Image.Places {
			r.told[Spot{key, place}] = true
		}
	}
	return r
}

// replace is the key of an image, and what takes the place of its id as it is written, empty where nothing does.
func (r replacer) replace(written string) (key, with string) {
	id := imageids.Unescape(written)
	known, is := r.ids[id]
	if !is {
		known.key = imageids.Key(id)
		known.with, _ = r.images[known.key].For(id)
		r.ids[id] = known
	}
	return known.key, imageids.EscapeAs(written, known.with)
}
