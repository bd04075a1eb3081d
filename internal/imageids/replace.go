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
// registry says, and this one may be written into a file. A Google image's path is in the new id,
// or in the label self_link.
func (r Replacement) For(written string) (string, bool) {
	from, with := parse(written), located(parse(r.With), r.Labels)
	if from.floating || with.floating || from.key == with.key || r.With == "" || r.With == written {
		return "", false
	}
	switch {
	case isBare(from, written) && isBare(with, r.With):
		return r.With, true
	case isBare(from, written):
		return with.name, from.cloud == google && with.cloud == google
	case from.cloud != with.cloud, from.cloud == google && with.project == "":
		return "", false
	case from.mayFloat:
		return with.project + "/" + with.name, true
	case from.project != "":
		return from.prefix + with.project + "/" + GooglePath("", with.name, false), true
	case from.cloud == google:
		return GooglePath("", with.name, false), true
	}
	ids := within(r.With)
	return r.With, len(ids) == 1 && ids[0] == r.With
}

// isBare is whether an id is a name alone, or a text of no cloud's form.
func isBare(r reference, written string) bool {
	return r.cloud == noCloud || r.cloud == google && r.name == written
}
