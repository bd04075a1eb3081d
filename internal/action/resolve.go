package action

import (
	"cmp"
	"context"
	"fmt"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/inputs"
	"hcp-packer-iteration/internal/pages"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/selection"
)

// resolve is the main action: the iteration of a channel, whether it may be used, and its images.
func resolve(lookup func(string) (string, bool)) (task, error) {
	in, err := inputs.ReadResolve(lookup)
	page := pages.Resolution{Query: in.Query}
	return task{Common: in.Common, page: page, work: func(ctx context.Context, s *step) (pages.Page, error) {
		session, err := s.login(ctx)
		if err != nil {
			return page, err
		}
		r := &resolution{Resolve: in, checker: checker{s, session, in.Policy}, page: page}
		err = r.run(ctx)
		return r.page, err
	}}, err
}

type resolution struct {
	inputs.Resolve
	checker
	// page is what was found out so far.
	page pages.Resolution
}

// run finds the images, and what the channel had before where the input rolled-back asks.
func (r *resolution) run(ctx context.Context) error {
	reading, cancel := context.WithCancel(ctx)
	var past gate.History
	if r.RolledBack != gate.Ignore {
		rows, stop := startHistory(reading, r.session, r.Query.Bucket, r.Query.Channel)
		defer stop()
		past = rows
	}
	defer cancel()
	final, err := r.findImages(ctx)
	if err != nil && !final {
		return err
	}
	if err != nil {
		var done context.CancelFunc
		ctx, done = aside(ctx)
		defer done()
		defer context.AfterFunc(ctx, cancel)()
	}
	if past != nil {
		from, unread := gate.RolledBackFrom(past, r.page.Iteration, r.step.Now())
		if unread != nil {
			return cmp.Or(err, unread)
		}
		r.page.RolledBackFrom = from
	}
	return r.refuse(ctx, past, err)
}

// findImages tells of an error whether it is about what the channel has, which its history may add to.
func (r *resolution) findImages(ctx context.Context) (final bool, err error) {
	decision, err := r.find(ctx, r.Query)
	it := decision.Iteration
	if it == nil {
		own, _ := ownProblem(err)
		return own != nil && own.Title == problem.NoIterationAssigned, err
	}
	r.page.Decision = decision
	r.page.OrganizationID, r.page.ProjectID = r.session.OrganizationID, r.session.ProjectID
	r.page.BucketURL = r.session.BucketURL(it.Bucket)
	if err != nil {
		return false, err
	}
	if err := refusal(decision); err != nil {
		return true, err
	}
	r.page.Images, err = selection.Select(it.Builds, r.Selectors)
	return true, err
}

// refuse is the error with what the channel's history adds to it. The gate's refusal comes before another one.
func (r *resolution) refuse(ctx context.Context, past gate.History, err error) error {
	if r.page.Iteration == nil {
		why := ""
		if r.page.RolledBackFrom != nil {
			why = ": " + gate.FormerClause(r.page.RolledBackFrom)
		}
		return registry.Unassigned(r.Query, why, r.alternative(ctx, past))
	}
	r.page.Decision = r.page.WithRollback(r.page.RolledBackFrom, r.RolledBack)
	reason := r.page.Refusal()
	if reason == nil {
		return err
	}
	if reason.Kind == gate.Revoked {
		reason.Advice += r.alternative(ctx, past)
	}
	return reason.Problem(r.page.Iteration.String())
}

// alternative is the sentence, with a space before it, on what the channel had that may still be used, after the refusal
// of what it has. It is empty where there is nothing, or nobody can tell.
func (r *resolution) alternative(ctx context.Context, past gate.History) string {
	if r.Query.Channel == "" || r.Query.APIVersion != registry.API2023 {
		return ""
	}
	if past == nil {
		past = registry.History(hcp.Once(ctx), r.session, r.Query.Bucket, r.Query.Channel)
	}
	newest, err := gate.NewestUsable(past, r.page.Iteration, r.Policy, r.step.Now())
	if err != nil || newest == nil {
		return ""
	}
	return fmt.Sprintf(" The newest iteration in the channel's history that would pass is %s, with fingerprint %s.", newest.Version(), problem.Quote(newest.Fingerprint))
}
