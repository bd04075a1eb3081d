package terraform

import (
	"context"
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
)

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
