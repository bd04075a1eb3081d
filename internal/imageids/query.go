package imageids

import (
	"slices"
	"strings"
)

// selfLink is the label of a build that has a Google image's path: Packer's plugin registers the
// image by its name.
const selfLink = "self_link"

// Query is a search of the registry for an image.
type Query struct {
	// Identifier is the external id to search for.
	Identifier string
	// Fallback is whether to search only where nothing is known by now.
	Fallback bool

	image reference
}

// Queries are the searches to make for an image, in this order; none for a floating reference.
//
// A Google image is searched for by its path and by its name, for the registry has either; an Azure image in
// every spelling, and while none is known in Azure's own, with names as written and in lower case, and in lower case
// as a whole. Any other image is searched for by its
// id, then as its values have it, and a text of no cloud's form by what follows its last slash or colon.
func (i Image) Queries() []Query {
	image := parse(i.ID)
	if i.Floating || image.floating {
		return nil
	}
	var list []Query
	add := func(fallback bool, identifiers ...string) {
		for _, id := range identifiers {
			known := func(q Query) bool { return q.Identifier == id }
			if id != "" && !slices.ContainsFunc(list, known) {
				list = append(list, Query{id, fallback, image})
			}
		}
	}
	switch {
	case image.cloud == azure:
		var own, values []string
		for _, spelling := range append([]string{i.ID}, i.Spellings...) {
			if parse(spelling).cloud != azure {
				values = append(values, spelling)
				continue
			}
			add(false, strings.TrimRight(spelling, "/"))
			own = append(own, asAzureWrites(spelling))
		}
		add(true, own...)
		add(true, asAzureWrites(image.key), image.key) // the key is in lower case
		add(true, values...)
	case image.cloud == google && image.project != "":
		add(false, image.key, image.name)
	case image.cloud == google:
		add(false, image.name)
	default:
		add(false, i.ID)
		add(true, i.Spellings...)
	}
	if image.cloud == noCloud && !isOffer(i.ID) {
		// Some registries have a part of what is written, as of nyc3:123 and fr-par-1/11111111-1111-1111-1111-111111111111.
		add(true, i.ID[strings.LastIndexAny(i.ID, "/:")+1:])
	}
	return list
}

// Accepts is whether an artifact that the registry has under an external id is the image that was searched for,
// and not one of another id, or of the same name in another project of Google's. The labels are those of the
// artifact's build. What nobody can tell apart is accepted: a name without a project, or a project's number
// beside an id.
func (q Query) Accepts(externalID string, labels map[string]string) bool {
	found := parse(externalID)
	if q.image.cloud != google {
		return found.key == parse(q.Identifier).key
	}
	if found.project == "" {
		found = located(found, labels)
	}
	return found.cloud == google && !found.floating && found.name == q.image.name && !isOtherProject(found.project, q.image.project)
}

// located is a Google image, of which the registry has the name, at the path that its build's labels
// give. It stays as it is where they give none, or the path of another image.
func located(image reference, labels map[string]string) reference {
	if at := parse(labels[selfLink]); image.cloud == google && at.cloud == google && at.name == image.name && !at.floating {
		return at
	}
	return image
}
