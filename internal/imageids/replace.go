package imageids

// Replacement is an image and the one that takes its place.
type Replacement struct {
	Image Image
	// With is the new image's external id, and Labels are those of its build.
	With   string
	Labels map[string]string
}

// For is the id that takes the place of one of the image's, in the form in which that is written. It
// is there only where the new id has a form of the same cloud's: ids and labels are whatever the
// registry says, and this one is to be written into a file. A Google image's path is in the new id,
// or in the label self_link. A name or a text of no cloud's form makes way for the new id as it is.
func (r Replacement) For(written string) (string, bool) {
	from, with := parse(written), located(parse(r.With), r.Labels)
	switch {
	case from.floating || with.floating || from.key == with.key || r.With == "" || r.With == written:
		return "", false
	case from.cloud == noCloud || from.cloud == google && from.name == written:
		if with.cloud == google {
			return with.name, true
		}
		return r.With, true
	case from.cloud != with.cloud:
		return "", false
	case from.cloud == google:
		return googleForm(from, with)
	}
	return r.With, matchID([]byte(r.With), 0) == len(r.With)
}

// googleForm is the path of an image in the form in which that of another one is written.
func googleForm(from, with reference) (string, bool) {
	switch {
	case with.project == "":
		return "", false
	case from.mayFloat:
		return with.project + "/" + with.name, true
	case from.project != "":
		return from.host + with.key, true
	}
	return "global/images/" + with.name, true
}
