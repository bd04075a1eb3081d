package workspace

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
)

// Mark is where a text file names an image. Its columns count UTF-16 units from 1, and the end is one past the id. Where
// the id stands in several fields it is all of their first line.
type Mark struct {
	// Image is the image's number.
	Image                   int
	File                    string
	Line, Column, EndColumn int
}

// Locate finds where the files name the images, as the files are now: the places of the first image, then those of the
// second, and so on. Of more than so many it counts those that come last. An error is a problem to show.
func Locate(ctx context.Context, dir string, files []string, images []imageids.Image, most int) (marks []Mark, more int, err error) {
	if len(files) == 0 || len(images) == 0 {
		return nil, 0, nil
	}
	w, err := openWorkspace(dir)
	if err != nil {
		return nil, 0, err
	}
	defer w.close()
	l := locator{most: most, byKey: map[string]int{}, byID: map[string]int{}}
	for i, image := range images {
		l.byKey[imageids.Key(image.ID)] = i
	}
	for _, name := range files {
		err := l.find(ctx, w, name)
		var shown *problem.Problem
		switch {
		case errors.Is(ctx.Err(), context.Canceled):
			return nil, 0, problem.New(problem.Cancelled, "The step was cancelled before the input sarif-file was written. Run the job again.")
		case ctx.Err() != nil:
			return nil, 0, problem.New(problem.InvalidInput, "The input sarif-file could not be written in time. Name fewer or smaller files, or raise the input timeout.")
		case err != nil && !errors.As(err, &shown):
			return nil, 0, unreadable("files", name, err)
		case err != nil:
			return nil, 0, err
		}
	}
	l.cut()
	return l.marks, l.more, nil
}

// locator finds where files name images.
type locator struct {
	most        int
	byKey, byID map[string]int // the images, by key and by how their ids are written; -1 is none of them
	marks       []Mark
	more        int
}

// find finds the places in a file.
func (l *locator) find(ctx context.Context, w *workspace, name string) error {
	f, err := w.open(ctx, "files", name)
	if err != nil {
		return err
	}
	defer f.Close()
	in, err := f.text()
	if err != nil {
		return err
	}
	if binary, err := isBinary(in); binary || err != nil {
		return err
	}
	var c column
	last := map[int]int{} // line of an image: one that names it twice is one place
	add := func(id string, m Mark) {
		m.File, m.Image = name, l.image(id)
		if m.Image >= 0 && last[m.Image] != m.Line {
			last[m.Image] = m.Line
			l.add(m)
		}
	}
	err = reading{
		between: func(text []byte) error { c.pass(text); return nil },
		id: func(line int, written []byte) error {
			start := c.next()
			c.pass(written)
			add(imageids.Unescape(string(written)), Mark{Line: line, Column: start, EndColumn: c.next()})
			return nil
		},
		composed: func(line int, id string) error {
			add(id, Mark{Line: line})
			return nil
		},
	}.read(ctx, f, in)
	if err != nil {
		return err
	}
	return l.markLines(ctx, f)
}

// markLines completes the marks in a file that are to be all of their line.
func (l *locator) markLines(ctx context.Context, f *file) error {
	lengths := map[int]int{}
	isLine := func(m Mark) bool { return m.File == f.name && m.Column == 0 }
	for _, m := range l.marks {
		if isLine(m) {
			lengths[m.Line] = 0
		}
	}
	if len(lengths) == 0 {
		return nil
	}
	err := f.measure(ctx, lengths)
	for i, m := range l.marks {
		if isLine(m) {
			l.marks[i].Column, l.marks[i].EndColumn = 1, lengths[m.Line]+1
		}
	}
	return err
}

// image is the number of the image that an id is of.
func (l *locator) image(id string) int {
	i, known := l.byID[id]
	if !known {
		if i, known = l.byKey[imageids.Key(id)]; !known {
			i = -1
		}
		l.byID[id] = i
	}
	return i
}

func (l *locator) add(m Mark) {
	if l.marks = append(l.marks, m); len(l.marks) >= 2*l.most {
		l.cut()
	}
}

// cut sorts the marks and leaves of them the first.
func (l *locator) cut() {
	slices.SortStableFunc(l.marks, func(a, b Mark) int { return cmp.Compare(a.Image, b.Image) })
	if more := len(l.marks) - l.most; more > 0 {
		l.marks = l.marks[:l.most]
		l.more += more
	}
}

// measure fills in how many UTF-16 units the lines have that are there, without their ends.
func (f *file) measure(ctx context.Context, lengths map[int]int) error {
	in, err := f.text()
	if err != nil {
		return err
	}
	return eachPiece(ctx, in, f.buffer, func(p piece) (int, error) {
		if _, wanted := lengths[p.line]; wanted && p.whole {
			var c column
			c.pass(bytes.TrimRight(p.text, "\r\n"))
			lengths[p.line] = c.next() - 1
		}
		return p.to, nil
	})
}

// column counts the UTF-16 units of a line as it is read. A byte that is no UTF-8 is one.
type column struct {
	units int
	rest  []byte // a character's beginning, until the rest of it is read
}

// next is the column of what comes next.
func (c *column) next() int { return 1 + c.units + len(c.rest) }

func (c *column) pass(text []byte) {
	if end := bytes.LastIndexByte(text, '\n'); end >= 0 {
		*c, text = column{}, text[end+1:]
	}
	if len(c.rest) > 0 {
		text = append(c.rest, text...)
	}
	for utf8.FullRune(text) {
		r, size := utf8.DecodeRune(text)
		c.units += utf16.RuneLen(r)
		text = text[size:]
	}
	c.rest = slices.Clone(text)
}
