package imageids

import (
	"bytes"
	"context"
	"fmt"

	"hcp-packer-iteration/internal/problem"
)

const (
	binaryHead = 8000    // bytes among which a NUL tells a binary file; git looks at as many
	stride     = 1 << 20 // bytes that are searched between two looks at the context
)

// text finds the ids in a text file. A binary one has none, of which whoever named it is told.
func (f *finder) text(ctx context.Context, file *file) error {
	data, err := file.all(ctx)
	if err != nil {
		return err
	}
	text := encodingOf(data).decode(data)
	if isBinary(text) {
		if file.named {
			f.warn(fmt.Sprintf("The input files: %s is binary and was not searched.", problem.Quote(file.name)))
		}
		return nil
	}
	return eachID(ctx, text, func(line, start, end int) error {
		return f.note(mention{id: unescaped(string(text[start:end])), place: Place{File: file.name, Line: line}})
	})
}

func isBinary(text []byte) bool {
	return bytes.IndexByte(text[:min(len(text), binaryHead)], 0) >= 0
}

// eachID calls use with every id in a text: its line, from 1, and from where to where it goes.
func eachID(ctx context.Context, text []byte, use func(line, start, end int) error) error {
	line, look := 1, 0
	for i := 0; i < len(text); {
		if i >= look {
			if err := ctx.Err(); err != nil {
				return err
			}
			look = i + stride
		}
		length := 1
		switch text[i] {
		case '\n':
			line++
		case 'a', '/', 'h', 'p', 'g', 'r': // what the forms begin with
			if n := matchID(text, i); n > 0 {
				if err := use(line, i, i+n); err != nil {
					return err
				}
				length = n
			}
		}
		i += length
	}
	return nil
}
