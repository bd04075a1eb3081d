package workspace

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// The byte order marks of UTF-8 and UTF-16, little and big endian.
const (
	markUTF8    = "\xef\xbb\xbf"
	markUTF16LE = "\xff\xfe"
	markUTF16BE = "\xfe\xff"
)

// encoding is how a file holds its text.
type encoding struct {
	mark  string           // the byte order mark that it begins with, or empty
	order binary.ByteOrder // of UTF-16; nil for UTF-8
}

// encodingOf is the encoding of a file that begins with these bytes.
func encodingOf(head []byte) encoding {
	switch {
	case bytes.HasPrefix(head, []byte(markUTF16LE)):
		return encoding{markUTF16LE, binary.LittleEndian}
	case bytes.HasPrefix(head, []byte(markUTF16BE)):
		return encoding{markUTF16BE, binary.BigEndian}
	case bytes.HasPrefix(head, []byte(markUTF8)):
		return encoding{mark: markUTF8}
	}
	return encoding{}
}

// encode is a text, without a byte order mark, in this encoding.
func (e encoding) encode(text string) []byte {
	if e.order == nil {
		return []byte(text)
	}
	units := utf16.Encode([]rune(text))
	data := make([]byte, 2*len(units))
	for i, unit := range units {
		e.order.PutUint16(data[2*i:], unit)
	}
	return data
}

// size is how many bytes of the file became this text when they were decoded.
func (e encoding) size(text []byte) int {
	if e.order == nil {
		return len(text)
	}
	units := 0
	for _, b := range text {
		switch {
		case b >= 0xf0: // the first of four bytes, which are a surrogate pair
			units += 2
		case b&0xc0 != 0x80: // the first byte of any other character
			units++
		}
	}
	return 2 * units
}

// newTextReader reads a file as UTF-8. Half a surrogate pair becomes U+FFFD, half a unit at the end is left out.
func newTextReader(file io.Reader) (*bufio.Reader, encoding, error) {
	in := bufio.NewReaderSize(file, 2*binaryHead)
	head, err := in.Peek(len(markUTF8))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, encoding{}, err
	}
	e := encodingOf(head)
	if _, err := in.Discard(len(e.mark)); err != nil || e.order == nil {
		return in, e, err
	}
	return bufio.NewReaderSize(&utf16Reader{in: in, order: e.order}, 2*binaryHead), e, nil
}

// utf16Reader reads UTF-16 as UTF-8.
type utf16Reader struct {
	in    *bufio.Reader
	order binary.ByteOrder
	rest  []byte // of the last character
}

func (r *utf16Reader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(r.rest) == 0 {
			c, err := r.character()
			if err != nil {
				return n, err
			}
			r.rest = utf8.AppendRune(r.rest, c)
		}
		copied := copy(p[n:], r.rest)
		n, r.rest = n+copied, r.rest[:copy(r.rest, r.rest[copied:])]
	}
	return n, nil
}

func (r *utf16Reader) character() (rune, error) {
	pair, err := r.in.Peek(4)
	if len(pair) < 2 {
		return 0, err
	}
	c := rune(r.order.Uint16(pair))
	size := 2
	if utf16.IsSurrogate(c) {
		second := rune(utf8.RuneError)
		if len(pair) == 4 {
			second = rune(r.order.Uint16(pair[2:]))
		}
		if c = utf16.DecodeRune(c, second); c != utf8.RuneError {
			size = 4
		}
	}
	_, err = r.in.Discard(size)
	return c, err
}
