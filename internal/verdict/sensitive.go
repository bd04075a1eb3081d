package verdict

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
)

// Name is what to call an image by: its id or, where Terraform marks that sensitive, the first place
// that names it.
func Name(image imageids.Image) string {
	switch {
	case !image.Sensitive:
		return image.ID
	case len(image.Places) == 0:
		return notShown
	default:
		return PlaceText(image.Places[0])
	}
}

const notShown = "not shown"

var quoted = regexp.MustCompile(`"[^"]*"`)

// Conceal is an error of a request about the image without what it quotes, which may be a sensitive id or say it: the
// first quote is the image's own.
func Conceal(image imageids.Image, err error) error {
	var p *problem.Problem
	if !image.Sensitive || !errors.As(err, &p) {
		return err
	}
	const hidden = "(" + notShown + ")"
	message := quoted.ReplaceAllLiteralString(p.Message, hidden)
	return &problem.Problem{Title: p.Title, Message: strings.Replace(message, hidden, problem.Quote(Name(image)), 1)}
}

// Sensitive are the keys of the images whose ids are sensitive.
type Sensitive map[string]bool

// SensitiveOf are those of the images.
func SensitiveOf(images []imageids.Image) Sensitive {
	s := Sensitive{}
	for _, image := range images {
		if image.Sensitive {
			s[imageids.Key(image.ID)] = true
		}
	}
	return s
}

// Conceal is a match of the image without a revocation's message that says a sensitive id.
func (s Sensitive) Conceal(m registry.Match, image imageids.Image) registry.Match {
	for _, it := range []**registry.Iteration{&m.Iteration, &m.Version} {
		if *it != nil && (s.isIn((*it).RevocationMessage) || image.Sensitive && says((*it).RevocationMessage, image.ID)) {
			changed := **it
			changed.RevocationMessage = ""
			*it = &changed
		}
	}
	return m
}

// isIn is whether a text has a sensitive id in it.
func (s Sensitive) isIn(text string) bool {
	if len(s) == 0 || text == "" {
		return false
	}
	var named imageids.Found
	err := named.AddValue(imageids.Mention{ID: text})
	return err != nil || slices.ContainsFunc(named.Images, func(i imageids.Image) bool { return s[imageids.Key(i.ID)] })
}

// says is whether a text has the id in it, or its name alone where it is a path.
func says(text, id string) bool {
	id = strings.TrimRight(strings.ToLower(id), "/:")
	return strings.Contains(strings.ToLower(text), id[strings.LastIndexAny(id, "/:")+1:])
}
