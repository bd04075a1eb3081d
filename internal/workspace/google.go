package workspace

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// googleValues finds the images PROJECT/NAME that are the value of an image in Terraform's and Terragrunt's files. In
// a resource that is not Google's it is the image of a container.
type googleValues struct {
	isTerraform bool
	isOther     bool // whether this is such a resource
}

var (
	googleValue = regexp.MustCompile(`(?:^|[ \t\r\n\f\v{(,])(?:source_)?image\s*[=:]\s*"` +
		`((?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]/[a-z](?:[a-z0-9-]*[a-z0-9])?)"`)
	resource = regexp.MustCompile(`^(?:resource|data)\s+"(\w+)"`)
)

func newGoogleValues(name string) googleValues {
	is := func(ending string) bool { return strings.HasSuffix(name, ending) }
	terraform := slices.ContainsFunc([]string{".tf", ".tofu", ".tfvars", ".hcl"}, is)
	return googleValues{isTerraform: terraform && !slices.ContainsFunc([]string{".pkr.hcl", ".nomad.hcl", "docker-bake.hcl"}, is)}
}

// find is from where to where in a line there is one, or nil.
func (v *googleValues) find(text []byte) []int {
	if !v.isTerraform || len(text) == 0 {
		return nil
	}
	if text[0] >= 'a' && text[0] <= 'z' { // a block begins
		match := resource.FindSubmatch(text)
		v.isOther = match != nil && !bytes.Contains(match[1], []byte("google"))
	}
	if v.isOther || !bytes.Contains(text, []byte("image")) {
		return nil
	}
	if at := googleValue.FindSubmatchIndex(text); at != nil {
		return at[2:]
	}
	return nil
}
