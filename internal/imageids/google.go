package imageids

import (
	"slices"
	"strings"
)

// parseGoogle reads an image or image family of Google's, in one of the forms in which Terraform
// takes it.
//
// https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/compute_instance#image-1
func parseGoogle(written string) (reference, bool) {
	host, path := cutHost(written)
	r := reference{cloud: google, host: host}
	parts := strings.Split(path, "/")
	shape := strings.Join(shapeOf(parts), "/")
	if slices.Contains(parts, "") || host != "" && !strings.HasPrefix(shape, "projects/") {
		return r, false
	}
	r.name = parts[len(parts)-1]
	switch shape {
	case "projects/*/global/images/*":
		r.project = parts[1]
	case "projects/*/global/images/family/*", "projects/*/zones/*/imageFamilyViews/*":
		r.project, r.floating = parts[1], true
	case "global/images/family/*", "family/*":
		r.floating = true
	case "*/family/*":
		r.project, r.floating = parts[0], true
	case "*/*":
		r.project, r.mayFloat = parts[0], true
	case "global/images/*", "*":
	default:
		return r, false
	}
	r.key = GooglePath(r.project, r.name, r.floating)
	return r, isGoogleName(r.name) && (r.project == "" || isGoogleProject(r.project))
}

// shapeOf is a path with stars for what is not a word of Google's.
func shapeOf(parts []string) []string {
	shape := make([]string, len(parts))
	for i, part := range parts {
		shape[i] = "*"
		isLast := i == len(parts)-1
		switch part {
		case "projects", "global", "images", "family", "zones", "imageFamilyViews":
			if !isLast {
				shape[i] = part
			}
		}
	}
	return shape
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

// cutHost parts the URL of a resource of Compute Engine's, on any host of Google's, into
// https://HOST/compute/VERSION/ and the path behind it. What is no such URL is all path.
//
// https://docs.cloud.google.com/compute/docs/reference/rest/v1#service-endpoint
func cutHost(written string) (host, path string) {
	scheme, rest, _ := strings.Cut(written, "://")
	parts := strings.SplitN(rest, "/", 4)
	if len(parts) < 4 || !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "http") {
		return "", written
	}
	ofGoogle := strings.HasSuffix("."+strings.ToLower(parts[0]), ".googleapis.com")
	if !ofGoogle || parts[1] != "compute" || !isGoogleVersion(parts[2]) {
		return "", written
	}
	return strings.TrimSuffix(written, parts[3]), parts[3]
}

func isGoogleVersion(version string) bool {
	return version == "v1" || version == "beta" || version == "alpha"
}

// isGoogleName is whether a name may be an image's or a family's: lower-case letters, digits and
// hyphens, of which it neither begins nor ends with one.
//
// https://docs.cloud.google.com/compute/docs/reference/rest/v1/images
func isGoogleName(name string) bool {
	return name != "" && isLower(name[0]) && name[len(name)-1] != '-' && isAll(name, isGoogleNameByte)
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
	return name != "" && isAll(name, isGoogleNameByte) && isAll(domain, isDomainByte)
}
