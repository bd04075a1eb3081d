package imageids

import (
	"regexp"
	"slices"
	"strings"
)

// parseGoogle reads an image or image family of Google's, in one of the forms in which Terraform
// takes it.
//
// https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/compute_instance#image-1
func parseGoogle(written string) (reference, bool) {
	if groups := googleImage.FindSubmatch([]byte(written)); groups != nil && len(groups[0]) == len(written) {
		return newGoogle(groups)
	}
	groups := shortGoogle.FindSubmatch(familyView.ReplaceAll([]byte(written), []byte("$1/family/$2")))
	if groups == nil {
		return reference{}, false
	}
	r, ok := newGoogle(groups)
	r.mayFloat = r.project != "" && !r.floating
	return r, ok
}

var (
	// shortGoogle has the groups of [googleImage], of which one is always empty.
	shortGoogle = regexp.MustCompile(`^(()(?:([^/]+)/)??(family/)?([^/]+))$`)
	familyView  = regexp.MustCompile(`^projects/([^/]*)/zones/[^/]*/imageFamilyViews/([^/]*)$`)
)

// GooglePath is an image's or family's path, as short as it is whole.
func GooglePath(project, name string, isFamily bool) string {
	if isFamily {
		name = "family/" + name
	}
	path := "global/images/" + name
	if project != "" {
		path = "projects/" + project + "/" + path
	}
	return path
}

// newGoogle is the image or the image family that matches [googleImage], if its names are valid.
func newGoogle(groups [][]byte) (reference, bool) {
	r := reference{
		cloud: google, floating: len(groups[4]) > 0,
		prefix: string(groups[2]), project: string(groups[3]), name: string(groups[5]),
	}
	r.key = GooglePath(r.project, r.name, r.floating)
	isName := googleName.MatchString(r.name) && !uuid.MatchString(r.name)
	return r, isName && (r.project == "" || isGoogleProject(r.project))
}

var (
	// An image's or a family's name has at most 63 lower-case letters, digits and hyphens, of which it begins with a
	// letter and does not end with a hyphen. A UUID is that of another cloud.
	// https://docs.cloud.google.com/compute/docs/reference/rest/v1/images
	googleName = regexp.MustCompile(`^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$`)
	uuid       = regexp.MustCompile(`^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$`)
)

// isGoogleProject is whether a name may be a project's id or number. The id of a project that belongs
// to a domain has that before it, as in example.com:acme.
//
// https://docs.cloud.google.com/resource-manager/docs/creating-managing-projects
func isGoogleProject(project string) bool {
	match := googleProject.FindStringSubmatch(project)
	return match != nil && !slices.Contains([]string{"projects", "global", "images", "family", "zones"}, match[1])
}

var googleProject = regexp.MustCompile(`^(?:[a-z0-9-]*\.[a-z0-9.-]*:)?([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)$`)

// isOtherProject is whether two projects are known to differ. One may be told by its id and the other by its
// number, which nobody can compare.
func isOtherProject(a, b string) bool {
	isNumber := func(project string) bool { return strings.Trim(project, "0123456789") == "" }
	return a != "" && b != "" && a != b && isNumber(a) == isNumber(b)
}
