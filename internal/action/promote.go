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

// promote is the action promote: a channel that is moved to an iteration, if that iteration deserves it.
func promote(lookup func(string) (string, bool)) (task, error) {
	in, err := inputs.ReadPromote(lookup)
	page := pages.Promotion{Bucket: in.Query.Bucket, Channel: in.Channel, DryRun: in.DryRun}
	return task{Common: in.Common, page: page, work: func(ctx context.Context, s *step) (pages.Page, error) {
		session, err := s.login(ctx)
		if err != nil {
			return page, err
		}
		page.OrganizationID, page.ProjectID = session.OrganizationID, session.ProjectID
		page.BucketURL = session.BucketURL(in.Query.Bucket)
		c := checker{s, session, in.Policy}
		p := &promotion{Promote: in, checker: c, page: page, hcp: requests{
			c.find, registry.Again, registry.Channels, registry.History,
			registry.Assign, registry.CreateChannel, session.Retry, session.ExplainWrite,
		}}
		err = p.run(ctx)
		return p.page, err
	}}, err
}

type promotion struct {
	inputs.Promote
	checker
	hcp requests
	// page is what was found out so far.
	page pages.Promotion
	// exists is whether the channel does, and former what it had before, where that is to be promoted.
	exists bool
	former *registry.Iteration
}

// requests are what a promotion asks of HCP, which tests answer themselves.
type requests struct {
	find     func(ctx context.Context, q registry.Query) (gate.Decision, error)
	again    func(context.Context, *hcp.Session, registry.APIVersion, *registry.Iteration) (*registry.Iteration, error)
	channels func(ctx context.Context, s *hcp.Session, bucket string) ([]registry.Channel, error)
	history  func(ctx context.Context, s *hcp.Session, bucket, channel string) gate.History
	// assign and create send one request, which retry repeats while it fails for a passing reason. Explain tells why.
	assign, create func(ctx context.Context, s *hcp.Session, bucket, channel, fingerprint string) error
	retry          func(ctx context.Context, try func() error) error
	explain        func(err error) hcp.Failure
}

// run promotes: the gate decides on the iteration, the channel is looked at, moved, and looked at again.
func (p *promotion) run(ctx context.Context) error {
	// The channel comes first where it has to tell what it had before.
	finds := []func(context.Context) error{p.findIteration, p.findChannel}
	if p.Previous {
		finds = []func(context.Context) error{p.findChannel, p.findFormer, p.findIteration}
	}
	for _, find := range finds {
		if err := find(ctx); err != nil {
			return err
		}
	}
	if p.isThere(p.page.Previous) {
		decision, err := p.recheck(ctx, p.page.Previous)
		return cmp.Or(err, refusal(decision))
	}
	if err := p.checkOrder(); err != nil {
		return err
	}
	if p.DryRun {
		p.page.Changed = true
		return p.refuseByClock()
	}
	return p.move(ctx)
}

func (p *promotion) findFormer(ctx context.Context) error {
	const advice = "Set from-channel or fingerprint to promote another iteration."
	former, passed, err := gate.Previous(p.hcp.history(ctx, p.session, p.Query.Bucket, p.Channel), p.page.Previous, p.step.Now())
	switch {
	case err != nil:
		return err
	case former == nil && len(passed) == 0:
		return problem.New(problem.NoEarlierIteration, "%s has no earlier iteration to go back to. %s", p.subject(), advice)
	case former == nil:
		why := func(it *registry.Iteration) string { return "iteration " + it.Version() + " " + gate.RevokedClause(it) }
		return problem.New(problem.NoEarlierIteration, "%s has no earlier iteration that is not revoked: %s. %s", p.subject(), problem.ListOf(passed, why), advice)
	}
	p.former, p.Query.Fingerprint = former, former.Fingerprint
	return nil
}

func (p *promotion) findIteration(ctx context.Context) error {
	decision, err := p.hcp.find(ctx, p.Query)
	it := decision.Iteration
	if it == nil {
		return err
	}
	if p.former != nil && it.ID != p.former.ID {
		return hcp.Unexpected(it.Subject(), "HCP has another iteration with its fingerprint in the channel's history")
	}
	p.page.Decision = decision
	if err != nil {
		return err
	}
	if err := refusal(decision); err != nil {
		return err
	}
	if !registry.IsName(it.Fingerprint) {
		return hcp.Unexpected(it.Subject(), "HCP's answer has an invalid fingerprint")
	}
	if err := selection.Require(it, p.Required); err != nil {
		return err
	}
	p.page.Images, err = selection.Select(it.Builds, selection.Selectors{})
	return err
}

// findChannel finds the channel to move, which need not exist where it is to be made.
func (p *promotion) findChannel(ctx context.Context) error {
	c, channels, err := p.look(ctx)
	if err != nil {
		return err
	}
	p.exists, p.page.ChannelID, p.page.Previous = c.Name != "", c.ID, c.Iteration
	p.page.Hidden = c.Restricted && c.Iteration == nil
	switch {
	case c.Managed:
		return problem.New(problem.InvalidInput, "%s is managed by HCP, and only HCP can move it. Set channel to one of your own.", p.subject())
	case !p.exists && !p.CreateChannel:
		advice := "Correct channel, or set create-channel to true to make it."
		if p.Previous {
			advice = "Correct channel."
		}
		names := problem.ListOf(channels, func(c registry.Channel) string { return problem.Quote(c.Name) })
		return problem.New(problem.NotFound, "%s was not found: the bucket has %s. %s", p.subject(), cmp.Or(names, "no channels"), advice)
	}
	return nil
}

// look reads the channel, which has no name where there is none, and the others of the bucket beside it.
func (p *promotion) look(ctx context.Context) (found registry.Channel, all []registry.Channel, err error) {
	all, err = p.hcp.channels(ctx, p.session, p.Query.Bucket)
	for _, c := range all {
		switch {
		case c.Name != p.Channel:
			continue
		case found.Name != "":
			return found, nil, hcp.Unexpected(p.subject(), "HCP's answer has it twice")
		case c.Iteration != nil && c.Iteration.ID == "":
			return found, nil, hcp.Unexpected(p.subject(), "HCP's answer has an iteration without an id")
		case p.isThere(c.Iteration) && c.Iteration.Fingerprint != "" && c.Iteration.Fingerprint != p.page.Iteration.Fingerprint:
			return found, nil, hcp.Unexpected(p.subject(), "HCP's answer has its iteration with another fingerprint")
		}
		found = c
	}
	return found, all, err
}

// isThere is whether what a channel points at is the iteration to promote, once that is known.
func (p *promotion) isThere(it *registry.Iteration) bool {
	return it != nil && p.page.Iteration != nil && it.ID == p.page.Iteration.ID
}

// checkOrder fails where the channel would go back, or nobody can tell.
func (p *promotion) checkOrder() error {
	previous, it := p.page.Previous, p.page.Iteration
	if p.AllowOlder || p.Previous || previous == nil {
		return nil
	}
	if previous.Number == nil || it.Number == nil {
		return problem.New(problem.OlderIteration, "%s points at iteration %s, and iteration %s may be older: versions without a number cannot be compared. "+
			"Set allow-older to true to move it all the same.", p.subject(), previous.Version(), it.Version())
	}
	if *previous.Number > *it.Number {
		return problem.New(problem.OlderIteration, "%s points at iteration %s, and iteration %s is older. "+
			"Set allow-older to true to move it back.", p.subject(), previous.Version(), it.Version())
	}
	return nil
}

// recheck has the gate decide on the iteration as the list of channels has it, or where that leaves its status out,
// as its own answer has it.
func (p *promotion) recheck(ctx context.Context, seen *registry.Iteration) (gate.Decision, error) {
	decision, err := p.decideOnSeen(ctx, seen)
	if err == nil && !tellsStatus(decision) {
		if seen, err = p.hcp.again(ctx, p.session, p.Query.APIVersion, seen); err == nil {
			decision, err = p.decideOnSeen(ctx, seen)
		}
	}
	if err != nil {
		return gate.Decision{}, err
	}
	p.page.Decision = gate.Worse(p.page.Decision, decision)
	return decision, nil
}

// decideOnSeen has the gate decide on the iteration as it was seen, and on what only the first answer says of it.
func (p *promotion) decideOnSeen(ctx context.Context, seen *registry.Iteration) (gate.Decision, error) {
	first := p.page.Iteration
	seen.Fingerprint, seen.Builds, seen.Parents = first.Fingerprint, first.Builds, first.Parents
	seen.ParentsStatus = cmp.Or(seen.ParentsStatus, first.ParentsStatus)
	if !seen.CreatedAt.IsSet() {
		seen.CreatedAt = first.CreatedAt
	}
	return p.decideUnnamed(ctx, seen)
}

// refuseByClock has the gate decide once more on what was read of the iteration: a revocation may have come into
// force since.
func (p *promotion) refuseByClock() error {
	p.page.Decision = gate.Decide(p.page.Iteration, p.Policy, p.step.Now())
	return refusal(p.page.Decision)
}

func (p *promotion) subject() string {
	return fmt.Sprintf("Channel %s of bucket %s", p.Channel, p.Query.Bucket)
}
