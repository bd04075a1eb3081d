package action

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

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
	t := task{Common: in.Common, page: &pages.Verification{}, work: func(ctx context.Context, s *step) (pages.Page, error) {
		page := &pages.Verification{}
		return page, checkImages(ctx, s, in, page)
	}}
	if in.SARIFFile != "" {
		t.clear = func(s *step, failure *problem.Problem) error {
			if failure != nil && !pages.FailsItself(failure) {
				return nil
			}
			return workspace.RemoveOutput(s.workspace(), "sarif-file", in.SARIFFile)
		}
	}
	return t, err
}

func checkImages(ctx context.Context, s *step, in inputs.Verify, page *pages.Verification) error {
	waivers, err := allWaivers(ctx, s, in.Waivers, inputs.ParseWaivers)
	if err != nil {
		return err
	}
	if in.Waivers.File != "" { // what it names is not in use
		in.Sources.Files = append(in.Sources.Files, "!"+literal.Replace(in.Waivers.File))
	}
	found, err := workspace.Find(ctx, s.workspace(), in.Sources)
	if err != nil {
		return err
	}
	page.Unknown, page.Warnings = verdict.Unknown{Places: found.Unknown, Effect: in.Policy.Unknown}, found.Warnings
	if len(found.Images) > 0 {
		if err := lookUp(ctx, s, in.Policy, found.Images, page); err != nil {
			return err
		}
	}
	page.Over, page.Unneeded = verdict.Waive(page.Verdicts, waivers, s.Now())
	if in.Fix {
		if err := fix(ctx, s, found.Files, page); err != nil {
			return err
		}
	}
	if in.SARIFFile != "" {
		if err := writeSARIF(ctx, s, in.SARIFFile, found.Files, page); err != nil {
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

func allWaivers(ctx context.Context, s *step, in inputs.Waivers, parse func(string) ([]verdict.Waiver, error)) ([]verdict.Waiver, error) {
	if in.File == "" {
		return in.Given, nil
	}
	text, err := workspace.ReadText(ctx, s.workspace(), "waivers-file", in.File)
	if err != nil {
		return nil, err
	}
	more, err := parse(text)
	if err != nil {
		return nil, problem.New(problem.InvalidInput, "The input waivers-file: %s %s. Correct them.", problem.Quote(in.File), err)
	}
	return slices.Concat(in.Given, more), nil
}

// literal makes a glob of a path.
var literal = strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "{", `\{`)

func lookUp(ctx context.Context, s *step, policy verdict.Policy, images []imageids.Image, page *pages.Verification) error {
	session, err := s.login(ctx)
	if err != nil {
		return err
	}
	o := &origins{
		checker: checker{s, session, policy.Gate}, policy: policy, sensitive: verdict.SensitiveOf(images),
		searches: map[string]answer[[]registry.Match]{}, versions: map[registry.Query]answer[gate.Decision]{}, current: map[string]verdict.Current{},
	}
	if err := o.read(ctx, images); err != nil {
		return err
	}
	if !slices.ContainsFunc(images, func(i imageids.Image) bool { return o.searches[imageKey(i)].problem == nil }) {
		return o.searches[imageKey(images[0])].problem
	}
	for _, image := range images {
		page.Verdicts = append(page.Verdicts, o.verdictOn(image, policy))
	}
	page.NoneKnown = noneKnown(session, page.Verdicts)
	return o.checkReplacements(ctx, page.Verdicts)
}

// noneKnown says where the ids were looked up, if none of them is known there: a principal of another project sees
// another registry.
func noneKnown(session *hcp.Session, verdicts []verdict.Verdict) string {
	lookedUp := 0
	for _, v := range verdicts {
		if v.Match != nil {
			return ""
		}
		if !v.Image.Floating && v.Problem == nil {
			lookedUp++
		}
	}
	knows := fmt.Sprintf("knows none of the %d image ids that were", lookedUp)
	switch lookedUp {
	case 0:
		return ""
	case 1:
		knows = "does not know the image id that was"
	}
	return fmt.Sprintf("The registry of project %s in organization %s %s looked up. "+
		"If it should, check project-id: a service principal of another project sees another registry.", session.ProjectID, session.OrganizationID, knows)
}

// fix writes the replacements into the files. An image that is named nowhere else then counts as fixed, and is
// not refused.
func fix(ctx context.Context, s *step, files []string, page *pages.Verification) error {
	var replacements []imageids.Replacement
	var unwritten []string // the plans and states
	for _, v := range page.Verdicts {
		if v.Fix == nil || v.Kind == verdict.Waived || v.Effect == gate.Ignore {
			continue
		}
		replacements = append(replacements, *v.Fix)
		for _, place := range v.Image.Places {
			if place.Address != "" {
				unwritten = append(unwritten, place.File)
			}
		}
	}
	// The last tenth of the time is for finishing the file that is being written.
	end, _ := ctx.Deadline()
	ctx, cancel := context.WithDeadline(ctx, end.Add(-s.HCP.Timeout/10))
	defer cancel()
	s.sayOnFailure("Image ids in files may have been replaced: look at what has changed in the workspace.")
	var err error
	page.Fixed, err = workspace.Fix(ctx, s.workspace(), files, replacements)
	s.sayOnFailure("") // the page tells
	page.Fixed.Unwritten = slices.Compact(slices.Sorted(slices.Values(append(unwritten, page.Fixed.Unwritten...))))
	for i := range page.Verdicts {
		v := &page.Verdicts[i]
		if page.Fixed.Everywhere(v.Image) {
			v.Fixed, v.Effect = true, gate.Ignore
		}
	}
	return err
}

// writeSARIF writes where the files name images that are refused or a warning, as the files are now.
func writeSARIF(ctx context.Context, s *step, path string, files []string, page *pages.Verification) error {
	told := page.Told()
	images := make([]imageids.Image, len(told))
	for i, one := range told {
		images[i] = one.Image
	}
	marks, more, err := workspace.Locate(ctx, s.workspace(), files, images, pages.MaxResults)
	if err != nil {
		return err
	}
	return workspace.WriteOutput(ctx, s.workspace(), "sarif-file", path, func(out io.Writer) error {
		left, err := pages.WriteSARIF(out, told, marks, pages.MaxGzipped, s.out.Message)
		page.Unreported = more + left
		return err
	})
}

func imagesRefused(verdicts []verdict.Verdict) error {
	refused := slices.DeleteFunc(slices.Clone(verdicts), func(v verdict.Verdict) bool { return v.Effect != gate.Fail })
	if len(refused) == 0 {
		return nil
	}
	images, them := "images", "them"
	if len(verdicts) == 1 {
		images = "image"
	}
	if len(refused) == 1 {
		them = "it"
	}
	advice := fmt.Sprintf("Replace %s, or revert the change; the job summary and the output verdicts say why.", them)
	if !slices.ContainsFunc(refused, func(v verdict.Verdict) bool { return v.Problem == nil }) {
		advice = refused[0].Problem.Message // nothing is known to be wrong with the images
	}
	names := problem.ListOf(refused, func(v verdict.Verdict) string {
		return fmt.Sprintf("%s (%s)", problem.QuoteID(verdict.Name(v.Image)), v.Kind)
	})
	return problem.New(problem.ImagesRefused, "%d of %d %s refused: %s. %s", len(refused), len(verdicts), images, names, advice)
}
