package verdict

import (
	"errors"
	"regexp"
	"strings"

	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
)

// Name stands for an image wherever it is told of: its id or, where Terraform marks that sensitive, the first place
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
	name := problem.Quote(Name(image))
	message := quoted.ReplaceAllStringFunc(p.Message, func(string) string {
		defer func() { name = "(" + notShown + ")" }()
		return name
	})
	return &problem.Problem{Title: p.Title, Message: message}
}

// concealIn is a match without a revocation's message that says the sensitive id.
func concealIn(m registry.Match, id string) registry.Match {
	for _, it := range []**registry.Iteration{&m.Iteration, &m.Version} {
		if *it != nil && says((*it).RevocationMessage, id) {
			changed := **it
			changed.RevocationMessage = ""
			*it = &changed
		}
	}
	return m
}

// says is whether a text has the id in it, or its name alone where it is a path.
func says(text, id string) bool {
	id = strings.TrimRight(strings.ToLower(id), "/:")
	return strings.Contains(strings.ToLower(text), id[strings.LastIndexAny(id, "/:")+1:])
}
