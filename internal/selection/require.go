package selection

import (
	"fmt"
	"slices"
	"strings"

	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
)

// Require checks that each of the selectors matches an image of a build of the iteration that is done.
// Otherwise it is a problem that lists what is missing, and what there is.
func Require(it *registry.Iteration, required []Selectors) error {
	images := done(it.Builds)
	var missing []string
	for _, want := range required {
		if !slices.ContainsFunc(images, want.keep) {
			missing = append(missing, problem.Quote(want.line()))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	there := "no images of finished builds"
	if len(images) > 0 {
		there = Selectors{}.list(images)
	}
	return problem.New(problem.ImagesMissing, "%s has no image for %s. It has %s. "+
		"Build the images that are missing, or correct require-images.", it.Subject(), problem.List(missing), there)
}

// line is the selectors as a line of the input require-images has them.
func (s Selectors) line() string {
	var pairs []string
	for _, one := range []struct{ key, value string }{
		{"cloud-provider", s.CloudProvider}, {"region", s.Region}, {"component-type", s.ComponentType},
	} {
		if one.value != "" {
			pairs = append(pairs, fmt.Sprintf("%s=%s", one.key, one.value))
		}
	}
	return strings.Join(pairs, ",")
}
