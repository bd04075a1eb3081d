package imageids

import (
	"slices"

	"hcp-packer-iteration/internal/problem"
)

const (
	// maxSpellings is how many distinct images, each in each of its spellings, a step looks up at most.
	maxSpellings = 10_000
	// maxPlaces is how many places a step keeps, not counting the first one of each image. Nobody reads more, and a
	// hostile file holds millions.
	maxPlaces = 10_000
)

// Place is where an image is named: a line of a file, or a resource of a plan or state.
type Place struct {
	File    string `json:"file"`    // relative to the workspace
	Line    int    `json:"line"`    // from 1; 0 in a plan or state
	Address string `json:"address"` // of the resource, in a plan or state
}

// Image is a distinct image with the places that name it.
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
	// Places are the first ones, and More is how many there are beyond these.
	Places []Place
	More   int
	// Spellings are the other ways in which it is written, where these may be what the registry knows: an Azure
	// id in any case, and a value that has the id in it.
	Spellings []string

	last Place
}

// Found gathers what a change names, in the order found.
type Found struct {
	Images []Image
	// Unknown are the attributes of a plan that hold an image whose id is not known before apply.
	Unknown []Place
	// Warnings are sentences that are safe to show, on what was named and not searched.
	Warnings []string
	// Files are the text files that name an image.
	Files []string

	index         map[string]int // of an image in Images, by its key
	spelled, kept int            // spellings in all, and places that are kept after the first ones
}

// Mention is an id as one place names it.
type Mention struct {
	ID    string
	Place Place // none where the list names it
	// Sensitive is whether Terraform calls it so.
	Sensitive bool
	// OfGoogle is whether a resource of Google's names it. A name alone may be a family's there.
	OfGoogle bool
}

// AddValue notes a value that is to be an image's id: the list's, or that of an attribute. One that has ids in it,
// as us-east-1:ami-0123456789abcdef0 and the URL of an API have, stands for these. An error is a problem to show.
func (f *Found) AddValue(m Mention) error {
	value := trimValue(m.ID)
	ids := within(value)
	if len(ids) == 0 && value != "" {
		ids = []string{value}
	}
	for _, id := range ids {
		m.ID = id
		if err := f.add(m, value); err != nil {
			return err
		}
	}
	return nil
}

// Add notes an id that is found in a text. An error is a problem to show.
func (f *Found) Add(m Mention) error { return f.add(m, m.ID) }

func (f *Found) add(m Mention, value string) error {
	if i, known := f.index[m.ID]; known && value == m.ID { // most ids are their own keys, and parsing each takes time
		f.addPlace(&f.Images[i], m)
		return nil
	}
	r := parse(m.ID)
	i, known := f.index[r.key]
	if !known {
		if f.index == nil {
			f.index = map[string]int{}
		}
		i = len(f.Images)
		f.index[r.key] = i
		f.Images = append(f.Images, Image{ID: m.ID})
		f.spelled++
	}
	image := &f.Images[i]
	for _, spelling := range []string{m.ID, value} {
		isSpelling := r.cloud == azure || spelling != m.ID
		if isSpelling && spelling != image.ID && !slices.Contains(image.Spellings, spelling) {
			image.Spellings = append(image.Spellings, spelling)
			f.spelled++
		}
	}
	if f.spelled > maxSpellings {
		return problem.New(problem.InvalidInput, "The inputs image-ids, plan, state and files name more than %d distinct images, the most that one step looks up. "+
			"Name fewer in them, or divide them among several steps.", maxSpellings)
	}
	image.Floating = image.Floating || r.floating
	image.MayFloat = image.MayFloat || r.mayFloat || m.OfGoogle && m.ID == r.name
	f.addPlace(image, m)
	return nil
}

// addPlace notes a place. One that names an image twice is one place: the sources are read in order, so that the same
// place comes twice only in a row.
func (f *Found) addPlace(image *Image, m Mention) {
	image.Sensitive = image.Sensitive || m.Sensitive
	switch {
	case m.Place == Place{}:
		image.Listed = true
		return
	case m.Place == image.last:
		return
	case len(image.Places) == 0:
		image.Places = append(image.Places, m.Place)
	case f.kept < maxPlaces:
		image.Places = append(image.Places, m.Place)
		f.kept++
	default:
		image.More++
	}
	image.last = m.Place
	if n := len(f.Files); m.Place.Line > 0 && (n == 0 || f.Files[n-1] != m.Place.File) {
		f.Files = append(f.Files, m.Place.File)
	}
}

// AddUnknown notes a place whose id is not known, unless there are very many.
func (f *Found) AddUnknown(place Place) {
	if n := len(f.Unknown); n == 0 || n < maxPlaces && f.Unknown[n-1] != place {
		f.Unknown = append(f.Unknown, place)
	}
}

// Warn notes a sentence for whoever named what was not searched.
func (f *Found) Warn(sentence string) {
	f.Warnings = append(f.Warnings, sentence)
}
