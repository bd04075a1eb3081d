package workspace

import (
	"bytes"
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
	for _, name := range files {
		err := w.replaceIn(ctx, name, replacements, &fixed)
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
func (w *workspace) replaceIn(ctx context.Context, name string, replacements []imageids.Replacement, fixed *Fixed) error {
	f, err := w.open(ctx, "files", name)
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := f.all(ctx)
	if err != nil {
		return unreadable("files", name, err)
	}
	if int64(len(data)) != f.info.Size() {
		return unreadable("files", name, errors.New("it is being written"))
	}
	replaced, named, err := replaceIDs(ctx, data, replacements)
	if err != nil || len(named) == 0 {
		return err
	}
	if err := w.replaceFile(name, f.info, replaced); err != nil {
		return problem.New(problem.CannotWriteOutputs, "The image ids in %s could not be replaced: %s. The file is as it was; make its folder writable, with room for a copy of it.",
			problem.Quote(name), problem.Quote(cause(err).Error()))
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
	first       []int // at most imageids.MaxPlaces
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

// replaceIDs is what a file holds with its ids replaced, and the lines that named each, by its key.
func replaceIDs(ctx context.Context, data []byte, replacements []imageids.Replacement) (replaced []byte, named map[string]*lines, err error) {
	byKey, named := map[string]imageids.Replacement{}, map[string]*lines{}
	for _, r := range replacements {
		byKey[imageids.Key(r.Image.ID)] = r
	}
	e := encodingOf(data)
	text := e.decode(data)
	if isBinary(text) {
		return data, nil, nil
	}
	var out bytes.Buffer
	seen, copied := 0, 0 // of the text, and of the data
	done := len(e.mark)
	err = imageids.Each(ctx, text, func(line, start, end int) error {
		written := string(text[start:end])
		id := imageids.Unescape(written)
		key := imageids.Key(id)
		with, known := byKey[key].For(id) // none where the id is not to be replaced
		if !known {
			return nil
		}
		done += e.size(text[seen:start])
		out.Write(data[copied:done])
		out.Write(e.encode(imageids.EscapeAs(written, with)))
		done += e.size(text[start:end])
		seen, copied = end, done
		if named[key] == nil {
			named[key] = &lines{}
		}
		named[key].add(line)
		return nil
	})
	out.Write(data[copied:])
	return out.Bytes(), named, err
}
