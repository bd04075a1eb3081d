package action

import (
	"context"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/inputs"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/report"
	"hcp-packer-iteration/internal/selection"
)

// resolve is the main action: the iteration of a channel, whether it may be used, and its images.
func resolve(lookup func(string) (string, bool)) (task, error) {
	in, err := inputs.ReadResolve(lookup)
	page := report.Resolution{Query: in.Query, Selectors: in.Selectors}
	return task{Common: in.Common, page: page, work: func(ctx context.Context, s *step) (report.Page, error) {
		err := findImages(ctx, s, in, &page)
		return page, err
	}}, err
}

// findImages fills in the page.
func findImages(ctx context.Context, s *step, in inputs.Resolve, page *report.Resolution) error {
	session, err := s.login(ctx)
	if err != nil {
		return err
	}
	it, err := registry.Find(ctx, session, in.Query)
	if err != nil {
		return err
	}
	page.Iteration = it
	page.OrganizationID, page.ProjectID = session.OrganizationID, session.ProjectID
	page.BucketURL = session.BucketURL(it.Bucket)

	page.Decision = gate.Judge(it, in.Policy, s.now())
	if refusal := page.Decision.Refusal(); refusal != nil {
		return refusal.Problem(it.String())
	}
	page.Images, err = selection.Select(it.Builds, in.Selectors)
	return err
}
