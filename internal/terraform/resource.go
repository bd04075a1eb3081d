package terraform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
)

type walk struct {
	found *imageids.Found
	kind  string // of the resource
	place imageids.Place
	// sensitive are the values that are marked so, with all that is in them.
	sensitive map[jsontext.Pointer]bool
}

// find finds ids in the values of the resource, of which the marks say what is sensitive.
func (w walk) find(ctx context.Context, values, marks jsontext.Value) (err error) {
	if w.sensitive, err = marked(newValue(marks)); err != nil {
		return err
	}
	_, err = w.visit(ctx, newValue(values), make([]string, 0, 16))
	return err
}

// marked are the values that the next value of a document marks true.
func marked(d *document) (map[jsontext.Pointer]bool, error) {
	marks, size := map[jsontext.Pointer]bool{}, 0
	for {
		switch token, err := d.ReadToken(); {
		case errors.Is(err, io.EOF):
			return marks, nil
		case err != nil:
			return nil, err
		case token.Kind() != 't':
			continue
		}
		mark := d.StackPointer()
		if size += len(mark); size > maxValue {
			return nil, errTooLarge
		}
		marks[mark] = true
	}
}

// isSensitive is whether the value that was read last is marked, or is in one that is.
func (w walk) isSensitive(d *document) bool {
	if len(w.sensitive) == 0 {
		return false
	}
	for at := d.StackPointer(); ; at = at.Parent() {
		if w.sensitive[at] || at == "" {
			return w.sensitive[at]
		}
	}
}

// visit finds ids in the next value of a document, which is that at a path of the resource. It returns one that is a
// text.
func (w walk) visit(ctx context.Context, d *document, path []string) (text string, err error) {
	switch d.PeekKind() {
	case '{':
		return "", w.visitObject(ctx, d, path)
	case '[':
		return "", d.eachElement(func() error {
			_, err := w.visit(ctx, d, path)
			return err
		})
	case '"':
		token, err := d.ReadToken()
		if err != nil {
			return "", err
		}
		text = token.String()
		return text, w.visitText(ctx, path, text, w.isSensitive(d))
	}
	return "", d.skip()
}

func (w walk) visitObject(ctx context.Context, d *document, path []string) error {
	block, fields, isSensitive := blockAt(w.kind, path), map[string]string{}, false
	err := d.eachMember(func(name string) error {
		text, err := w.visit(ctx, d, append(path, name))
		if block != nil && text != "" {
			fields[name] = text
			isSensitive = isSensitive || w.isSensitive(d)
		}
		return err
	})
	if err != nil || block == nil {
		return err
	}
	switch id := block.compose(fields); {
	case id == "":
	case id == unknownSource, isExpression(id):
		w.found.AddUnknown(w.place)
	default:
		return w.found.Add(imageids.Mention{ID: id, Place: w.place, Sensitive: isSensitive})
	}
	return nil
}

// visitText finds the id that a string is, or those in it.
func (w walk) visitText(ctx context.Context, path []string, text string, sensitive bool) error {
	m := imageids.Mention{Place: w.place, Sensitive: sensitive, OfGoogle: strings.HasPrefix(w.kind, "google_")}
	if len(path) == 0 {
		return nil
	}
	if text != "" && attributeAt(w.kind, path) != nil {
		if isExpression(text) {
			w.found.AddUnknown(w.place)
			return nil
		}
		m.ID = text
		return w.found.AddValue(m)
	}
	if len(text) < imageids.ShortestID || !isSearched(w.kind, path) {
		return ctx.Err()
	}
	texts, isCut := unpack(text)
	if isCut {
		w.found.Warn(fmt.Sprintf("%s: a value of %s is over %d MiB when it is unpacked, and only so much of it was searched.",
			problem.Quote(w.place.File), problem.Quote(w.place.Address), maxUnpacked>>20))
	}
	for _, text := range texts {
		if err := w.searchText(ctx, path, text, m); err != nil {
			return err
		}
	}
	return nil
}

func (w walk) searchText(ctx context.Context, path []string, text string, m imageids.Mention) error {
	if strings.Contains(text, `mageReference"`) || strings.Contains(text, `allery"`) {
		if err := w.searchTemplate(ctx, path, text, m.Sensitive); err != nil {
			return err
		}
	}
	if strings.Contains(text, "-image") || strings.Contains(text, "allery") {
		if err := w.searchFields(text, m); err != nil {
			return err
		}
	}
	for start, end := range imageids.All([]byte(text)) {
		m.ID = imageids.Unescape(text[start:end])
		if err := w.found.Add(m); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// searchFields finds the ids that stand in several fields of a text, except in lines longer than anybody writes.
func (w walk) searchFields(text string, m imageids.Mention) error {
	c := Composer{Found: func(_ int, id string) error {
		m.ID = id
		return w.found.Add(m)
	}}
	for line := range strings.Lines(text) {
		if len(line) <= readAhead && c.Add(0, []byte(line)) != nil {
			break // End has the error
		}
	}
	return c.End()
}

// isExpression is whether a value of a template of Azure's Resource Manager, or one that is composed of several, is
// calculated where the template is deployed.
//
// https://learn.microsoft.com/azure/azure-resource-manager/templates/template-expressions
func isExpression(value string) bool {
	return strings.Contains(":"+value, ":[") && strings.Contains(value, "(")
}

// searchTemplate finds ids in a text that is JSON with a block that names an image of Azure's: a template of its
// Resource Manager, or the body of azapi_resource, which was a text up to provider 1. Other texts have none.
func (w walk) searchTemplate(ctx context.Context, path []string, text string, isSensitive bool) error {
	if !json.Valid([]byte(text)) {
		return nil
	}
	w.sensitive = map[jsontext.Pointer]bool{"": isSensitive}
	_, err := w.visit(ctx, newValue([]byte(text)), path)
	if errors.As(err, new(flaw)) {
		return nil
	}
	return err
}

// noteUnknown notes what holds an image and is not known before apply, which the next value of a document marks true.
func (w walk) noteUnknown(d *document, path []string) error {
	switch d.PeekKind() {
	case '{':
		return d.eachMember(func(name string) error { return w.noteUnknown(d, append(path, name)) })
	case '[':
		return d.eachElement(func() error { return w.noteUnknown(d, path) })
	case 't':
		if len(path) > 0 && isImageUnknown(w.kind, path) {
			w.found.AddUnknown(w.place)
		}
	}
	return d.skip()
}
