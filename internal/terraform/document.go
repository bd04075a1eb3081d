package terraform

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxDepth is how deep the values of a document may be nested. Terraform nests as deep as its modules.
const maxDepth = 1000

// flaw is why a document is not what it is given as. It completes a sentence, and is safe to show.
type flaw string

func (f flaw) Error() string { return string(f) }

// document is a JSON document that is read piece by piece: what nobody needs is passed over, and what
// is needed is let go before the next piece is read.
type document struct {
	bounds *bounds
	tokens *json.Decoder
	depth  int
}

// Opener opens a document at its start, as UTF-8.
type Opener func() (*bufio.Reader, error)

// readDocument calls read with a document, from its start.
func readDocument(ctx context.Context, open Opener, read func(*document) error) error {
	in, err := open()
	if err != nil {
		return err
	}
	if err := checkHead(in); err != nil {
		return err
	}
	return read(newDocument(ctx, in))
}

func newDocument(ctx context.Context, in *bufio.Reader) *document {
	b := &bounds{ctx: ctx, in: in}
	d := &document{bounds: b, tokens: json.NewDecoder(b)}
	d.tokens.UseNumber() // none is looked at
	return d
}

// object calls member with the name of each member of the next value, which it has to read. A value
// that is null has none.
func (d *document) object(member func(name string) error) error {
	return d.each('{', func() error {
		name, err := d.token()
		if err != nil {
			return err
		}
		text, _ := name.(string) // the decoder takes nothing else for a name
		return member(text)
	})
}

// array calls element for each element of the next value, which it has to read. A value that is null
// has none.
func (d *document) array(element func() error) error {
	return d.each('[', element)
}

// each calls use for each part of the next value, which begins with this delimiter.
func (d *document) each(start json.Delim, use func() error) error {
	switch token, err := d.token(); {
	case err != nil:
		return err
	case token == nil:
		return nil
	case token != start:
		return flaw("its JSON does not have the right structure")
	}
	if d.depth++; d.depth > maxDepth {
		return flaw(fmt.Sprintf("its JSON is nested more than %d deep", maxDepth))
	}
	for d.tokens.More() {
		if err := use(); err != nil {
			return err
		}
	}
	d.depth--
	_, err := d.token()
	return err
}

// skip passes over the next value.
func (d *document) skip() error {
	for depth := d.depth; ; {
		token, err := d.token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == d.depth {
			return nil
		}
		if depth > maxDepth {
			return flaw(fmt.Sprintf("its JSON is nested more than %d deep", maxDepth))
		}
	}
}

// decode decodes the next value.
func (d *document) decode(value any) error {
	d.bounds.nextPiece()
	return d.explain(d.tokens.Decode(value))
}

// end is whether the document ends here.
func (d *document) end() error {
	switch _, err := d.tokens.Token(); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return d.explain(err)
	}
	return flaw("its JSON is followed by something else")
}

func (d *document) token() (json.Token, error) {
	d.bounds.nextPiece()
	token, err := d.tokens.Token()
	return token, d.explain(err)
}

// explain makes a flaw of what is wrong with the document, and leaves other errors as they are. It
// never shows what the decoder says, which may quote a value.
func (d *document) explain(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return flaw(fmt.Sprintf("its JSON is broken after byte %d", d.tokens.InputOffset()))
	case errors.As(err, &kind):
		return flaw("its JSON does not have the right structure")
	}
	return err
}
