package action

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

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

// Verify runs the second action's step and tells whether it passes: image ids, session, where they
// come from, verdicts, report.
func (a Action) Verify(ctx context.Context) (passes bool) {
	out := report.New(a.Stdout, a.getenv)
	in, err := inputs.ReadVerify(a.LookupEnv)
	ctx, cancel := context.WithTimeout(ctx, in.Timeout)
	defer cancel()
	page := &report.Verification{}
	if err == nil {
		err = begin(in.Common, out, func() error { return a.verify(ctx, in, out, page) })
	}
	return finish(ctx, err, in.Common, out, page, &page.Problem, func() { annotateVerdicts(page, out) })
}

// verify gives the verdict on every id that is found.
func (a Action) verify(ctx context.Context, in *inputs.Verify, out *report.Reporter, page *report.Verification) error {
	workspace := cmp.Or(a.getenv("GITHUB_WORKSPACE"), ".")
	found, err := imageids.Find(ctx, workspace, imageids.Sources{IDs: in.ImageIDs, Plans: in.Plans, Files: in.Files, Scope: in.PlanScope})
	if err != nil {
		return err
	}
	for _, image := range found.Images {
		if image.Sensitive {
			out.Mask(image.ID)
		}
	}
	page.Unknown = found.Unknown
	if len(found.Images) == 0 {
		return nil
	}
	session, err := hcp.Login(ctx, a.config(in.Common), a.job(out))
	if err != nil {
		return err
	}
	matches, err := search(ctx, session, found.Images)
	if err != nil {
		return err
	}
	current, err := currentIterations(ctx, session, in.Channel, matches)
	if err != nil {
		return err
	}
	policy := verdict.Policy{
		Gate:      policy(in.Common),
		Outdated:  verdict.EffectOf(in.Outdated),
		Untracked: verdict.EffectOf(in.Untracked),
	}
	for i, image := range found.Images {
		page.Verdicts = append(page.Verdicts, verdict.Judge(image, matches[i], current, policy, a.Now()))
	}
	return refusal(page)
}

// search asks where each image comes from, in the images' order.
func search(ctx context.Context, session *hcp.Session, images []imageids.Image) ([][]registry.Match, error) {
	matches := make([][]registry.Match, len(images))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, image := range images {
		group.Go(func() error {
			return catch(func() (err error) {
				matches[i], err = registry.Search(ctx, session, image.ID)
				return err
			})
		})
	}
	return matches, group.Wait()
}

// currentIterations reads the channel of every bucket that an image comes from, once. There is none
// to read where no channel is given.
func currentIterations(ctx context.Context, session *hcp.Session, channel string, matches [][]registry.Match) (map[string]*registry.Iteration, error) {
	if channel == "" {
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
			return catch(func() (err error) {
				iterations[i], err = registry.Find(ctx, session, registry.Query{Bucket: bucket, Channel: channel})
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

// refusal counts and names what is refused, nil where nothing is.
func refusal(page *report.Verification) error {
	var names []string
	for _, v := range page.Verdicts {
		if v.Effect == verdict.Fail {
			names = append(names, fmt.Sprintf("%s (%s)", problem.Quote(v.Image.ID), v.Kind))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return problem.New(problem.ImagesRefused, "%d of %d images refused: %s. Replace them, or take the change back; the job summary says why.",
		len(names), len(page.Verdicts), problem.List(names))
}

// maxAnnotations is how many of a kind a workflow shows of a step. One error is the step's own.
const maxAnnotations = 10

// annotateVerdicts tells of every refused image, and of every one to warn of, where it is named.
func annotateVerdicts(page *report.Verification, out *report.Reporter) {
	errors, warnings := maxAnnotations-1, maxAnnotations
	for _, v := range page.Verdicts {
		for _, place := range v.Image.Places {
			switch {
			case v.Effect == verdict.Fail && errors > 0:
				errors--
				out.ErrorAt(at(place), title(v.Kind), message(v, place))
			case v.Effect == verdict.Warn && warnings > 0:
				warnings--
				out.WarningAt(at(place), title(v.Kind), message(v, place))
			}
		}
		if v.Effect == verdict.Warn && len(v.Image.Places) == 0 && warnings > 0 {
			warnings--
			out.Warning(title(v.Kind), message(v, imageids.Place{}))
		}
	}
	logVerdicts(page, out)
}

// maxLogged is how many verdicts the log tells of: it has no annotation for an image that has no
// place, and for one beyond the tenth.
const maxLogged = 20

func logVerdicts(page *report.Verification, out *report.Reporter) {
	logged := 0
	for _, v := range page.Verdicts {
		if v.Effect == verdict.Fail && logged < maxLogged {
			logged++
			out.Log(message(v, imageids.Place{}))
		}
	}
	out.Log(fmt.Sprintf("images checked: %d, refused: %d, with a warning: %d",
		len(page.Verdicts), page.Count(verdict.Fail), page.Count(verdict.Warn)))
}

// at is the place of an annotation: the line of a file. A plan has none that anybody would look at.
func at(place imageids.Place) report.Place {
	if place.Line == 0 {
		return report.Place{}
	}
	return report.Place{File: place.File, Line: place.Line}
}

func title(kind verdict.Kind) string {
	switch kind {
	case verdict.Revoked:
		return string(problem.ImageRevoked)
	case verdict.RevocationScheduled:
		return string(problem.RevocationScheduled)
	case verdict.Outdated:
		return "Image outdated"
	case verdict.Untracked:
		return "Image untracked"
	default:
		return string(problem.IterationNotUsable)
	}
}

// message names the resource, where a plan names the image, and what replaces the image.
func message(v verdict.Verdict, place imageids.Place) string {
	text := v.Reason + "."
	if place.Address != "" {
		text = problem.Clean(place.Address) + ": " + text
	}
	if v.Replacement != "" {
		text += " Replace it with " + problem.Quote(v.Replacement) + "."
	}
	return text
}
