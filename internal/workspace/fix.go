package workspace

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"path"
	"slices"
	"strings"

	"hcp-packer-iteration/internal/imageids"
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

	counts map[string]int // of places that do not name the image any more, by its key
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
	key := imageids.Key(image.ID)
	return f.counts[key] > 0 && f.counts[key] == len(image.Places)+image.More && !image.Listed
}

func (f *Fixed) add(in Fixed) {
	if in.Count == 0 {
		return
	}
	f.Count += in.Count
	f.Files = append(f.Files, in.Files...)
	maps.Copy(f.Places, in.Places)
	for key, count := range in.counts {
		f.counts[key] += count
	}
}

func newFixed(files ...string) Fixed {
	return Fixed{Files: files, Places: map[Spot]bool{}, counts: map[string]int{}}
}

// Fix puts the new ids into the places of the old ones, in those of the files that name these. It tells which
// places it fixed, also where it ends with an error, which is a problem to show; that of one file keeps it from
// no other. Each file is written whole, with mode, owner, encoding and line ends as they were, or not at all.
func Fix(ctx context.Context, dir string, files []string, replacements []imageids.Replacement) (Fixed, error) {
	fixed := newFixed()
	if len(files) == 0 || len(replacements) == 0 {
		return fixed, nil
	}
	w, err := openWorkspace(dir)
	if err != nil {
		return fixed, err
	}
	defer w.root.Close()
	r := replacer{map[string]imageids.Replacement{}, map[string]replacedID{}, map[Spot]bool{}}
	for _, one := range replacements {
		key := imageids.Key(one.Image.ID)
		r.images[key] = one
		for _, place := range one.Image.Places {
			r.told[Spot{key, place}] = true
		}
	}
	var failed error
	for _, name := range files {
		failed = cmp.Or(failed, w.replaceIn(ctx, name, r, &fixed))
	}
	return fixed, whenEnded(ctx, failed, "it had replaced all image ids",
		"The image ids could not be replaced in time. Name fewer or smaller files")
}

// errUnwritten is about a file that is left as it is.
var errUnwritten = errors.New("it is never written")

// replaceIn replaces the ids in a file, if there are any, and adds what it replaced.
func (w *workspace) replaceIn(ctx context.Context, name string, r replacer, fixed *Fixed) error {
	return w.withFile(ctx, "files", name, func(f *file) error {
		d := &draft{old: f}
		defer d.close()
		replaced := newFixed(name)
		last := map[string]int{} // line of an image: one that names it twice counts once
		spotOf := func(key string, line int) Spot { return Spot{key, imageids.Place{File: name, Line: line}} }
		_, err := reading{
			between: d.keep,
			id: func(line int, written []byte) error {
				key, with := r.replace(string(written))
				if with == "" {
					d.keep(written)
					return nil
				}
				if replaced.Count == 0 {
					if err := checkWritten(ctx, f); err != nil {
						return err
					}
				}
				if last[key] != line {
					last[key] = line
					replaced.Count++
					replaced.counts[key]++
					if spot := spotOf(key, line); r.told[spot] {
						replaced.Places[spot] = true
					}
				}
				return d.replace(ctx, w, written, with)
			},
			composed: func(line int, id string) error {
				key := imageids.Key(id)
				replaced.counts[key]-- // the fields are left, though the line may name the image whole as well
				delete(replaced.Places, spotOf(key, line))
				return nil
			},
		}.read(ctx, f)
		if errors.Is(err, errUnwritten) {
			fixed.Unwritten = append(fixed.Unwritten, name)
			return nil
		}
		if err == nil {
			err = d.finish()
		}
		if err == nil {
			fixed.add(replaced)
		}
		return err
	})
}

// checkWritten is [errUnwritten] for a plan, a state, and what is in a folder .git.
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

type replacer struct {
	images map[string]imageids.Replacement // by key
	ids    map[string]replacedID           // by how they are written, those that were met
	told   map[Spot]bool                   // the places that [Find] tells of
}

type replacedID struct{ key, with string }

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
