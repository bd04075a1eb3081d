package workspace

import (
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
	in, err := f.text()
	if err != nil {
		return false, err
	}
	head, err := in.Peek(binaryHead)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return true, nil
	}
	comments, values, composer := newComments(f.name), newGoogleValues(f.name), terraform.Composer{Found: r.composed}
	err = eachPiece(ctx, in, f.buffer, func(p piece) (int, error) {
		if !p.whole {
			comments.lost = true
			return r.piece(p, nil)
		}
		if comments.has(p.text) {
			r.between(p.text)
			return p.to, nil
		}
		end, err := r.piece(p, values.find(p.text))
		if err == nil {
			err = composer.Add(p.line, p.text)
		}
		return end, err
	})
	if err != nil {
		return false, err
	}
	return false, composer.End()
}

// piece reads a piece, and returns where it ends. Where it has no id of another form, one is at value, if that is not nil.
func (r reading) piece(p piece, value []int) (end int, err error) {
	at := p.from
	tell := func(start, end int) error {
		before := p.text[at:start]
		at = end
		r.between(before)
		return r.id(p.line, p.text[start:end])
	}
	for start, end := range imageids.All(p.text, p.from) {
		if start >= p.to {
			break
		}
		if err := tell(start, end); err != nil {
			return 0, err
		}
		value = nil
	}
	if value != nil {
		if err := tell(value[0], value[1]); err != nil {
			return 0, err
		}
	}
	end = max(at, p.to)
	r.between(p.text[at:end])
	return end, nil
}

// pieceSize is how many bytes of a text are held at once.
const pieceSize = 256 << 10

// piece is a line of a text with its end, or a part of a line that is too long to be held.
type piece struct {
	line     int    // from 1
	text     []byte // of a part, with what is around it
	from, to int    // what the piece is of its text, in whole characters
	whole    bool   // whether it is all of the line
}

// eachPiece calls use with the pieces of a text in order. It returns where in the piece's text the next piece begins, which
// is the end of this one, or behind an id that goes on there.
func eachPiece(ctx context.Context, in io.Reader, buffer []byte, use func(piece) (end int, err error)) error {
	start, end, isEnd := 0, 0, false // of what is read and not yet used
	for p := (piece{line: 1, whole: true}); ; {
		p.text = buffer[start:end]
		newline := bytes.IndexByte(p.text[p.from:], '\n')
		switch {
		case newline >= 0:
			p.to = p.from + newline + 1
			p.text = p.text[:p.to]
			if _, err := use(p); err != nil {
				return err
			}
			start += p.to
			p = piece{line: p.line + 1, whole: true}
		case isEnd:
			if p.to = len(p.text); p.from == p.to {
				return nil
			}
			_, err := use(p)
			return err
		case len(p.text) == len(buffer):
			p.to, p.whole = len(p.text)-imageids.Around, false
			for !utf8.RuneStart(p.text[p.to]) && p.to > len(p.text)-imageids.Around-utf8.UTFMax {
				p.to--
			}
			next, err := use(p)
			if err != nil {
				return err
			}
			start += p.to - imageids.Around
			p.from = next - start
		default:
			if err := ctx.Err(); err != nil {
				return err
			}
			start, end = 0, copy(buffer, p.text)
			n, err := io.ReadFull(in, buffer[end:])
			end += n
			isEnd = errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
			if err != nil && !isEnd {
				return err
			}
		}
	}
}
