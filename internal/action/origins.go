package action

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync/atomic"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/verdict"
)

// origins are where images come from and what HCP says of that. Nothing is asked for twice.
type origins struct {
	checker
	policy verdict.Policy
	// sensitive are the images whose ids are shown nowhere.
	sensitive verdict.Sensitive

	searches map[string]answer[[]registry.Match] // by the image's key
	size     atomic.Int64                        // of all matches, in bytes
	versions map[registry.Query]answer[gate.Decision]
	current  map[string]verdict.Current // by bucket
}

// maxMatches is how many bytes the matches of all images may have, so that a step fits in memory.
const maxMatches = 64 << 20

func imageKey(image imageids.Image) string { return imageids.Key(image.ID) }

func (o *origins) read(ctx context.Context, images []imageids.Image) error {
	if err := readNew(ctx, o.searches, images, imageKey, o.search); err != nil {
		return err
	}
	var matches []registry.Match
	for _, image := range images {
		matches = append(matches, o.searches[imageKey(image)].value...)
	}
	if err := o.readVersions(ctx, matches); err != nil {
		return err
	}
	return o.readChannels(ctx, matches)
}

// search asks where an image comes from, by every form of its id that the registry may have. Of these the fallbacks
// count only while none is known.
func (o *origins) search(ctx context.Context, image imageids.Image) (from answer[[]registry.Match], err error) {
	for _, q := range image.Queries() {
		if q.Fallback && len(from.value) > 0 {
			break
		}
		for m, err := range registry.Search(ctx, o.session, q.Identifier, q.Accepts) {
			if err == nil && o.size.Add(m.Size()) > maxMatches {
				err = problem.New(problem.UnexpectedResponse, "The registry knows image %s, with the other images of this step, from more places than there is room for. "+
					"Name fewer images in one step.", problem.QuoteID(image.ID))
			}
			err = verdict.Conceal(image, err)
			if p := (*problem.Problem)(nil); errors.As(err, &p) && p.Title == problem.UnexpectedResponse {
				return answer[[]registry.Match]{problem: p}, nil
			}
			if err != nil {
				return from, err
			}
			from.value = append(from.value, m)
		}
	}
	return from, nil
}

// readVersions reads each version itself, where the policy asks for what a search does not tell.
func (o *origins) readVersions(ctx context.Context, matches []registry.Match) error {
	if o.policy.Gate.MaxAge == 0 && !o.policy.Gate.AsksForParents() {
		return nil
	}
	return readNew(ctx, o.versions, matches, versionOf, func(ctx context.Context, m registry.Match) (answer[gate.Decision], error) {
		decision, err := o.find(ctx, versionOf(m))
		decision.Iteration = decision.Iteration.Brief() // hundreds of versions as they come would not fit in memory
		return answered(decision, err)
	})
}

func versionOf(m registry.Match) registry.Query {
	return registry.Query{Bucket: m.Iteration.Bucket, Fingerprint: m.Iteration.Fingerprint}
}

// readChannels reads the channel to compare with of every bucket that an image comes from. What is wrong with one of
// them is told of that one, unless HCP cannot be asked at all.
func (o *origins) readChannels(ctx context.Context, matches []registry.Match) error {
	of := map[string][]registry.Match{}
	for _, m := range matches {
		if bucket := m.Iteration.Bucket; o.policy.Channels.For(bucket) != "" {
			of[bucket] = append(of[bucket], m)
		}
	}
	same := func(bucket string) string { return bucket }
	return readNew(ctx, o.current, slices.Sorted(maps.Keys(of)), same, func(ctx context.Context, bucket string) (verdict.Current, error) {
		q := registry.Query{Bucket: bucket, Channel: o.policy.Channels.For(bucket)}
		decision, err := o.find(ctx, q)
		p, err := ownProblem(err)
		return verdict.NewCurrent(q.Channel, decision.Iteration, p, of[bucket]), err
	})
}

func (o *origins) verdictOn(image imageids.Image, policy verdict.Policy) verdict.Verdict {
	s := o.searches[imageKey(image)]
	if s.problem != nil {
		return verdict.OfUnsearched(image, s.problem)
	}
	matches := slices.Clone(s.value)
	for i := range matches {
		m := &matches[i]
		v := o.versions[versionOf(*m)]
		if m.Version, m.Problem = v.value.Iteration, v.problem; m.Version != nil && m.Version.ID != m.Iteration.ID {
			m.Version, m.Problem = nil, problem.New(problem.UnexpectedResponse, "HCP has another iteration than %s with the fingerprint %s. Run the job again.",
				m.Iteration, problem.Quote(m.Iteration.Fingerprint))
		}
		*m = o.sensitive.Conceal(*m, image)
	}
	return verdict.Of(image, matches, o.current, policy, o.step.Now())
}

// checkReplacements takes back each replacement that is refused itself, or that would be replaced by the image. It
// is looked up as any image is; where that fails there are none. One that is sensitive, as the image that it replaces
// or elsewhere, is not shown.
func (o *origins) checkReplacements(ctx context.Context, verdicts []verdict.Verdict) error {
	var replacements []imageids.Image
	for _, v := range verdicts {
		if v.Replacement != "" {
			replacements = append(replacements, replacementOf(v))
		}
	}
	err := o.read(ctx, replacements)
	for i := range verdicts {
		v := &verdicts[i]
		if v.Replacement == "" {
			continue
		}
		r := o.verdictOn(replacementOf(*v), o.policy.OfReplacements())
		if err != nil || r.Effect == gate.Fail || o.sensitive[imageids.Key(v.Replacement)] || r.Replacement != "" && imageids.Same(r.Replacement, v.Image.ID) {
			v.Replacement, v.Fix = "", nil
		}
		if v.Image.Sensitive {
			v.Replacement = ""
		}
	}
	return err
}

func replacementOf(v verdict.Verdict) imageids.Image {
	return imageids.Image{ID: v.Replacement, Sensitive: v.Image.Sensitive, Places: v.Image.Places}
}
