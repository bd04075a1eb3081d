package terraform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
)

// resource is one of a plan or state, whose attributes are walked.
type resource struct {
	found *imageids.Found
	kind  string
	place imageids.Place
}

// find finds ids in the values of the resource, of which the marks say what is sensitive.
func (r resource) find(ctx context.Context, d *document, values, marks json.RawMessage) error {
	var mark any
	if bytes.Contains(marks, []byte("true")) {
		if err := d.unmarshal(marks, &mark); err != nil {
			return err
		}
	}
	if len(values) == 0 {
		return nil
	}
	_, err := r.value(ctx, d.within(values), make([]string, 0, 16), mark)
	return err
}

// value finds ids in the next value of a document, which is that at a path of the resource. It returns one that is a
// text.
func (r resource) value(ctx context.Context, d *document, path []string, mark any) (text string, err error) {
	switch c, err := d.peek(); {
	case err != nil:
		return "", d.broken(err)
	case c == '{':
		return "", r.object(ctx, d, path, mark)
	case c == '[':
		i := -1
		return "", d.array(func() error {
			i++
			_, err := r.value(ctx, d, path, itemMark(mark, i))
			return err
		})
	case c == '"':
		if text, err = d.string(); err != nil {
			return "", err
		}
		return text, r.text(ctx, path, text, mark == true)
	}
	return "", d.skip()
}

func (r resource) object(ctx context.Context, d *document, path []string, mark any) error {
	var fields map[string]string
	block := blockAt(r.kind, path)
	if block != nil {
		fields = map[string]string{}
	}
	err := d.object(func(name string) error {
		text, err := r.value(ctx, d, append(path, name), fieldMark(mark, name))
		if fields != nil && text != "" {
			fields[name] = text
		}
		return err
	})
	if err != nil || block == nil {
		return err
	}
	switch id := block.compose(fields); {
	case id == "":
	case id == unknownSource, isExpression(id):
		r.found.AddUnknown(r.place)
	default:
		return r.found.Add(imageids.Mention{ID: id, Place: r.place, Sensitive: isMarked(mark)})
	}
	return nil
}

// text finds the id that a string is, or those in it.
func (r resource) text(ctx context.Context, path []string, text string, sensitive bool) error {
	m := imageids.Mention{Place: r.place, Sensitive: sensitive, OfGoogle: strings.HasPrefix(r.kind, "google_")}
	if text != "" && attributeAt(r.kind, path) != nil {
		if isExpression(text) {
			r.found.AddUnknown(r.place)
			return nil
		}
		m.ID = text
		return r.found.AddValue(m)
	}
	if len(text) < imageids.ShortestID || !isSearched(r.kind, path) {
		return nil
	}
	texts, isCut := unpack(text)
	if isCut {
		r.found.Warn(fmt.Sprintf("%s: a value of %s is over %d MiB when it is unpacked, and only so much of it was searched.",
			problem.Quote(r.place.File), problem.Quote(r.place.Address), maxUnpacked>>20))
	}
	for _, text := range texts {
		if err := r.search(ctx, path, text, m); err != nil {
			return err
		}
	}
	return nil
}

// search finds the ids in a text.
func (r resource) search(ctx context.Context, path []string, text string, m imageids.Mention) error {
	if strings.Contains(text, `mageReference"`) || strings.Contains(text, `allery"`) {
		if err := r.template(ctx, path, text, m.Sensitive); err != nil {
			return err
		}
	}
	if strings.Contains(text, "-image") || strings.Contains(text, "allery") {
		if err := r.compose(text, m); err != nil {
			return err
		}
	}
	for start, end := range imageids.All([]byte(text), 0) {
		m.ID = imageids.Unescape(text[start:end])
		if err := r.found.Add(m); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// compose finds the ids that stand in several fields of a text, but for lines that nobody writes.
func (r resource) compose(text string, m imageids.Mention) error {
	c := Composer{Found: func(_ int, id string) error {
		m.ID = id
		return r.found.Add(m)
	}}
	for line := range strings.Lines(text) {
		if len(line) > readAhead {
			continue
		}
		if err := c.Add(0, []byte(line)); err != nil {
			return err
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

// template finds ids in a text that is JSON with a block that names an image of Azure's: a template of its Resource
// Manager, or the body of azapi_resource, which was a text up to provider 1. Other texts are none.
func (r resource) template(ctx context.Context, path []string, text string, sensitive bool) error {
	if !json.Valid([]byte(text)) {
		return nil
	}
	d := &document{}
	_, err := r.value(ctx, d.within([]byte(text)), path, sensitive)
	if errors.As(err, new(flaw)) {
		return nil
	}
	return err
}

// unknowns finds what holds an image and is not known before apply: it is marked true in the next value of a document.
func (r resource) unknowns(d *document, path []string) error {
	switch c, err := d.peek(); {
	case err != nil:
		return d.broken(err)
	case c == '{':
		return d.object(func(name string) error { return r.unknowns(d, append(path, name)) })
	case c == '[':
		return d.array(func() error { return r.unknowns(d, path) })
	case c == 't' && isImageUnknown(r.kind, path):
		r.found.AddUnknown(r.place)
	}
	return d.skip()
}

// fieldMark is the mark of an attribute of what has this mark: a mark that is true covers all below.
func fieldMark(mark any, name string) any {
	if marks, ok := mark.(map[string]any); ok {
		return marks[name]
	}
	return mark
}

// itemMark is the mark of an element of what has this mark.
func itemMark(mark any, i int) any {
	marks, ok := mark.([]any)
	switch {
	case !ok:
		return mark
	case i < len(marks):
		return marks[i]
	}
	return nil
}

// isMarked is whether a value with this mark, or a part of it, is sensitive.
func isMarked(mark any) bool {
	marks, ok := mark.(map[string]any)
	return mark == true || ok && slices.Contains(slices.Collect(maps.Values(marks)), any(true))
}
