package imageids

import (
	"context"
	"errors"
	"strings"

	"hcp-packer-iteration/internal/problem"
)

// Place is where an image is named: a line of a file, or a resource of a plan or state.
type Place struct {
	File    string `json:"file"`    // relative to the workspace
	Line    int    `json:"line"`    // from 1; 0 in a plan or state
	Address string `json:"address"` // of the resource, in a plan or state
}

// Image is a distinct image with all its places.
type Image struct {
	// ID is its id as it was first written. An offer of Azure's marketplace, which a plan names in
	// several attributes, is PUBLISHER:OFFER:SKU:VERSION.
	ID string
	// Floating is whether it stands for whatever is newest. It is never looked up.
	Floating bool
	// MayFloat is whether, where the registry does not know it, it may be a Google image family, which
	// Terraform takes in the form of an image as well.
	MayFloat bool
	// Sensitive is whether Terraform calls the id sensitive anywhere.
	Sensitive bool
	// Listed is whether the list names it, which is no place.
	Listed bool
	Places []Place
}

// Found is what a change names, in the order found: list, plans, states, files.
type Found struct {
	Images []Image
	// Unknown are the attributes of a plan that hold an image whose id is not known before apply.
	Unknown []Place
	// Warnings are sentences that are safe to show, on what was named and not searched.
	Warnings []string
}

// Sources are where to look. Plans, States and Files are paths or globs, one each; one that begins
// with "!" takes its matches, and what is in the folders that it matches, out again (a file whose name
// begins so is ./!NAME).
type Sources struct {
	IDs, Plans, States, Files []string
	// Scope is which resources of a plan count.
	Scope Scope
	// IfNoFiles is how to treat a path or glob that matches no file, or inputs that name nothing at
	// all. Its zero value is [MissingError].
	IfNoFiles Missing
}

// Scope is which resources of a plan count.
type Scope string

const (
	// ScopeChanged are the resources that the plan creates, replaces or updates in place.
	ScopeChanged Scope = "changed"
	// ScopeAll are the resources that will exist after it.
	ScopeAll Scope = "all"
)

// Scopes are the values of the input plan-scope.
func Scopes() []Scope { return []Scope{ScopeChanged, ScopeAll} }

// Missing is a value of the input if-no-files-found.
type Missing string

// The values, as the action actions/upload-artifact has them.
const (
	MissingError  Missing = "error"
	MissingWarn   Missing = "warn"
	MissingIgnore Missing = "ignore"
)

// MissingValues are the valid values of the input if-no-files-found, the default first.
func MissingValues() []Missing {
	return []Missing{MissingError, MissingWarn, MissingIgnore}
}

// Find looks into all sources. Files are read within the workspace only. An error is a problem to
// show.
func Find(ctx context.Context, workspace string, s Sources) (*Found, error) {
	f := &finder{scope: s.Scope, missing: s.IfNoFiles, index: map[string]int{}}
	err := f.find(ctx, workspace, s)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return nil, problem.New(problem.Cancelled, "The step was cancelled before it had found the image ids. Run the job again.")
	case ctx.Err() != nil:
		return nil, problem.New(problem.InvalidInput, "The plans, states and files could not be searched for image ids in time. Name fewer or smaller ones, or raise the input timeout.")
	case err != nil:
		return nil, err
	}
	return &f.found, nil
}

func (f *finder) find(ctx context.Context, workspace string, s Sources) error {
	for _, id := range s.IDs {
		if id = strings.TrimSpace(id); id == "" {
			continue
		}
		if err := f.note(mention{id: id}); err != nil {
			return err
		}
	}
	if !names(s.Plans) && !names(s.States) && !names(s.Files) {
		if len(f.found.Images) > 0 {
			return nil
		}
		return f.miss("None of the inputs image-ids, plan, state and files names anything to check.", "Set one of them")
	}
	w, err := openWorkspace(ctx, workspace)
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.each("plan", s.Plans, f.miss, f.plan); err != nil {
		return err
	}
	if err := w.each("state", s.States, f.miss, f.state); err != nil {
		return err
	}
	return w.each("files", s.Files, f.miss, f.text)
}

// names is whether patterns name anything, and not only take out.
func names(patterns []string) bool {
	for _, pattern := range patterns {
		if !strings.HasPrefix(pattern, "!") {
			return true
		}
	}
	return false
}
