package action

import (
	"context"
	"slices"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/verdict"
)

// origins are where images come from and what HCP says of that. Nothing is asked for twice.
type origins struct {
	step    *step
	session *hcp.Session
	policy  verdict.Policy
	// sensitive are the images whose ids are shown nowhere.
	sensitive verdict.Sensitive

	matches  map[string][]registry.Match // by the image's key
	problems map[string]*problem.Problem // of the images that could not be looked up
	versions map[registry.Query]version
	current  map[string]verdict.Current // by bucket
}

// version is what a version's own answer says, or why it could not be read.
type version struct {
	iteration *registry.Iteration
	problem   *problem.Problem
}

func newOrigins(s *step, session *hcp.Session, policy verdict.Policy, sensitive verdict.Sensitive) *origins {
	return &origins{
		step: s, session: session, policy: policy, sensitive: sensitive,
		matches:  map[string][]registry.Match{},
		problems: map[string]*problem.Problem{},
		versions: map[registry.Query]version{},
		current:  map[string]verdict.Current{},
	}
}

// read finds out about the images.
func (o *origins) read(ctx context.Context, images []imageids.Image) error {
	images = o.unread(images)
	found, problems, err := searchAll(ctx, o.session, images)
	if err != nil {
		return err
	}
	for i, image := range images {
		key := imageids.Key(image.ID)
		o.matches[key] = found[i]
		if problems[i] != nil {
			o.problems[key] = problems[i]
		}
	}
	all := slices.Concat(found...)
	if err := o.readVersions(ctx, all); err != nil {
		return err
	}
	return o.readChannels(ctx, all)
}

// unread are the distinct images of which nothing is known yet.
func (o *origins) unread(images []imageids.Image) []imageids.Image {
	var list []imageids.Image
	for _, image := range images {
		key := imageids.Key(image.ID)
		if _, known := o.matches[key]; !known {
			o.matches[key] = nil
			list = append(list, image)
		}
	}
	return list
}

// readVersions reads each distinct version itself, where the policy asks for what a search does not tell.
func (o *origins) readVersions(ctx context.Context, matches []registry.Match) error {
	if o.policy.Gate.MaxAge == 0 && !o.policy.Gate.AsksForParents() {
		return nil
	}
	var queries []registry.Query
	for _, m := range matches {
		q := versionOf(m)
		if _, known := o.versions[q]; !known {
			o.versions[q] = version{}
			queries = append(queries, q)
		}
	}
	answers, err := eachAtOnce(ctx, queries, func(ctx context.Context, q registry.Query) (v version, err error) {
		v.iteration, _, err = findJudged(ctx, o.step, o.session, q, o.policy.Gate)
		v.iteration = v.iteration.Brief() // hundreds of versions as they come would not fit in memory
		v.problem, err = ownProblem(err)
		return v, err
	})
	for i, q := range queries {
		o.versions[q] = answers[i]
	}
	return err
}

// versionOf asks for the version of a match.
func versionOf(m registry.Match) registry.Query {
	return registry.Query{Bucket: m.Iteration.Bucket, Fingerprint: m.Iteration.Fingerprint}
}

// readChannels reads the channel to compare with of every bucket that an image comes from, once. What is wrong with
// one of them is told of that one, unless HCP cannot be asked at all.
func (o *origins) readChannels(ctx context.Context, matches []registry.Match) error {
	var buckets []string
	of := map[string][]registry.Match{}
	for _, m := range matches {
		bucket := m.Iteration.Bucket
		of[bucket] = append(of[bucket], m)
		if _, known := o.current[bucket]; !known && o.policy.Channels.For(bucket) != "" {
			o.current[bucket] = verdict.Current{}
			buckets = append(buckets, bucket)
		}
	}
	found, err := eachAtOnce(ctx, buckets, func(ctx context.Context, bucket string) (verdict.Current, error) {
		q := registry.Query{Bucket: bucket, Channel: o.policy.Channels.For(bucket)}
		it, _, err := findJudged(ctx, o.step, o.session, q, o.policy.Gate)
		p, err := ownProblem(err)
		return verdict.NewCurrent(q.Channel, it, p, of[bucket]), err
	})
	for i, bucket := range buckets {
		o.current[bucket] = found[i]
	}
	return err
}

// verdictOn gives the verdict on an image that was read.
func (o *origins) verdictOn(image imageids.Image, policy verdict.Policy) verdict.Verdict {
	key := imageids.Key(image.ID)
	if p := o.problems[key]; p != nil {
		return verdict.OfUnsearched(image, p)
	}
	matches := slices.Clone(o.matches[key])
	for i := range matches {
		m := &matches[i]
		v := o.versions[versionOf(*m)]
		if m.Version, m.Problem = v.iteration, v.problem; m.Version != nil && m.Version.ID != m.Iteration.ID {
			m.Version, m.Problem = nil, problem.New(problem.UnexpectedResponse, "HCP has another iteration than %s with the fingerprint %s. Run the job again.",
				m.Iteration, problem.Quote(m.Iteration.Fingerprint))
		}
		*m = o.sensitive.Conceal(*m, image)
	}
	return verdict.Of(image, matches, o.current, policy, o.step.now())
}

// checkReplacements takes back each replacement that is refused itself, or that would be replaced by the image. It
// is looked up as any image is. One that is sensitive, as the image that it replaces or elsewhere, is not shown.
func (o *origins) checkReplacements(ctx context.Context, verdicts []verdict.Verdict) error {
	var replacements []imageids.Image
	for _, v := range verdicts {
		if v.Replacement != "" {
			replacements = append(replacements, replacementOf(v))
		}
	}
	if err := o.read(ctx, replacements); err != nil {
		return err
	}
	for i := range verdicts {
		v := &verdicts[i]
		if v.Replacement == "" {
			continue
		}
		r := o.verdictOn(replacementOf(*v), o.policy.OfReplacements())
		if r.Effect == gate.Fail || o.sensitive[imageids.Key(v.Replacement)] || r.Replacement != "" && imageids.Same(r.Replacement, v.Image.ID) {
			v.Replacement, v.Fix = "", nil
		}
		if v.Image.Sensitive {
			v.Replacement = ""
		}
	}
	return nil
}

// replacementOf is the image that replaces another, and is as sensitive.
func replacementOf(v verdict.Verdict) imageids.Image {
	return imageids.Image{ID: v.Replacement, Sensitive: v.Image.Sensitive, Places: v.Image.Places}
}
