package imageids

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

const (
	// maxPiece is the size in bytes of the largest piece of a document that is decoded at once, as much
	// as an answer of HCP's may have.
	maxPiece = 16 << 20
	// maxPieceValues is how many values such a piece holds at most. An empty object takes three bytes
	// in a document and 200 in memory.
	maxPieceValues = 200_000
	// bytesOfValue is how many bytes a document has at least for each value, but for as many values as
	// a piece may have. Terraform writes one in 15 to 25 bytes, without blanks.
	bytesOfValue = 8
	// maxDepth is how deep its values may be nested. Terraform nests as deep as its modules.
	maxDepth = 1000
)

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
		return flaw("its JSON is not of the right form")
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
		return flaw("its JSON is not of the right form")
	}
	return err
}

// bounds reads until the context ends, or what is read holds more than it may.
type bounds struct {
	ctx      context.Context
	in       io.Reader
	bytes    int  // of the whole document
	values   int  // of the whole document
	piece    int  // bytes since the last piece
	inPiece  int  // values since the last piece
	inString bool // whether what is read next is in a string, ...
	escaped  bool // ... behind a backslash
}

// readAhead is how much is read at once in bytes, and so how far a piece can pass its bounds.
const readAhead = 64 << 10

func (b *bounds) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := b.in.Read(p[:min(len(p), readAhead)])
	b.count(p[:n])
	switch {
	case b.piece > maxPiece:
		return 0, flaw(fmt.Sprintf("one value in it is over %d MiB", maxPiece>>20))
	case b.inPiece > maxPieceValues:
		return 0, flaw(fmt.Sprintf("one resource in it has more than %d values", maxPieceValues))
	case b.values > maxPieceValues+b.bytes/bytesOfValue:
		return 0, flaw("it holds far more values than Terraform writes in as many bytes")
	}
	return n, err
}

// nextPiece begins a new piece.
func (b *bounds) nextPiece() {
	b.piece, b.inPiece = 0, 0
}

// count counts values by what begins or separates them.
func (b *bounds) count(read []byte) {
	b.bytes += len(read)
	b.piece += len(read)
	before := b.values
	for _, c := range read {
		switch {
		case b.escaped:
			b.escaped = false
		case b.inString:
			b.inString, b.escaped = c != '"', c == '\\'
		case c == '"':
			b.inString = true
		case c == '{', c == '[', c == ',':
			b.values++
		}
	}
	b.inPiece += b.values - before
}
