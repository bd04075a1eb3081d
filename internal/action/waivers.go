package action

import (
	"context"
	"slices"

	"hcp-packer-iteration/internal/inputs"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/verdict"
	"hcp-packer-iteration/internal/workspace"
)

// allWaivers are those of the input and of the file.
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
