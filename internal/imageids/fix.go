package imageids

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"hcp-packer-iteration/internal/problem"
)

// Fix puts the new ids into the places of the old ones, in the text files that name these; plans and
// states are left alone. It tells which places it fixed, also where it ends with an error, which is a
// problem to show; that of one file keeps it from no other. Each file is written whole, with mode, owner,
// encoding and line ends as they were, or not at all.
func Fix(ctx context.Context, dir string, replacements []Replacement) (fixed []Place, err error) {
	files := filesOf(replacements)
	if len(files) == 0 {
		return nil, nil
	}
	w, err := openWorkspace(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer w.close()
	var failed error
	for _, name := range files {
		places, err := w.fix(name, replacements)
		fixed = append(fixed, places...)
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
func filesOf(replacements []Replacement) []string {
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

// fix replaces the ids in a file, and tells where.
func (w *workspace) fix(name string, replacements []Replacement) ([]Place, error) {
	f, err := w.open("files", name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := f.all(w.ctx)
	if err != nil {
		return nil, unreadable("files", name, err)
	}
	if int64(len(data)) != f.info.Size() {
		return nil, unreadable("files", name, errors.New("it is being written"))
	}
	fixed, places, err := replaceIDs(w.ctx, name, data, replacements)
	if err != nil || len(places) == 0 {
		return nil, err
	}
	if err := w.replaceFile(name, f.info, fixed); err != nil {
		return nil, problem.New(problem.CannotWriteOutputs, "The image ids in %s could not be replaced: %s. The file is as it was; make its folder writable, with room for a copy of it.",
			problem.Quote(name), problem.Quote(cause(err).Error()))
	}
	return places, nil
}

// replaceIDs is what a file holds with its ids replaced, and where they were.
func replaceIDs(ctx context.Context, name string, data []byte, replacements []Replacement) (fixed []byte, places []Place, err error) {
	byKey, lines := map[string]Replacement{}, map[string]int{}
	for _, r := range replacements {
		byKey[parse(r.Image.ID).key] = r
	}
	e := encodingOf(data)
	text := e.decode(data)
	if isBinary(text) {
		return data, nil, nil
	}
	var out bytes.Buffer
	seen, copied := 0, 0 // of the text, and of the data
	done := len(e.mark)
	err = eachID(ctx, text, func(line, start, end int) error {
		written := unescaped(string(text[start:end]))
		with, replaced := byKey[parse(written).key].For(written) // none where the id is not to be replaced
		if !replaced {
			return nil
		}
		done += e.size(text[seen:start])
		out.Write(data[copied:done])
		out.Write(e.encode(escapedAs(string(text[start:end]), with)))
		done += e.size(text[start:end])
		seen, copied = end, done
		if key := parse(written).key; lines[key] != line { // a place that names an image twice is one place
			lines[key] = line
			places = append(places, Place{File: name, Line: line})
		}
		return nil
	})
	out.Write(data[copied:])
	return out.Bytes(), places, err
}
