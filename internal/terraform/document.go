package terraform

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"

	// What encoding/json/v2 and encoding/json/jsontext are from Go 1.27 on.
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	// maxDepth is how deep the values of a document may be nested. Terraform nests as deep as its modules.
	maxDepth = 1000
	// maxValue is the size in bytes of the largest value of a document that is held at once: what a resource is to be.
	maxValue = 16 << 20
	// readAhead is how much is read at once in bytes, and so how far a value can pass its bound.
	readAhead = 64 << 10
)

// flaw is why a document is not a plan, or not a state. It completes a sentence, and is safe to show.
type flaw string

func (f flaw) Error() string { return string(f) }

const (
	errStructure   = flaw("its JSON does not have the right structure")
	errTooDeep     = flaw("its JSON is nested more than 1000 deep") // maxDepth
	errTooLarge    = flaw("one value in it is over 16 MiB")         // maxValue
	errUnversioned = flaw("it has no format_version")

	wrapperLine = " a line of the wrapper that setup-terraform installs: set terraform_wrapper: false"
)

// document is JSON that is read piece by piece. No more of it is in memory than one value.
type document struct {
	*jsontext.Decoder
	read int64 // bytes, some of which are not used yet
	err  error // of reading
}

// newDocument is a document that is read until the context ends.
func newDocument(ctx context.Context, in io.Reader) *document {
	d := &document{}
	d.Decoder = newDecoder(readerFunc(func(buffer []byte) (n int, err error) {
		if d.err = ctx.Err(); d.err == nil && d.read-d.InputOffset() > maxValue {
			d.err = errTooLarge
		}
		if d.err != nil {
			return 0, d.err
		}
		n, err = in.Read(buffer[:min(len(buffer), readAhead)])
		d.read += int64(n)
		if n == 0 && !errors.Is(err, io.EOF) {
			d.err = err
		}
		return n, err
	}))
	return d
}

// newValue is a value of a document as one of its own.
func newValue(raw []byte) *document {
	if len(raw) == 0 {
		raw = []byte("null")
	}
	return &document{Decoder: newDecoder(bytes.NewBuffer(raw))}
}

func newDecoder(in io.Reader) *jsontext.Decoder {
	return jsontext.NewDecoder(in, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(buffer []byte) (int, error) { return f(buffer) }

// eachDocument calls use with each of the documents that follow each other. There is one at least.
func eachDocument(ctx context.Context, in *bufio.Reader, use func(ctx context.Context, d *document) error) error {
	if err := checkHead(in); err != nil {
		return err
	}
	d := newDocument(ctx, in)
	for {
		if err := use(ctx, d); err != nil {
			return d.explain(err)
		}
		if d.PeekKind() == '{' {
			continue
		}
		if bytes.HasPrefix(bytes.TrimLeft(d.UnreadBuffer(), " \t\r\n"), []byte("::")) {
			return flaw("it ends with" + wrapperLine)
		}
		if _, err := d.ReadToken(); d.err != nil || errors.Is(err, io.EOF) {
			return d.err
		}
		return flaw("its JSON is followed by something else")
	}
}

// eachMember calls member with the name of each member of the next value, an object, to read its value. One that is
// null has none.
func (d *document) eachMember(member func(name string) error) error {
	return d.each('{', func() error {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		return member(name.String())
	})
}

// eachElement calls element for each element of the next value, an array, to read it. One that is null has none.
func (d *document) eachElement(element func() error) error { return d.each('[', element) }

// each calls use for each part of the next value, which begins with this bracket.
func (d *document) each(start jsontext.Kind, use func() error) error {
	switch token, err := d.ReadToken(); {
	case err != nil:
		return err
	case token.Kind() == 'n':
		return nil
	case token.Kind() != start:
		return errStructure
	case d.StackDepth() > maxDepth:
		return errTooDeep
	}
	for kind := d.PeekKind(); kind != '}' && kind != ']'; kind = d.PeekKind() {
		if err := use(); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// skip passes over the next value, which may be larger than what can be held.
func (d *document) skip() error {
	for depth := d.StackDepth(); ; {
		switch _, err := d.ReadToken(); {
		case err != nil, d.StackDepth() <= depth:
			return err
		case d.StackDepth() > maxDepth:
			return errTooDeep
		}
	}
}

func (d *document) decode(to any) error { return json.UnmarshalDecode(d.Decoder, to) }

// explain is the flaw of the document that an error shows. What a decoder says is not shown: it may quote a value.
func (d *document) explain(err error) error {
	at := d.read
	var syntax *jsontext.SyntacticError
	switch {
	case d.err != nil:
		return d.err
	case errors.As(err, new(*json.SemanticError)):
		return errStructure
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
	case errors.As(err, &syntax):
		at = syntax.ByteOffset
	default:
		return err
	}
	return flaw(fmt.Sprintf("its JSON is broken after byte %d", at))
}

// checkHead looks at what a document begins with, for what people give instead of JSON.
func checkHead(in *bufio.Reader) error {
	head, _ := in.Peek(4096) // an error comes again with the first read
	text := bytes.TrimLeft(head, " \t\r\n")
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return flaw("it is a binary plan, as terraform plan -out writes it")
	case bytes.HasPrefix(text, []byte("[command]")), bytes.HasPrefix(text, []byte("::")):
		return flaw("it begins with" + wrapperLine)
	case bytes.HasPrefix(text, []byte("{")):
		return nil
	case printed.Match(head):
		return flaw("it is text, as terraform plan and terraform show without -json print it")
	case len(text) > 0 && !bytes.HasPrefix(text, []byte("null")):
		return errStructure
	}
	return nil
}

// printed is what Terraform and OpenTofu print of a plan or a state for people to read, soon after its start.
var printed = regexp.MustCompile(`Terraform|OpenTofu|: Refreshing state\.\.\.|: Reading\.\.\.|Changes to Outputs:|resource "`)

// misnamed says what a document with such a member is, where people give it as a plan or a state.
func misnamed(name string) flaw {
	switch name {
	case "serial", "lineage":
		return "it is a state as Terraform stores it"
	case "@level", "@message":
		return "it is what terraform plan -json logs, one message a line"
	case "plan_format_version":
		return "it is the redacted plan of HCP Terraform's API, of which json-output has the whole one"
	case "state_format_version":
		return "it is a redacted state of HCP Terraform's API"
	}
	return ""
}
