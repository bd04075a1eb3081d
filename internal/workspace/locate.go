package workspace

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"hcp-packer-iteration/internal/imageids"
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
	defer w.root.Close()
	l := locator{most: most, numbers: map[string]int{}}
	for i, image := range images {
		l.numbers[imageids.Key(image.ID)] = i
	}
	for _, name := range files {
		err := w.withFile(ctx, "files", name, func(f *file) error { return l.find(ctx, f) })
		if err != nil {
			return nil, 0, whenEnded(ctx, err, "the input sarif-file was written",
				"The input sarif-file could not be written in time. Name fewer or smaller files")
		}
	}
	l.cut()
	return l.marks, l.more, nil
}

type locator struct {
	most    int
	numbers map[string]int // of the images, by key and by how their ids are written; -1 is none of them
	marks   []Mark
	more    int
}

func (l *locator) find(ctx context.Context, f *file) error {
	column := 1           // of what comes next
	last := map[int]int{} // line of an image: one that names it twice is one place
	pass := func(text []byte) {
		if end := bytes.LastIndexByte(text, '\n'); end >= 0 {
			column, text = 1, text[end+1:]
		}
		column += units(text)
	}
	add := func(id string, m Mark) {
		m.File, m.Image = f.name, l.image(id)
		if m.Image >= 0 && last[m.Image] != m.Line {
			last[m.Image] = m.Line
			l.marks = append(l.marks, m)
		}
		if len(l.marks) >= 2*l.most {
			l.cut()
		}
	}
	isComposed := false
	_, err := reading{
		between: pass,
		id: func(line int, written []byte) error {
			start := column
			pass(written)
			add(imageids.Unescape(string(written)), Mark{Line: line, Column: start, EndColumn: column})
			return nil
		},
		composed: func(line int, id string) error {
			isComposed = true
			add(id, Mark{Line: line})
			return nil
		},
	}.read(ctx, f)
	if err != nil || !isComposed {
		return err
	}
	return l.markLines(ctx, f)
}

// markLines completes the marks in a file that are to be all of their line, without its end.
func (l *locator) markLines(ctx context.Context, f *file) error {
	lines := map[int][]*Mark{}
	for i, m := range l.marks {
		if m.File == f.name && m.Column == 0 {
			lines[m.Line] = append(lines[m.Line], &l.marks[i])
		}
	}
	if len(lines) == 0 {
		return nil
	}
	in, err := f.text()
	if err != nil {
		return err
	}
	return eachPiece(ctx, in, f.pieces, func(p piece) error {
		for _, m := range lines[p.line] {
			if p.isLine {
				m.Column, m.EndColumn = 1, 1+units(bytes.TrimRight(p.text, "\r\n"))
			}
		}
		return nil
	})
}

func (l *locator) image(id string) int {
	i, isKnown := l.numbers[id]
	if !isKnown {
		if i, isKnown = l.numbers[imageids.Key(id)]; !isKnown {
			i = -1
		}
		l.numbers[id] = i
	}
	return i
}

// cut sorts the marks and leaves of them the first.
func (l *locator) cut() {
	slices.SortStableFunc(l.marks, func(a, b Mark) int { return cmp.Compare(a.Image, b.Image) })
	if more := len(l.marks) - l.most; more > 0 {
		l.marks = l.marks[:l.most]
		l.more += more
	}
}
