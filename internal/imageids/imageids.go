// Package imageids finds the image ids that a change names: in a list, in Terraform plans, in files.
package imageids

import (
	"context"
	"errors"
	"strings"

	"hcp-packer-iteration/internal/problem"
)

// maxImages is how many distinct ids a step looks up at most.
const maxImages = 10_000

// Place is where an id is named: a line of a file, or a resource of a plan.
type Place struct {
	File    string `json:"file"`    // relative to the workspace; of a plan as well
	Line    int    `json:"line"`    // from 1; 0 in a plan
	Address string `json:"address"` // of the resource, in a plan
}

// Image is a distinct id with all its places, none where only the list names it.
type Image struct {
	ID string
	// Sensitive is whether Terraform calls the id sensitive anywhere.
	Sensitive bool
	Places    []Place
}

// Found is what a change names, in the order found: list, plans, files.
type Found struct {
	Images []Image
	// Unknown are the attributes of a plan that hold an image whose id is not known before apply.
	Unknown []Place
}

// Sources are where to look. Plans and Files are paths or globs, one each.
type Sources struct {
	IDs, Plans, Files []string
	// Scope is which resources of a plan count.
	Scope Scope
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

// Find looks into all sources. Files are read within the workspace only. An error is a problem to
// show.
func Find(ctx context.Context, workspace string, s Sources) (*Found, error) {
	f := &finder{scope: s.Scope, index: map[string]int{}}
	err := f.find(ctx, workspace, s)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return nil, problem.New(problem.Cancelled, "The step was told to stop before it had found the image ids. Run the job again.")
	case ctx.Err() != nil:
		return nil, problem.New(problem.InvalidInput, "The plans and files could not be searched for image ids in time. Name fewer or smaller ones, or raise the input timeout.")
	case err != nil:
		return nil, err
	}
	return &f.found, nil
}

// finder gathers what is found.
type finder struct {
	scope Scope
	found Found
	index map[string]int // of an id in found.Images
}

func (f *finder) find(ctx context.Context, workspace string, s Sources) error {
	for _, id := range s.IDs {
		if err := f.listed(id); err != nil {
			return err
		}
	}
	if len(s.Plans) == 0 && len(s.Files) == 0 {
		return nil
	}
	w, err := openWorkspace(ctx, workspace)
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.each("plan", s.Plans, f.plan); err != nil {
		return err
	}
	return w.each("files", s.Files, f.text)
}

// listed notes an id of the list.
func (f *finder) listed(id string) error {
	if id = strings.TrimSpace(id); id == "" {
		return nil
	}
	_, err := f.image(id)
	return err
}

// image is the image of an id, a new one where no source named it so far.
func (f *finder) image(id string) (*Image, error) {
	i, known := f.index[id]
	if !known {
		if i = len(f.found.Images); i == maxImages {
			return nil, problem.New(problem.InvalidInput, "The inputs image-ids, plan and files name more than %d distinct images, which is as many as one step looks up. "+
				"Name fewer in them, or divide them among several steps.", maxImages)
		}
		f.index[id] = i
		f.found.Images = append(f.found.Images, Image{ID: id})
	}
	return &f.found.Images[i], nil
}

// named notes a place that names an id. A place that names it twice is one place.
func (f *finder) named(id string, place Place, sensitive bool) error {
	image, err := f.image(id)
	if err != nil {
		return err
	}
	image.Sensitive = image.Sensitive || sensitive
	image.Places = appendNew(image.Places, place)
	return nil
}

// unknown notes a place whose id is not known.
func (f *finder) unknown(place Place) {
	f.found.Unknown = appendNew(f.found.Unknown, place)
}

// maxPlaces is how many places of an id are kept. Nobody reads more, and a hostile file holds millions.
const maxPlaces = 1000

// appendNew appends a place, unless it is the last one already. The sources are read in order, so
// that the same place comes twice only in a row.
func appendNew(places []Place, place Place) []Place {
	if n := len(places); n == maxPlaces || n > 0 && places[n-1] == place {
		return places
	}
	return append(places, place)
}
