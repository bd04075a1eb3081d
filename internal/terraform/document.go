package terraform

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	// maxDepth is how deep the values of a document may be nested. Terraform nests as deep as its modules.
	maxDepth = 1000
	// maxPiece is the size in bytes of the largest piece of a document that is held at once: a resource.
	maxPiece = 16 << 20
	// maxPieceValues is how many values such a piece has at most. An empty object takes three bytes in a document
	// and 200 in memory.
	maxPieceValues = 200_000
	// readAhead is how much is read at once in bytes, and so how far a piece can pass its bounds.
	readAhead = 64 << 10
)

// flaw is why a document is not what it is given as. It completes a sentence, and is safe to show.
type flaw string

func (f flaw) Error() string { return string(f) }

const wrongStructure = flaw("its JSON does not have the right structure")

// document is JSON that is read piece by piece: what nobody needs is passed over, of which only the end is looked for,
// and what is needed is let go before the next piece is read.
type document struct {
	next   func() ([]byte, error) // reads on
	text   []byte                 // what was read last
	at     int                    // how much of that was used
	before int                    // how many bytes were read before it
	depth  int
	piece  int // how many bytes of the piece are held, ...
	values int // ... and how many values these have
}

// Opener opens a document at its start, as UTF-8.
type Opener func() (*bufio.Reader, error)

// newDocument is a document that is read until the context ends.
func newDocument(ctx context.Context, in io.Reader) *document {
	buffer := make([]byte, readAhead)
	return &document{next: func() ([]byte, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, err := in.Read(buffer)
		if n > 0 {
			err = nil // it comes again
		}
		return buffer[:n], err
	}}
}

// within is a value of the document as one of its own.
func (d *document) within(raw json.RawMessage) *document {
	return &document{text: raw, before: d.before + d.at - len(raw), next: func() ([]byte, error) { return nil, io.EOF }}
}

// eachDocument calls read with each of the documents that follow each other, and its number from 0, from its start. There is one
// at least.
func eachDocument(ctx context.Context, open Opener, read func(ctx context.Context, d *document, n int) error) error {
	in, err := open()
	if err != nil {
		return err
	}
	if err := checkHead(in); err != nil {
		return err
	}
	d := newDocument(ctx, in)
	for n := 0; ; n++ {
		if err := read(ctx, d, n); err != nil {
			return err
		}
		switch c, err := d.peek(); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case c != '{':
			return flaw("its JSON is followed by something else")
		}
	}
}

// object calls member with the name of each member of the next value, which it has to read. A value that is null has
// none.
func (d *document) object(member func(name string) error) error {
	return d.each('{', '}', func() error {
		name, err := d.string()
		if err != nil {
			return err
		}
		if _, err := d.expect(':', ':'); err != nil {
			return err
		}
		return member(name)
	})
}

// array calls element for each element of the next value, which it has to read, as a piece. A value that is null has
// none.
func (d *document) array(element func() error) error {
	return d.each('[', ']', func() error {
		d.piece, d.values = 0, 0
		return element()
	})
}

// each calls use for each part of the next value, which is between these brackets.
func (d *document) each(start, end byte, use func() error) error {
	switch c, err := d.peek(); {
	case err != nil:
		return d.broken(err)
	case c == 'n':
		return d.skip()
	case c != start:
		return wrongStructure
	}
	d.at++
	if d.depth++; d.depth > maxDepth {
		return errDepth()
	}
	if c, err := d.peek(); err == nil && c == end {
		d.depth--
		d.at++
		return nil
	}
	for {
		if err := use(); err != nil {
			return err
		}
		if c, err := d.expect(',', end); err != nil || c == end {
			d.depth--
			return err
		}
	}
}

// expect goes past the next byte, which is one of the two.
func (d *document) expect(this, that byte) (byte, error) {
	c, err := d.peek()
	if err != nil || c != this && c != that {
		return 0, d.broken(err)
	}
	d.at++
	return c, nil
}

// peek is the next byte that is not blank.
func (d *document) peek() (byte, error) {
	for {
		for ; d.at < len(d.text); d.at++ {
			if c := d.text[d.at]; !isBlank(c) {
				return c, nil
			}
		}
		if err := d.more(); err != nil {
			return 0, err
		}
	}
}

// more reads on where all was used.
func (d *document) more() (err error) {
	d.before += len(d.text)
	d.text, err = d.next()
	d.at = 0
	return err
}

// skip passes over the next value.
func (d *document) skip() error {
	_, err := d.value(false)
	return err
}

// value is the next value as it stands, if it is to be kept. It is good until the document is read on.
func (d *document) value(keep bool) (raw []byte, err error) {
	if c, err := d.peek(); err != nil || strings.IndexByte("]},:", c) >= 0 {
		return nil, d.broken(err)
	}
	var s scanner
	for {
		n, ended := s.scan(d.text[d.at:])
		part := d.text[d.at : d.at+n]
		d.at += n
		if keep && raw == nil && ended {
			raw = part
		} else if keep {
			raw = append(raw, part...)
		}
		switch {
		case d.depth+s.deepest > maxDepth:
			return nil, errDepth()
		case keep && d.piece+len(raw) > maxPiece:
			return nil, flaw(fmt.Sprintf("one value in it is over %d MiB", maxPiece>>20))
		case keep && d.values+s.values > maxPieceValues:
			return nil, flaw(fmt.Sprintf("one resource in it has more than %d values", maxPieceValues))
		case ended:
			if keep {
				d.piece, d.values = d.piece+len(raw), d.values+s.values
			}
			return raw, nil
		}
		switch err := d.more(); {
		case errors.Is(err, io.EOF) && s.depth == 0 && !s.inString:
			return raw, nil
		case err != nil:
			return nil, d.broken(err)
		}
	}
}

// fields reads the members of the next value into variables, or with functions, by their names; it passes over others.
func (d *document) fields(into map[string]any) error {
	return d.object(func(name string) (err error) {
		switch to := into[name].(type) {
		case nil:
			return d.skip()
		case func() error:
			return to()
		case *string:
			*to, err = d.string()
			return err
		case *[]string:
			return d.array(func() error {
				text, err := d.string()
				*to = append(*to, text)
				return err
			})
		default:
			return d.decode(to)
		}
	})
}

// decode decodes the next value.
func (d *document) decode(to any) error {
	raw, err := d.value(true)
	if err != nil {
		return err
	}
	if to, ok := to.(*json.RawMessage); ok {
		*to = bytes.Clone(raw)
		return nil
	}
	return d.unmarshal(raw, to)
}

// string is the next value, which is a string.
func (d *document) string() (string, error) {
	raw, err := d.value(true)
	if err != nil {
		return "", err
	}
	if isPlain(raw) {
		return string(raw[1 : len(raw)-1]), nil
	}
	text := new(string)
	err = d.explain(json.Unmarshal(raw, text))
	return *text, err
}

// unmarshal decodes a value of the document that was kept, if there is one.
func (d *document) unmarshal(raw json.RawMessage, to any) error {
	if len(raw) == 0 {
		return nil
	}
	in := json.NewDecoder(bytes.NewReader(raw))
	in.UseNumber() // one may be too large for any other type, and none is looked at
	return d.explain(in.Decode(to))
}

// explain is the flaw that decoding met. What it says may quote a value.
func (d *document) explain(err error) error {
	if err == nil {
		return nil
	}
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return wrongStructure
	}
	return d.broken(nil)
}

// isPlain is whether a value is a text that stands for itself.
func isPlain(raw []byte) bool {
	for _, c := range raw {
		if c < ' ' || c > '~' || c == '\\' {
			return false
		}
	}
	return len(raw) > 0 && raw[0] == '"'
}

// broken is the flaw of a document that cannot be read on, where reading did not meet another error than its end.
func (d *document) broken(err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return flaw(fmt.Sprintf("its JSON is broken after byte %d", d.before+d.at))
	}
	return err
}

func errDepth() error {
	return flaw(fmt.Sprintf("its JSON is nested more than %d deep", maxDepth))
}

// scanner looks for the end of a value.
type scanner struct {
	depth, deepest    int
	values            int // counted by what begins or separates them
	inString, escaped bool
}

// scan is how much of a text the value has, and whether it ends there.
func (s *scanner) scan(text []byte) (n int, ended bool) {
	for i, c := range text {
		switch {
		case s.escaped:
			s.escaped = false
		case s.inString:
			s.escaped, s.inString = c == '\\', c != '"'
			if !s.inString && s.depth == 0 {
				return i + 1, true
			}
		case c == '"':
			s.inString = true
		case c == '{', c == '[':
			s.values++
			s.depth++
			s.deepest = max(s.deepest, s.depth)
		case s.depth == 0 && (c == ',' || c == '}' || c == ']' || isBlank(c)):
			return i, true
		case c == ',':
			s.values++
		case c == '}', c == ']':
			if s.depth--; s.depth == 0 {
				return i + 1, true
			}
		}
	}
	return len(text), false
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
