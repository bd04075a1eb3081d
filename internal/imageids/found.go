package imageids

import (
	"hcp-packer-iteration/internal/problem"
)

const (
	// maxImages is how many distinct images a step looks up at most.
	maxImages = 10_000
	// MaxPlaces is how many places of an image are kept of a file. Nobody reads more, and a hostile
	// file holds millions.
	MaxPlaces = 1000
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

// Found gathers what a change names, in the order found.
type Found struct {
	Images []Image
	// Unknown are the attributes of a plan that hold an image whose id is not known before apply.
	Unknown []Place
	// Warnings are sentences that are safe to show, on what was named and not searched.
	Warnings []string

	index map[string]int // of an image in Images, by its key
}

// Mention is an id as one place names it.
type Mention struct {
	ID    string
	Place Place // none where the list names it
	// Sensitive is whether Terraform calls it so.
	Sensitive bool
	// Floating is whether it stands for whatever is newest, which the id alone does not tell.
	Floating bool
	// OfGoogle is whether a resource of Google's names it. A name alone may be a family's there.
	OfGoogle bool
}

// Add notes what names an id. An error is a problem to show.
func (f *Found) Add(m Mention) error {
	r := parse(m.ID)
	i, known := f.index[r.key]
	if !known {
		if f.index == nil {
			f.index = map[string]int{}
		}
		if i = len(f.Images); i == maxImages {
			return problem.New(problem.InvalidInput, "The inputs image-ids, plan, state and files name more than %d distinct images, the most that one step looks up. "+
				"Name fewer in them, or divide them among several steps.", maxImages)
		}
		f.index[r.key] = i
		f.Images = append(f.Images, Image{ID: m.ID})
	}
	image := &f.Images[i]
	image.Floating = image.Floating || r.floating || m.Floating
	image.MayFloat = image.MayFloat || r.mayFloat || m.OfGoogle && m.ID == r.name
	image.Sensitive = image.Sensitive || m.Sensitive
	if m.Place == (Place{}) {
		image.Listed = true
	} else {
		image.Places = appendNew(image.Places, m.Place)
	}
	return nil
}

// AddUnknown notes a place whose id is not known.
func (f *Found) AddUnknown(place Place) {
	f.Unknown = appendNew(f.Unknown, place)
}

// Warn notes a sentence for whoever named what was not searched.
func (f *Found) Warn(sentence string) {
	f.Warnings = append(f.Warnings, sentence)
}

// appendNew appends a place, unless it is the last one already: a place that names an image twice is
// one place. The sources are read in order, so that the same place comes twice only in a row, and the
// places of a file come together.
func appendNew(places []Place, place Place) []Place {
	n := len(places)
	if n > 0 && places[n-1] == place || n >= MaxPlaces && places[n-MaxPlaces].File == place.File {
		return places
	}
	return append(places, place)
}
