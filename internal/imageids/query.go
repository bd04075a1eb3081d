package imageids

import "strings"

// selfLink is the label of a build that has a Google image's path: Packer's plugin registers the
// image by its name.
const selfLink = "self_link"

// Query is a search of the registry for an image.
type Query struct {
	// Identifier is the external id to search for.
	Identifier string

	image reference
}

// Queries are the searches to make for an image, in this order, until one finds it: at most two, and
// none for a floating reference.
//
// An Azure id is searched for as written, and in lower case; a Google image by its path, in whichever
// form that was written, and by its name.
func (i Image) Queries() []Query {
	image := parse(i.ID)
	switch {
	case i.Floating || image.floating:
		return nil
	case image.cloud == azure:
		return queries(image, i.ID, strings.ToLower(i.ID))
	case image.cloud == google && image.project != "":
		return queries(image, image.key, image.name)
	case image.cloud == google:
		return queries(image, image.name)
	}
	return queries(image, i.ID)
}

// queries are the searches for these identifiers, the same one only once in a row.
func queries(image reference, identifiers ...string) []Query {
	var list []Query
	for _, identifier := range identifiers {
		if n := len(list); n == 0 || list[n-1].Identifier != identifier {
			list = append(list, Query{identifier, image})
		}
	}
	return list
}

// Accepts is whether an artifact that the registry brings is the image that was searched for, and
// not one of another id, or of the same name in another project of Google's. The labels are those of
// the artifact's build.
func (q Query) Accepts(externalID string, labels map[string]string) bool {
	found := parse(externalID)
	if q.image.cloud != google {
		return found.key == q.image.key
	}
	if q.image.project == "" {
		return externalID == q.Identifier || found.cloud == google && !found.floating && found.name == q.image.name
	}
	if found.project == "" {
		found = located(found, labels)
	}
	return found.key == q.image.key
}

// located is a Google image, of which the registry has the name, at the path that its build's labels
// give. It stays as it is where they give none, or the path of another image.
func located(image reference, labels map[string]string) reference {
	if at := parse(labels[selfLink]); image.cloud == google && at.cloud == google && at.name == image.name && !at.floating {
		return at
	}
	return image
}
