package imageids

import "strings"

// parseGoogle reads an image or image family of Google's, in one of the forms in which Terraform
// takes it.
//
// https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/compute_instance#image-1
func parseGoogle(written string) (reference, bool) {
	c := cursor{text: []byte(written)}
	if r, ok := c.google(); ok && c.atEnd() {
		return r, true
	}
	r := reference{cloud: google}
	parts := strings.Split(written, "/")
	r.name = parts[len(parts)-1]
	hasProject := true
	switch {
	case len(parts) == 1:
		hasProject = false
	case len(parts) == 2 && parts[0] == "family":
		hasProject, r.floating = false, true
	case len(parts) == 2:
		r.project, r.mayFloat = parts[0], true
	case len(parts) == 3 && parts[1] == "family":
		r.project, r.floating = parts[0], true
	case len(parts) == 6 && parts[0] == "projects" && parts[2] == "zones" && parts[4] == "imageFamilyViews":
		r.project, r.floating = parts[1], true
	default:
		return reference{}, false
	}
	if !isGoogleName(r.name) || hasProject && !isGoogleProject(r.project) {
		return reference{}, false
	}
	r.key = GooglePath(r.project, r.name, r.floating)
	return r, true
}

// GooglePath is an image's or family's path, as short as it is whole.
func GooglePath(project, name string, isFamily bool) string {
	path := "global/images/" + name
	if isFamily {
		path = "global/images/family/" + name
	}
	if project != "" {
		path = "projects/" + project + "/" + path
	}
	return path
}

// google looks for the path of an image or an image family, with its project or without, perhaps behind the
// address of Google's API.
//
// https://docs.cloud.google.com/compute/docs/reference/rest/v1#service-endpoint
func (c *cursor) google() (r reference, ok bool) {
	r.cloud = google
	start := c.at
	if c.fold("https://") || c.fold("http://") {
		if !c.googleHost() || !c.word("projects/") {
			return r, false
		}
		r.prefix = string(c.text[start:c.at])
	} else if c.word("projects/") {
		r.prefix = "projects/"
	}
	if r.prefix != "" || !c.startsWith("global/images/") {
		r.project = string(c.run(isProjectByte))
		if !isGoogleProject(r.project) || !c.word("/") {
			return r, false
		}
	}
	if !c.word("global/images/") {
		return r, false
	}
	r.floating = c.word("family/")
	if r.name = string(c.run(isGoogleNameByte)); !isGoogleName(r.name) {
		return r, false
	}
	r.key = GooglePath(r.project, r.name, r.floating)
	return r, !isWord(c.next()) && !c.goesOn()
}

// isGoogle is google for whoever needs no more than its end.
func (c *cursor) isGoogle() bool {
	_, ok := c.google()
	return ok
}

// googleHost looks for a host of Compute Engine's API and the version behind it.
func (c *cursor) googleHost() bool {
	for _, host := range []string{"compute", "www", "content"} {
		for _, version := range []string{"v1", "beta"} {
			if c.fold(host + ".googleapis.com/compute/" + version + "/") {
				return true
			}
		}
	}
	return false
}

// isGoogleName is whether a name may be an image's or a family's: at most 63 lower-case letters, digits and
// hyphens, of which it begins with a letter and does not end with a hyphen. A UUID is that of another cloud.
//
// https://docs.cloud.google.com/compute/docs/reference/rest/v1/images
func isGoogleName(name string) bool {
	return name != "" && len(name) <= 63 && isLower(name[0]) && name[len(name)-1] != '-' && isAll(name, isGoogleNameByte) && !isUUID(name)
}

// isGoogleProject is whether a name may be a project's id or number. The id of a project that belongs
// to a domain has that before it, as in example.com:acme.
//
// https://docs.cloud.google.com/resource-manager/docs/creating-managing-projects
func isGoogleProject(project string) bool {
	domain, name, has := strings.Cut(project, ":")
	if !has {
		domain, name = "", project
	}
	switch name {
	case "", "projects", "global", "images", "family", "zones":
		return false
	}
	return has == strings.Contains(domain, ".") && isAll(name, isGoogleNameByte) && isAll(domain, isDomainByte) && !strings.HasPrefix(name, "-") && !strings.HasSuffix(name, "-")
}

// isOtherProject is whether two projects are known to differ. One may be told by its id and the other by its
// number, which nobody can compare.
func isOtherProject(a, b string) bool {
	return a != "" && b != "" && a != b && isAll(a, isDigit) == isAll(b, isDigit)
}
