package imageids

import (
	"hcp-packer-iteration/internal/problem"
)

const (
	// maxImages is how many distinct images a step looks up at most.
	maxImages = 10_000
	// maxPlaces is how many places of an image are kept of a file. Nobody reads more, and a hostile
	// file holds millions.
	maxPlaces = 1000
)

// finder gathers what is found.
type finder struct {
	scope   Scope
	missing Missing
	found   Found
	index   map[string]int // of an image in found.Images, by its key
}

// mention is an id as one place names it.
type mention struct {
	id    string
	place Place // none where the list names it
	// sensitive is whether Terraform calls it so.
	sensitive bool
	// floating is whether it stands for whatever is newest, which the id alone does not tell.
	floating bool
	// ofGoogle is whether a resource of Google's names it. A name alone may be a family's there.
	ofGoogle bool
}

// note notes what names an id.
func (f *finder) note(m mention) error {
	r := parse(m.id)
	i, known := f.index[r.key]
	if !known {
		if i = len(f.found.Images); i == maxImages {
			return problem.New(problem.InvalidInput, "The inputs image-ids, plan, state and files name more than %d distinct images, the most that one step looks up. "+
				"Name fewer in them, or divide them among several steps.", maxImages)
		}
		f.index[r.key] = i
		f.found.Images = append(f.found.Images, Image{ID: m.id})
	}
	image := &f.found.Images[i]
	image.Floating = image.Floating || r.floating || m.floating
	image.MayFloat = image.MayFloat || r.mayFloat || m.ofGoogle && m.id == r.name
	image.Sensitive = image.Sensitive || m.sensitive
	if m.place == (Place{}) {
		image.Listed = true
	} else {
		image.Places = appendNew(image.Places, m.place)
	}
	return nil
}

// unknown notes a place whose id is not known.
func (f *finder) unknown(place Place) {
	f.found.Unknown = appendNew(f.found.Unknown, place)
}

// warn notes a sentence for whoever named what was not searched.
func (f *finder) warn(sentence string) {
	f.found.Warnings = append(f.found.Warnings, sentence)
}

// miss notes that nothing was there where something was named. The remedy begins a sentence that has
// more of them.
func (f *finder) miss(what, remedy string) error {
	switch f.missing {
	case MissingIgnore:
		return nil
	case MissingWarn:
		f.warn(what)
		return nil
	}
	return problem.New(problem.InvalidInput, "%s %s, or set if-no-files-found to warn or ignore.", what, remedy)
}

// appendNew appends a place, unless it is the last one already: a place that names an image twice is
// one place. The sources are read in order, so that the same place comes twice only in a row, and the
// places of a file come together.
func appendNew(places []Place, place Place) []Place {
	n := len(places)
	if n > 0 && places[n-1] == place || n >= maxPlaces && places[n-maxPlaces].File == place.File {
		return places
	}
	return append(places, place)
}
