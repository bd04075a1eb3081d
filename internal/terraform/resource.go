package terraform

import (
	"bufio"
	"context"
	"encoding/base64"
	"maps"
	"slices"
	"strings"

	"hcp-packer-iteration/internal/imageids"
)

// resource is one of a plan or state, whose attributes are walked.
type resource struct {
	found *imageids.Found
	kind  string
	place imageids.Place
}

// values finds ids in the value at a path. The mark says what of it is sensitive.
func (r resource) values(path []string, value, mark any) error {
	switch value := value.(type) {
	case map[string]any:
		return r.object(path, value, mark)
	case []any:
		for i, element := range value {
			if err := r.values(path, element, itemMark(mark, i)); err != nil {
				return err
			}
		}
	case string:
		return r.text(path, value, mark == true)
	}
	return nil
}

func (r resource) object(path []string, object map[string]any, mark any) error {
	if compose := composer(r.kind, path); compose != nil {
		switch id := compose(object); {
		case id == "":
		case isExpression(id):
			r.found.AddUnknown(r.place)
		default:
			if err := r.found.Add(imageids.Mention{ID: id, Place: r.place, Sensitive: isMarked(mark)}); err != nil {
				return err
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if err := r.values(append(path, name), object[name], fieldMark(mark, name)); err != nil {
			return err
		}
	}
	return nil
}

// text finds the id that a string is, or those in it.
func (r resource) text(path []string, text string, sensitive bool) error {
	m := imageids.Mention{Place: r.place, Sensitive: sensitive, OfGoogle: strings.HasPrefix(r.kind, "google_")}
	if text != "" && holdsImage(r.kind, path) {
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
	if object := template(text); object != nil {
		if err := r.values(path, object, sensitive); err != nil {
			return err
		}
	}
	text = userData(path, text)
	return imageids.Each(context.Background(), []byte(text), func(_, start, end int) error {
		m.ID = imageids.Unescape(text[start:end])
		return r.found.Add(m)
	})
}

// isExpression is whether a value of a template of Azure's Resource Manager, or one that is composed of several, is
// calculated where the template is deployed.
//
// https://learn.microsoft.com/azure/azure-resource-manager/templates/template-expressions
func isExpression(value string) bool {
	return strings.Contains(":"+value, ":[") && strings.Contains(value, "(")
}

// template is what a string holds that is JSON with an image reference of Azure's, or nil: a template
// of its Resource Manager, or the body of azapi_resource, which was a string up to provider 1.
func template(text string) map[string]any {
	if !strings.Contains(text, `mageReference"`) {
		return nil
	}
	var object map[string]any
	in := bufio.NewReader(strings.NewReader(text))
	if newDocument(context.Background(), in).decode(&object) != nil {
		return nil
	}
	return object
}

// userData is the text of an attribute that may be in base64, as launch templates want user data.
func userData(path []string, text string) string {
	name := strings.ToLower(strings.ReplaceAll(path[len(path)-1], "_", ""))
	if strings.HasPrefix(name, "userdata") || name == "customdata" {
		if decoded, err := base64.StdEncoding.DecodeString(text); err == nil {
			return string(decoded)
		}
	}
	return text
}

// unknowns finds what holds an image and is not known before apply. The mark says what is not.
func (r resource) unknowns(path []string, mark any) {
	switch mark := mark.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(mark)) {
			r.unknowns(append(path, name), mark[name])
		}
	case []any:
		for _, element := range mark {
			r.unknowns(path, element)
		}
	case bool:
		if mark && (holdsImage(r.kind, path) || coversImage(r.kind, path)) {
			r.found.AddUnknown(r.place)
		}
	}
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
