package action

import (
	"context"

	"hcp-packer-iteration/internal/inputs"
	"hcp-packer-iteration/internal/pages"
	"hcp-packer-iteration/internal/selection"
)

// resolve is the main action: the iteration of a channel, whether it may be used, and its images.
func resolve(lookup func(string) (string, bool)) (task, error) {
	in, err := inputs.ReadResolve(lookup)
	page := pages.Resolution{Query: in.Query, Selectors: in.Selectors}
	return task{Common: in.Common, page: page, work: func(ctx context.Context, s *step) (pages.Page, error) {
		err := findImages(ctx, s, in, &page)
		return page, err
	}}, err
}

// findImages fills in the page.
func findImages(ctx context.Context, s *step, in inputs.Resolve, page *pages.Resolution) error {
	session, err := s.login(ctx)
	if err != nil {
		return err
	}
	it, decision, err := findJudged(ctx, s, session, in.Query, in.Policy)
	if it == nil {
		return err
	}
	page.Iteration, page.Decision = it, decision
	page.OrganizationID, page.ProjectID = session.OrganizationID, session.ProjectID
	page.BucketURL = session.BucketURL(it.Bucket)
	if err != nil {
		return err
	}
	if refusal := decision.Refusal(); refusal != nil {
		return refusal.Problem(it.String())
	}
	page.Images, err = selection.Select(it.Builds, in.Selectors)
	return err
}
