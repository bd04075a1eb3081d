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

// encoding is how a file holds its text.
type encoding struct {
	mark  string           // the byte order mark that it begins with, or empty
	order binary.ByteOrder // of UTF-16; nil for UTF-8
}

// encodings are told by their byte order marks.
var encodings = []encoding{{"\xef\xbb\xbf", nil}, {"\xff\xfe", binary.LittleEndian}, {"\xfe\xff", binary.BigEndian}, {}}

func (e encoding) encode(text string) []byte {
	if e.order == nil {
		return []byte(text)
	}
	data, _ := binary.Append(nil, e.order, utf16.Encode([]rune(text))) // no error for numbers
	return data
}

// size is how many bytes of the file became this text when they were decoded.
func (e encoding) size(text []byte) int {
	if e.order == nil {
		return len(text)
	}
	return 2 * units(text)
}

// units is how many UTF-16 units a text has. A byte that is no UTF-8 is one.
func units(text []byte) (n int) {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		n += utf16.RuneLen(r)
		text = text[size:]
	}
	return n
}

// text reads what a file holds, or its first [maxFile] bytes where it grows, as UTF-8 from its start, once more where
// that was read before. Half a surrogate pair becomes U+FFFD, half a unit at the end is left out.
func (f *file) text() (*bufio.Reader, error) {
	in := bufio.NewReaderSize(io.NewSectionReader(f, 0, maxFile), 2*binaryHead)
	head, err := in.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	for _, f.encoding = range encodings {
		if bytes.HasPrefix(head, []byte(f.encoding.mark)) {
			break
		}
	}
	_, _ = in.Discard(len(f.encoding.mark)) // they are there
	if f.encoding.order != nil {
		in = bufio.NewReaderSize(&utf16Reader{in: in, order: f.encoding.order}, 2*binaryHead)
	}
	return in, nil
}

// utf16Reader reads UTF-16 as UTF-8, a character by itself: a decoder that takes two halves which are no pair for one
// character does not tell how much of the file it has read.
type utf16Reader struct {
	in    *bufio.Reader
	order binary.ByteOrder
	rest  []byte // of the last character
}

func (r *utf16Reader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		pair, err := r.in.Peek(4)
		if len(pair) < 2 {
			return 0, err
		}
		c, size := rune(r.order.Uint16(pair)), 2
		if utf16.IsSurrogate(c) {
			second := rune(utf8.RuneError)
			if len(pair) == 4 {
				second = rune(r.order.Uint16(pair[2:]))
			}
			if c = utf16.DecodeRune(c, second); c != utf8.RuneError {
				size = 4
			}
		}
		r.rest = utf8.AppendRune(r.rest, c)
		_, _ = r.in.Discard(size) // they are there
	}
	n := copy(p, r.rest)
	r.rest = r.rest[:copy(r.rest, r.rest[n:])]
	return n, nil
}
