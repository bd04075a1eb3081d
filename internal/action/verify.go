package action

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/inputs"
	"hcp-packer-iteration/internal/pages"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/verdict"
	"hcp-packer-iteration/internal/workspace"
)

// verify is the action verify: the image ids that a change names, and whether each may be used.
func verify(lookup func(string) (string, bool)) (task, error) {
	in, err := inputs.ReadVerify(lookup)
	return task{Common: in.Common, page: pages.Verification{}, work: func(ctx context.Context, s *step) (pages.Page, error) {
		var page pages.Verification
		err := judgeImages(ctx, s, in, &page)
		return page, err
	}}, err
}

// judgeImages fills in the page with the verdict on every id that is found.
func judgeImages(ctx context.Context, s *step, in inputs.Verify, page *pages.Verification) error {
	found, err := workspace.Find(ctx, s.workspace(), in.Sources)
	if err != nil {
		return err
	}
	for _, image := range found.Images {
		if image.Sensitive {
			s.out.Mask(image.ID)
		}
	}
	page.Unknown, page.Warnings = verdict.Unknown{Places: found.Unknown, Effect: in.Policy.Unknown}, found.Warnings
	if len(found.Images) > 0 {
		if err := judgeAll(ctx, s, in.Policy, found.Images, page); err != nil {
			return err
		}
	}
	page.Over, page.Unneeded = verdict.Waive(page.Verdicts, in.Policy.Waivers, s.now())
	if in.Fix {
		if err := fix(ctx, s, found.Files, page); err != nil {
			return err
		}
	}
	if err := imagesRefused(page.Verdicts); err != nil {
		return err
	}
	if p := page.Unknown.Problem(); p != nil && in.Policy.Unknown == gate.Fail {
		return p
	}
	return nil
}

// judgeAll asks HCP about the images and adds the verdict on each.
func judgeAll(ctx context.Context, s *step, policy verdict.Policy, images []imageids.Image, page *pages.Verification) error {
	session, err := s.login(ctx)
	if err != nil {
		return err
	}
	matches, unreadable, err := searchAll(ctx, session, images)
	if err != nil {
		return err
	}
	if err := readVersions(ctx, s, session, policy.Gate, matches); err != nil {
		return err
	}
	current, err := currentIterations(ctx, s, session, policy, matches)
	if err != nil {
		return err
	}
	for i, image := range images {
		if p := unreadable[i]; p != nil {
			page.Verdicts = append(page.Verdicts, verdict.OfUnsearched(image, p))
			continue
		}
		page.Verdicts = append(page.Verdicts, verdict.Judge(image, matches[i], current, policy, s.now()))
	}
	return nil
}

// fix writes the replacements into the files. An image that is named nowhere else then counts as fixed, and is
// not refused.
func fix(ctx context.Context, s *step, files []string, page *pages.Verification) error {
	var replacements []imageids.Replacement
	for _, v := range page.Verdicts {
		if v.Fix != nil && v.Kind != verdict.Waived {
			replacements = append(replacements, *v.Fix)
		}
	}
	// The last tenth of the time is for finishing the file that is being written.
	end, _ := ctx.Deadline()
	ctx, cancel := context.WithDeadline(ctx, end.Add(-s.HCP.Timeout/10))
	defer cancel()
	s.leaves("Image ids in files may have been replaced: look at what has changed in the workspace.")
	var err error
	page.Fixed, err = workspace.Fix(ctx, s.workspace(), files, replacements)
	s.leavesNothing() // the page tells
	for i := range page.Verdicts {
		v := &page.Verdicts[i]
		if page.Fixed.Everywhere(v.Image) {
			v.Fixed, v.Effect = true, gate.Ignore
		}
	}
	return err
}

// readVersions reads each distinct version once more, where the policy asks for what a search does not tell.
func readVersions(ctx context.Context, s *step, session *hcp.Session, policy gate.Policy, matches [][]registry.Match) error {
	if policy.MaxAge == 0 && !policy.AsksForParents() {
		return nil
	}
	index := map[registry.Query]int{}
	var queries []registry.Query
	for _, match := range slices.Concat(matches...) {
		q := registry.Query{Bucket: match.Iteration.Bucket, Fingerprint: match.Iteration.Fingerprint}
		if _, known := index[q]; !known {
			index[q] = len(queries)
			queries = append(queries, q)
		}
	}
	type answer struct {
		version *registry.Iteration
		problem *problem.Problem
	}
	answers, err := eachAtOnce(ctx, queries, func(ctx context.Context, q registry.Query) (a answer, err error) {
		a.version, _, err = findJudged(ctx, s, session, q, policy)
		if a.version != nil {
			a.version.Builds = nil // hundreds of versions with theirs would not fit in memory
		}
		if errors.As(err, &a.problem) && ofOne(a.problem) {
			return a, nil
		}
		return a, err
	})
	if err != nil {
		return err
	}
	for i := range matches {
		for j := range matches[i] {
			m := &matches[i][j]
			a := answers[index[registry.Query{Bucket: m.Iteration.Bucket, Fingerprint: m.Iteration.Fingerprint}]]
			m.Version, m.Problem = a.version, a.problem
		}
	}
	return nil
}

// currentIterations reads the channel to compare with of every bucket that an image comes from, once. What is
// wrong with one of them is told of that one, unless HCP cannot be asked at all.
func currentIterations(ctx context.Context, s *step, session *hcp.Session, policy verdict.Policy, matches [][]registry.Match) (map[string]verdict.Current, error) {
	var buckets []string
	for _, match := range slices.Concat(matches...) {
		bucket := match.Iteration.Bucket
		if policy.Channels.For(bucket) != "" && !slices.Contains(buckets, bucket) {
			buckets = append(buckets, bucket)
		}
	}
	found, err := eachAtOnce(ctx, buckets, func(ctx context.Context, bucket string) (verdict.Current, error) {
		q := registry.Query{Bucket: bucket, Channel: policy.Channels.For(bucket)}
		it, _, err := findJudged(ctx, s, session, q, policy.Gate)
		current := verdict.Current{Channel: q.Channel, Iteration: it}
		if errors.As(err, &current.Problem) && ofOne(current.Problem) {
			return current, nil
		}
		return current, err
	})
	current := map[string]verdict.Current{}
	for i, bucket := range buckets {
		current[bucket] = found[i]
	}
	return current, err
}

// imagesRefused counts and names what is refused, nil where nothing is.
func imagesRefused(verdicts []verdict.Verdict) error {
	var names []string
	var unread *problem.Problem // the first
	read := false
	for _, v := range verdicts {
		if v.Effect == gate.Fail {
			names = append(names, fmt.Sprintf("%s (%s)", problem.Quote(v.Image.ID), v.Kind))
			unread, read = cmp.Or(unread, v.Problem), read || v.Problem == nil
		}
	}
	if len(names) == 0 {
		return nil
	}
	images, them := "images", "them"
	if len(verdicts) == 1 {
		images = "image"
	}
	if len(names) == 1 {
		them = "it"
	}
	advice := fmt.Sprintf("Replace %s, or revert the change; the job summary and the output verdicts say why.", them)
	if !read { // nothing is known to be wrong with the images
		advice = unread.Message
	}
	return problem.New(problem.ImagesRefused, "%d of %d %s refused: %s. %s", len(names), len(verdicts), images, problem.List(names), advice)
}
