package workspace

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"unicode/utf8"

	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/terraform"
)

// reading is what to do with a text as it is read.
type reading struct {
	// id is called with each id as it is written, and between with the text before, between and behind them.
	id      func(line int, written []byte) error
	between func(text []byte)
	// composed is called with each id that stands in several fields, and the first of their lines, after the ids of that.
	composed func(line int, id string) error
}

// binaryHead is how many bytes are searched for a NUL, which tells a binary file; git looks at as many.
const binaryHead = 8000

// read reads a text file to its end, unless it is binary. Lines that are nothing but a comment have no ids.
func (r reading) read(ctx context.Context, f *file) (isBinary bool, err error) {
	head, err := f.in.Peek(binaryHead)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return true, nil
	}
	comments, composer := newComments(f.name), terraform.Composer{Found: r.composed}
	values := newGoogleValues(f.name)
	err = eachPiece(ctx, f.in, f.pieces, func(p piece) error {
		if !p.isLine {
			comments.lost = true
			return r.piece(p, nil)
		}
		if comments.has(p.text) {
			r.between(p.text)
			return nil
		}
		if err := r.piece(p, values.find(p.text)); err != nil {
			return err
		}
		return composer.Add(p.line, p.text)
	})
	if err != nil {
		return false, err
	}
	return false, composer.End()
}

// piece reads a piece. Where it has no id of another form, one is at value, if that is not nil.
func (r reading) piece(p piece, value []int) error {
	var ids [][]int
	for start, end := range imageids.All(p.text) {
		ids = append(ids, []int{start, end})
	}
	if ids == nil && value != nil {
		ids = append(ids, value)
	}
	at := 0
	for _, id := range ids {
		r.between(p.text[at:id[0]])
		if err := r.id(p.line, p.text[id[0]:id[1]]); err != nil {
			return err
		}
		at = id[1]
	}
	r.between(p.text[at:])
	return nil
}

// pieceSize is how many bytes of a text are held at once.
const pieceSize = 256 << 10

// piece is a line of a text with its end, or a part of a line that is too long to be held.
type piece struct {
	line   int // from 1
	text   []byte
	isLine bool // whether it is all of the line
}

// eachPiece calls use with the pieces of a text in order. Pieces is what reads them.
func eachPiece(ctx context.Context, in io.Reader, pieces *bufio.Reader, use func(piece) error) error {
	pieces.Reset(in)
	for p := (piece{line: 1, isLine: true}); ; {
		p.text, _ = pieces.Peek(pieces.Buffered())
		if bytes.IndexByte(p.text, '\n') < 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			var err error
			if p.text, err = pieces.Peek(pieceSize); err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			if len(p.text) == 0 {
				return nil
			}
		}
		newline := bytes.IndexByte(p.text, '\n')
		switch {
		case newline >= 0:
			p.text = p.text[:newline+1]
		case len(p.text) == pieceSize:
			p.text, p.isLine = p.text[:cut(p.text)], false
		}
		if err := use(p); err != nil {
			return err
		}
		_, _ = pieces.Discard(len(p.text)) // they are there
		if newline >= 0 {
			p = piece{line: p.line + 1, isLine: true}
		}
	}
}

// cut is where a text is cut: behind what no id has in it, or else before a character.
func cut(text []byte) int {
	if end := bytes.LastIndexAny(text, " \t\"',;"); end >= 0 {
		return end + 1
	}
	end := len(text) - 1
	for end > len(text)-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return end
}
