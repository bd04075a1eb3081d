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
		page, err := checkChannels(ctx, s, in)
		return page, err
	}}, err
}

// checkChannels makes the page of all channels. There is nothing on it where the registry could not be read.
func checkChannels(ctx context.Context, s *step, in inputs.Audit) (page pages.Audit, err error) {
	waivers, err := allWaivers(ctx, s, in.Waivers, verdict.ParseChannelWaivers)
	if err != nil {
		return page, err
	}
	session, err := s.login(ctx)
	if err != nil {
		return page, err
	}
	names, err := registry.Buckets(ctx, session)
	if err != nil {
		return page, err
	}
	buckets, err := listChannels(ctx, session, in, names)
	if err != nil {
		return page, err
	}
	versions, err := checkVersions(ctx, s, session, in.Policy, buckets)
	if err != nil {
		return page, err
	}
	formers, err := readFormers(ctx, s, session, in.RolledBack, buckets)
	if err != nil {
		return page, err
	}
	if err := findDeleted(ctx, session, buckets, versions, formers); err != nil {
		return page, err
	}
	page.Unmatched = unmatched(in, names, buckets)
	for _, b := range buckets {
		if b.isGone(b.problem) {
			page.Gone = append(page.Gone, b.name)
			continue
		}
		page.Buckets++
		findings, gone := b.findings(in, versions, formers)
		page.Findings, page.Gone = append(page.Findings, findings...), append(page.Gone, gone...)
	}
	page.Over, page.Unneeded = verdict.WaiveFindings(page.Findings, waivers, s.now())
	return page, channelsRefused(page.Findings)
}

// listedBucket is a bucket that HCP listed.
type listedBucket struct {
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
func (b listedBucket) isGone(p *problem.Problem) bool { return b.deleted && isMissing(p) }

// isMissing is whether HCP has not found what it had listed.
func isMissing(p *problem.Problem) bool { return p != nil && p.Title == problem.NotFound }

// listChannels reads the channels of the buckets that are to be looked at.
func listChannels(ctx context.Context, session *hcp.Session, in inputs.Audit, names []string) ([]listedBucket, error) {
	var chosen []string
	for _, name := range names {
		if in.Buckets.Choose(name) {
			chosen = append(chosen, name)
		}
	}
	return eachAtOnce(ctx, chosen, func(ctx context.Context, name string) (b listedBucket, err error) {
		b.name = name
		if !registry.IsName(name) {
			b.problem = problem.New(problem.UnexpectedResponse, "The channels of bucket %s could not be read: that is not a valid name of a bucket.", problem.Quote(name))
			return b, nil
		}
		channels, err := registry.Channels(ctx, session, name)
		b.problem, err = ownProblem(err)
		for _, c := range channels {
			b.channels = append(b.channels, c.Name)
			if in.Channels.Choose(c.Name) {
				b.chosen = append(b.chosen, c)
			}
		}
		return b, err
	})
}

// unmatched says which lines of the inputs match nothing, each in a sentence. Of channels nobody can tell where a
// bucket could not be read.
func unmatched(in inputs.Audit, names []string, buckets []listedBucket) []string {
	var sentences []string
	for _, line := range in.Buckets.Unmatched(names) {
		sentences = append(sentences, fmt.Sprintf("The input buckets: %s matches no bucket of the registry.", problem.Quote(line)))
	}
	var channels []string
	for _, b := range buckets {
		if b.problem != nil && !b.isGone(b.problem) {
			return sentences
		}
		channels = append(channels, b.channels...)
	}
	for _, line := range in.Channels.Unmatched(channels) {
		sentences = append(sentences, fmt.Sprintf("The input channels: %s matches no channel of the buckets.", problem.Quote(line)))
	}
	return sentences
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

// checkedVersion is an iteration, and what the gate makes of it.
type checkedVersion struct {
	iteration *registry.Iteration
	decision  gate.Decision
	// problem says why it could not be judged, nil where it could.
	problem *problem.Problem
}

// checkVersions has the gate decide on every iteration that a channel points at, once.
func checkVersions(ctx context.Context, s *step, session *hcp.Session, policy gate.Policy, buckets []listedBucket) (map[versionKey]checkedVersion, error) {
	versions := map[versionKey]checkedVersion{}
	var distinct []*registry.Iteration
	for _, b := range buckets {
		for _, c := range b.chosen {
			if c.Iteration == nil {
				continue
			}
			if _, known := versions[keyOf(c.Iteration)]; !known {
				versions[keyOf(c.Iteration)] = checkedVersion{}
				distinct = append(distinct, c.Iteration)
			}
		}
	}
	checked, err := eachAtOnce(ctx, distinct, func(ctx context.Context, it *registry.Iteration) (v checkedVersion, err error) {
		v.iteration, v.decision, err = checkVersion(ctx, s, session, it, policy)
		v.problem, err = ownProblem(err)
		return v, err
	})
	for i, it := range distinct {
		versions[keyOf(it)] = checked[i]
	}
	return versions, err
}

// checkVersion has the gate decide on an iteration as a list has it, and as its own answer has it where the list
// leaves something out. A refusal is final.
func checkVersion(ctx context.Context, s *step, session *hcp.Session, it *registry.Iteration, policy gate.Policy) (*registry.Iteration, gate.Decision, error) {
	if it.ID == "" {
		return nil, gate.Decision{}, hcp.Unexpected(it.Subject(), "HCP's answer has an iteration without an id")
	}
	first := gate.Decide(it, policy, s.now())
	if it.HasStatus() && (it.ParentsStatus != "" || !policy.AsksForParents()) {
		return judgeTolerantly(ctx, s, session, it, policy)
	}
	again, err := registry.Again(ctx, session, registry.API2023, it)
	tells := tellsStatus(it, first)
	if err != nil && tells && first.Refusal() != nil {
		_, err = ownProblem(err)
		return it, first, err
	}
	if err != nil {
		return nil, gate.Decision{}, err
	}
	again, second, err := judgeTolerantly(ctx, s, session, again.Brief(), policy)
	if !tells {
		return again, second, err
	}
	counts := gate.Worse(second, first)
	return counts.Iteration, counts, err
}

// judgeTolerantly is [judge], for which the names of parents that cannot be read are no reason to fail: that
// they are out of date is known.
func judgeTolerantly(ctx context.Context, s *step, session *hcp.Session, it *registry.Iteration, policy gate.Policy) (*registry.Iteration, gate.Decision, error) {
	decision, err := judge(ctx, s, session, it, policy)
	_, err = ownProblem(err)
	return it, decision, err
}

// channelKey tells channels apart.
type channelKey struct{ bucket, channel string }

// former is what a revocation has taken from a channel, if one has.
type former struct {
	from *registry.Assignment
	// problem says why the channel's history could not be read, nil where it could.
	problem *problem.Problem
}

// readFormers reads the history of every channel that is looked at, where that is asked for.
func readFormers(ctx context.Context, s *step, session *hcp.Session, effect gate.Effect, buckets []listedBucket) (map[channelKey]former, error) {
	if effect == gate.Ignore {
		return nil, nil
	}
	var channels []registry.Channel
	for _, b := range buckets {
		channels = append(channels, b.chosen...)
	}
	read, err := eachAtOnce(ctx, channels, func(ctx context.Context, c registry.Channel) (f former, err error) {
		f.from, err = gate.RolledBackFrom(registry.History(ctx, session, c.Bucket, c.Name), c.Iteration, s.now())
		f.problem, err = ownProblem(err)
		return f, err
	})
	formers := map[channelKey]former{}
	for i, c := range channels {
		formers[channelKey{c.Bucket, c.Name}] = read[i]
	}
	return formers, err
}

// findDeleted finds out which buckets were deleted while the step ran, if anything was not found. Where HCP does
// not list them again, none was: it answers 404 to a principal that has lost its rights as well.
func findDeleted(ctx context.Context, session *hcp.Session, buckets []listedBucket, versions map[versionKey]checkedVersion, formers map[channelKey]former) error {
	missing := slices.ContainsFunc(buckets, func(b listedBucket) bool { return isMissing(b.problem) })
	for _, v := range versions {
		missing = missing || isMissing(v.problem)
	}
	for _, f := range formers {
		missing = missing || isMissing(f.problem)
	}
	if !missing {
		return nil
	}
	names, err := registry.Buckets(ctx, session)
	if refused, err := ownProblem(err); refused != nil || err != nil {
		return err
	}
	slices.Sort(names)
	for i := range buckets {
		_, listed := slices.BinarySearch(names, buckets[i].name)
		buckets[i].deleted = !listed
	}
	return nil
}

// findings are one for each channel of the bucket that is looked at, or one for the bucket where it could not be
// read. Gone are the channels that were deleted instead, with the bucket's name.
func (b listedBucket) findings(in inputs.Audit, versions map[versionKey]checkedVersion, formers map[channelKey]former) (findings []verdict.Finding, gone []string) {
	if b.problem != nil {
		return []verdict.Finding{verdict.OfUnreadable(b.name, "", notDeleted(b.problem))}, nil
	}
	for _, c := range b.chosen {
		var v checkedVersion
		if c.Iteration != nil {
			v = versions[keyOf(c.Iteration)]
		}
		f := formers[channelKey{b.name, c.Name}]
		switch p := cmp.Or(v.problem, f.problem); {
		case b.isGone(p):
			gone = append(gone, b.name+"/"+c.Name)
		case p != nil:
			findings = append(findings, verdict.OfUnreadable(b.name, c.Name, notDeleted(p)))
		case c.Iteration == nil:
			findings = append(findings, verdict.OfUnassigned(b.name, c, in.Unassigned, f.from, in.RolledBack))
		default:
			c.Iteration = v.iteration
			finding := verdict.OfDecision(b.name, c, v.decision.WithRollback(f.from, in.RolledBack))
			finding.RolledBackFrom = f.from
			findings = append(findings, finding)
		}
	}
	return findings, gone
}

// notDeleted says of what is missing why it is no deletion.
func notDeleted(p *problem.Problem) *problem.Problem {
	if !isMissing(p) {
		return p
	}
	return problem.New(p.Title, "%s Nothing shows that the bucket was deleted, so the service principal may have lost access to it.", p.Message)
}

// channelsRefused counts and names what is refused, the worst first, nil where nothing is.
func channelsRefused(findings []verdict.Finding) error {
	var names []string
	advice := "The job summary and the output findings say why they could not be read"
	for _, f := range slices.SortedStableFunc(slices.Values(findings), verdict.Finding.Compare) {
		if f.Effect != gate.Fail {
			continue
		}
		names = append(names, fmt.Sprintf("%s (%s)", f.Place(), f.Kind))
		if f.Kind != verdict.Unreadable {
			advice = "Rebuild the images of the buckets that the output rebuild lists, or move the channels; the job summary and the output findings say why"
		}
	}
	if len(names) == 0 {
		return nil
	}
	return problem.New(problem.ChannelsRefused, "%d of %s refused: %s. %s.", len(names), verdict.Subjects(findings), problem.List(names), advice)
}
