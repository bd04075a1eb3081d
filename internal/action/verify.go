package action

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/hcp"
	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/inputs"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/report"
	"hcp-packer-iteration/internal/verdict"
)

// atOnce is how many requests a verification has under way.
const atOnce = 8

// verify is the action verify: the image ids that a change names, and whether each may be used.
func verify(lookup func(string) (string, bool)) (task, error) {
	in, err := inputs.ReadVerify(lookup)
	return task{Common: in.Common, page: report.Verification{}, work: func(ctx context.Context, s *step) (report.Page, error) {
		var page report.Verification
		err := judgeImages(ctx, s, in, &page)
		return page, err
	}}, err
}

// judgeImages fills in the page with the verdict on every id that is found.
func judgeImages(ctx context.Context, s *step, in inputs.Verify, page *report.Verification) error {
	found, err := imageids.Find(ctx, cmp.Or(s.getenv("GITHUB_WORKSPACE"), "."), in.Sources)
	if err != nil {
		return err
	}
	for _, image := range found.Images {
		if image.Sensitive {
			s.out.Mask(image.ID)
		}
	}
	page.Unknown = found.Unknown
	if len(found.Images) == 0 {
		return nil
	}
	session, err := s.login(ctx)
	if err != nil {
		return err
	}
	matches, err := search(ctx, session, found.Images)
	if err != nil {
		return err
	}
	current, err := currentIterations(ctx, s, session, in, matches)
	if err != nil {
		return err
	}
	for i, image := range found.Images {
		page.Verdicts = append(page.Verdicts, verdict.Judge(image, matches[i], current, in.Policy, s.now()))
	}
	return imagesRefused(page.Verdicts)
}

// search asks where each image comes from, in the images' order.
func search(ctx context.Context, session *hcp.Session, images []imageids.Image) ([][]registry.Match, error) {
	matches := make([][]registry.Match, len(images))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, image := range images {
		group.Go(func() error {
			return recoverPanic(func() (err error) {
				matches[i], err = registry.Search(ctx, session, image.ID)
				return err
			})
		})
	}
	return matches, group.Wait()
}

// currentIterations reads the channel of every bucket that an image comes from, once. There is none
// to read where no channel is given.
func currentIterations(ctx context.Context, s *step, session *hcp.Session, in inputs.Verify, matches [][]registry.Match) (map[string]*registry.Iteration, error) {
	if in.Channel == "" {
		return nil, nil
	}
	var buckets []string
	for _, match := range slices.Concat(matches...) {
		if !slices.Contains(buckets, match.Iteration.Bucket) {
			buckets = append(buckets, match.Iteration.Bucket)
		}
	}
	iterations := make([]*registry.Iteration, len(buckets))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, bucket := range buckets {
		group.Go(func() error {
			return recoverPanic(func() (err error) {
				iterations[i], _, err = findJudged(ctx, s, session, registry.Query{Bucket: bucket, Channel: in.Channel}, in.Policy.Gate)
				return err
			})
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	current := map[string]*registry.Iteration{}
	for i, bucket := range buckets {
		current[bucket] = iterations[i]
	}
	return current, nil
}

// imagesRefused counts and names what is refused, nil where nothing is.
func imagesRefused(verdicts []verdict.Verdict) error {
	var names []string
	for _, v := range verdicts {
		if v.Effect == gate.Fail {
			names = append(names, fmt.Sprintf("%s (%s)", problem.Quote(v.Image.ID), v.Kind))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return problem.New(problem.ImagesRefused, "%d of %d images refused: %s. Replace them, or take the change back; the job summary says why.",
		len(names), len(verdicts), problem.List(names))
}
