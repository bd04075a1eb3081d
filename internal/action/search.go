package action

import (
	"context"
	"errors"

	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/verdict"
)

// searchAll asks where each image comes from. An answer of which nothing can be made is a problem of the image that
// was asked for.
func searchAll(ctx context.Context, session *hcp.Session, images []imageids.Image) (matches [][]registry.Match, unreadable []*problem.Problem, err error) {
	type answer struct {
		matches []registry.Match
		problem *problem.Problem
	}
	answers, err := eachAtOnce(ctx, images, func(ctx context.Context, image imageids.Image) (a answer, err error) {
		a.matches, err = search(ctx, session, image)
		err = verdict.Conceal(image, err)
		if errors.As(err, &a.problem) && a.problem.Title == problem.UnexpectedResponse {
			return a, nil
		}
		return a, err
	})
	for _, a := range answers {
		matches, unreadable = append(matches, a.matches), append(unreadable, a.problem)
	}
	return matches, unreadable, err
}

// search asks where an image comes from, by every form of its id that the registry may have. Of these the fallbacks
// count only while none is known.
func search(ctx context.Context, session *hcp.Session, image imageids.Image) (matches []registry.Match, err error) {
	for _, q := range image.Queries() {
		if q.Fallback && len(matches) > 0 {
			break
		}
		found, err := registry.Search(ctx, session, q.Identifier, q.Accepts)
		if err != nil {
			return nil, err
		}
		matches = append(matches, found...)
	}
	return matches, nil
}
