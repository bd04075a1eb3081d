package action

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/inputs"
	"hcp-packer-iteration/internal/pages"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/verdict"
)

// audit is the action audit: the channels of the registry, and whether what they point at may be used.
func audit(lookup func(string) (string, bool)) (task, error) {
	in, err := inputs.ReadAudit(lookup)
	return task{Common: in.Common, page: pages.Audit{}, work: func(ctx context.Context, s *step) (pages.Page, error) {
		waivers, err := allWaivers(ctx, s, in.Waivers, inputs.ParseChannelWaivers)
		if err != nil {
			return nil, err
		}
		session, err := s.login(ctx)
		if err != nil {
			return nil, err
		}
		a := &sweep{
			Audit: in, checker: checker{s, session, in.Policy},
			versions: map[versionKey]answer[gate.Decision]{}, formers: map[string]answer[*registry.Assignment]{},
		}
		if err := a.read(ctx); err != nil {
			return nil, err
		}
		page := a.page()
		page.Over, page.Unneeded = verdict.WaiveFindings(page.Findings, waivers, s.Now())
		return page, channelsRefused(page.Findings)
	}}, err
}

type sweep struct {
	inputs.Audit
	checker

	names    []string // of all buckets
	buckets  []bucket // to look at
	versions map[versionKey]answer[gate.Decision]
	formers  map[string]answer[*registry.Assignment] // what a revocation has taken from a channel, by bucket/channel
}

type bucket struct {
	name string
	// channels are the names of all its channels, and chosen are those to look at.
	channels []string
	chosen   []registry.Channel
	// problem says why it could not be read, nil where it could.
	problem *problem.Problem
	// deleted is whether HCP, asked again because something was not found, does not list it any more.
	deleted bool
}

// isGone is whether what could not be read for the problem was deleted along with the bucket.
func (b bucket) isGone(p *problem.Problem) bool { return b.deleted && isMissing(p) }

func isMissing(p *problem.Problem) bool { return p != nil && p.Title == problem.NotFound }

func (a *sweep) read(ctx context.Context) (err error) {
	if a.names, err = registry.Buckets(ctx, a.session); err != nil {
		return err
	}
	chosen := slices.DeleteFunc(slices.Clone(a.names), func(name string) bool { return !a.Buckets.Choose(name) })
	if a.buckets, err = eachAtOnce(ctx, chosen, a.readBucket); err != nil {
		return err
	}
	var channels []registry.Channel
	var iterations []*registry.Iteration
	for _, b := range a.buckets {
		for _, c := range b.chosen {
			channels = append(channels, c)
			if c.Iteration != nil {
				iterations = append(iterations, c.Iteration)
			}
		}
	}
	decide := func(ctx context.Context, it *registry.Iteration) (answer[gate.Decision], error) {
		return answered(a.decideOnListed(ctx, it))
	}
	if err := readNew(ctx, a.versions, iterations, keyOf, decide); err != nil {
		return err
	}
	if a.RolledBack != gate.Ignore {
		if err := readNew(ctx, a.formers, channels, channelKey, a.readFormer); err != nil {
			return err
		}
	}
	return a.findDeleted(ctx)
}

func (a *sweep) readBucket(ctx context.Context, name string) (b bucket, err error) {
	b.name = name
	if !registry.IsName(name) {
		b.problem = problem.New(problem.UnexpectedResponse, "The channels of bucket %s could not be read: that is not a valid name of a bucket.", problem.Quote(name))
		return b, nil
	}
	channels, err := registry.Channels(ctx, a.session, name)
	b.problem, err = ownProblem(err)
	for _, c := range channels {
		b.channels = append(b.channels, c.Name)
		if a.Channels.Choose(c.Name) {
			b.chosen = append(b.chosen, c)
		}
	}
	return b, err
}

// versionKey tells iterations apart, and what the lists of channels say of each that the gate looks at.
type versionKey struct {
	bucket, id, name, fingerprint string
	status                        registry.Status
	unknownStatus                 string
	createdAt, revokeAt           registry.Time
	parents                       registry.ParentsStatus
}

func keyOf(it *registry.Iteration) versionKey {
	return versionKey{it.Bucket, it.ID, it.Name, it.Fingerprint, it.Status, it.UnknownStatus, it.CreatedAt, it.RevokeAt, it.ParentsStatus}
}

func channelKey(c registry.Channel) string { return c.Bucket + "/" + c.Name }

// decideOnListed has the gate decide on an iteration as a list has it, and as its own answer has it where the list
// leaves something out. A refusal is final.
func (a *sweep) decideOnListed(ctx context.Context, it *registry.Iteration) (gate.Decision, error) {
	if it.ID == "" {
		return gate.Decision{}, hcp.Unexpected(it.Subject(), "HCP's answer has an iteration without an id")
	}
	if it.HasStatus() && (it.ParentsStatus != "" || !a.Policy.AsksForParents()) {
		return a.decideUnnamed(ctx, it)
	}
	first := gate.Decide(it, a.Policy, a.step.Now())
	tells := tellsStatus(first)
	again, err := registry.Again(ctx, a.session, registry.API2023, it)
	if err != nil && tells && first.Refusal() != nil {
		_, err = ownProblem(err)
		return first, err
	}
	if err != nil {
		return gate.Decision{}, err
	}
	second, err := a.decideUnnamed(ctx, again.Brief())
	if !tells {
		return second, err
	}
	return gate.Worse(second, first), err
}

func (a *sweep) readFormer(ctx context.Context, c registry.Channel) (answer[*registry.Assignment], error) {
	return answered(gate.RolledBackFrom(registry.History(ctx, a.session, c.Bucket, c.Name), c.Iteration, a.step.Now()))
}

// findDeleted finds out which buckets were deleted while the step ran, if anything was not found. Where HCP does
// not list them again, none was: it answers 404 to a principal that has lost its rights as well.
func (a *sweep) findDeleted(ctx context.Context) error {
	missing := slices.ContainsFunc(a.buckets, func(b bucket) bool { return isMissing(b.problem) })
	for _, v := range a.versions {
		missing = missing || isMissing(v.problem)
	}
	for _, f := range a.formers {
		missing = missing || isMissing(f.problem)
	}
	if !missing {
		return nil
	}
	names, err := registry.Buckets(ctx, a.session)
	if refused, err := ownProblem(err); refused != nil || err != nil {
		return err
	}
	slices.Sort(names)
	for i := range a.buckets {
		_, listed := slices.BinarySearch(names, a.buckets[i].name)
		a.buckets[i].deleted = !listed
	}
	return nil
}

// page has one finding for each channel that is looked at, and for each bucket that could not be read.
func (a *sweep) page() (page pages.Audit) {
	page.Unmatched = a.unmatched()
	add := func(f verdict.Finding) { page.Findings = append(page.Findings, f) }
	for _, b := range a.buckets {
		switch {
		case b.isGone(b.problem):
			page.Gone = append(page.Gone, b.name)
			continue
		case b.problem != nil:
			add(verdict.OfUnreadable(b.name, "", notDeleted(b.problem)))
		}
		page.Buckets++
		for _, c := range b.chosen {
			former := a.formers[channelKey(c)]
			var version answer[gate.Decision]
			if c.Iteration != nil {
				version = a.versions[keyOf(c.Iteration)]
			}
			switch p := cmp.Or(version.problem, former.problem); {
			case b.isGone(p):
				page.Gone = append(page.Gone, channelKey(c))
			case p != nil:
				add(verdict.OfUnreadable(b.name, c.Name, notDeleted(p)))
			case c.Iteration == nil:
				add(verdict.OfUnassigned(c, a.Unassigned, former.value, a.RolledBack))
			default:
				add(verdict.OfDecision(c, version.value.WithRollback(former.value, a.RolledBack), former.value))
			}
		}
	}
	return page
}

// unmatched says which lines of the inputs match nothing, each in a sentence. Of channels nobody can tell where a
// bucket could not be read.
func (a *sweep) unmatched() []string {
	var sentences []string
	for _, line := range a.Buckets.Unmatched(a.names) {
		sentences = append(sentences, fmt.Sprintf("The input buckets: %s matches no bucket of the registry.", problem.Quote(line)))
	}
	var channels []string
	for _, b := range a.buckets {
		if b.problem != nil && !b.isGone(b.problem) {
			return sentences
		}
		channels = append(channels, b.channels...)
	}
	for _, line := range a.Channels.Unmatched(channels) {
		sentences = append(sentences, fmt.Sprintf("The input channels: %s matches no channel of the buckets.", problem.Quote(line)))
	}
	return sentences
}

// notDeleted says of what is missing why it is no deletion.
func notDeleted(p *problem.Problem) *problem.Problem {
	if !isMissing(p) {
		return p
	}
	return problem.New(p.Title, "%s Nothing shows that the bucket was deleted, so the service principal may have lost access to it.", p.Message)
}

func channelsRefused(findings []verdict.Finding) error {
	refused := slices.DeleteFunc(slices.Clone(findings), func(f verdict.Finding) bool { return f.Effect != gate.Fail })
	if len(refused) == 0 {
		return nil
	}
	slices.SortStableFunc(refused, verdict.Finding.Compare)
	advice := "The job summary and the output findings say why they could not be read"
	if slices.ContainsFunc(refused, func(f verdict.Finding) bool { return f.Kind != verdict.Unreadable }) {
		advice = "Rebuild the images of the buckets that the output rebuild lists, or move the channels; the job summary and the output findings say why"
	}
	names := problem.ListOf(refused, func(f verdict.Finding) string { return fmt.Sprintf("%s (%s)", f.Place(), f.Kind) })
	return problem.New(problem.ChannelsRefused, "%d of %s refused: %s. %s.", len(refused), verdict.Subjects(findings), names, advice)
}
