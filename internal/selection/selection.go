// Package selection picks the images of an iteration that a workflow asks for. It never picks one of
// several silently.
package selection

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
)

// Selectors narrow the images. An empty one keeps all. The tags name inputs.
type Selectors struct {
	// Region, CloudProvider and ComponentType have to be equal.
	Region        string `env:"REGION"`
	CloudProvider string `env:"CLOUD_PROVIDER"`
	ComponentType string `env:"COMPONENT_TYPE"`
	// Labels have to be carried by the image's build, all of them.
	Labels []Label `env:"LABELS"`
}

// Label is one key and value that a build has to carry.
type Label struct{ Key, Value string }

// IsSet is whether there is any selector.
func (s Selectors) IsSet() bool {
	return s.Region != "" || s.CloudProvider != "" || s.ComponentType != "" || len(s.Labels) > 0
}

// Image is an image together with what its build says of it. Its JSON form is that of the output
// "images".
type Image struct {
	ImageID       string            `json:"image_id"`
	Region        string            `json:"region"`
	CloudProvider string            `json:"cloud_provider"`
	ComponentType string            `json:"component_type"`
	BuildID       string            `json:"build_id"`
	ID            string            `json:"id"`
	CreatedAt     registry.Time     `json:"created_at"`
	Labels        map[string]string `json:"labels"`
}

// maxRepeated bounds the bytes that all images repeat of their builds: an answer says them once, and a short one could
// make gigabytes of outputs.
const maxRepeated = 32 << 20

// repeats is how many bytes of its build the image's JSON form repeats.
func (i Image) repeats() int {
	size := len(i.CloudProvider) + len(i.ComponentType) + len(i.BuildID)
	for key, value := range i.Labels {
		size += len(key) + len(value) + len(`"":"",`)
	}
	return size
}

// Select returns the images of the builds that are done, in the registry's order, narrowed by the
// selectors. With a selector set, anything but exactly one image is a problem.
func Select(builds []registry.Build, s Selectors) ([]Image, error) {
	candidates := done(builds)
	images := append([]Image{}, candidates...) // [] in JSON, where nil would be null
	images = slices.DeleteFunc(images, func(i Image) bool { return !s.keep(i) })
	switch {
	case !s.IsSet() || len(images) == 1:
	case len(images) > 1:
		return nil, problem.New(problem.AmbiguousImage, "%d images match %s: %s. "+
			"Narrow the selection to one with region, cloud-provider, component-type or labels.", len(images), s, s.list(images))
	default:
		there := cmp.Or(s.list(candidates), "no images")
		return nil, problem.New(problem.NoMatchingImage, "No image matches %s. The iteration has %s. Correct region, cloud-provider, component-type or labels, or build the image that is missing.", s, there)
	}
	repeated := 0
	for _, i := range images {
		if repeated += i.repeats(); repeated > maxRepeated {
			return nil, problem.New(problem.UnexpectedResponse, "The iteration has %d images, and the labels of their builds, which each image repeats, "+
				"take more than 32 MiB together. Shorten the labels, or build fewer images in one iteration.", len(images))
		}
		if !IsUsable(i.ImageID) {
			return nil, problem.New(problem.UnexpectedResponse, "The registry holds an image whose id is empty, begins or ends with a blank, or has line breaks, "+
				"control characters or invisible ones: %s, of build %s. Rebuild the image.", problem.QuoteID(i.ImageID), problem.QuoteID(i.BuildID))
		}
	}
	return images, nil
}

// IsUsable is whether an id is what it looks like, to a job, a script, a matrix and a reader.
func IsUsable(id string) bool {
	return id != "" && id == strings.TrimSpace(id) && utf8.ValidString(id) && !strings.ContainsFunc(id, problem.IsInvisible)
}

// Require checks that each of the selectors matches an image of a build of the iteration that is done.
// Otherwise it is a problem that lists what is missing, and what there is.
func Require(it *registry.Iteration, required []Selectors) error {
	images := done(it.Builds)
	missing := slices.DeleteFunc(slices.Clone(required), func(want Selectors) bool { return slices.ContainsFunc(images, want.keep) })
	if len(missing) == 0 {
		return nil
	}
	there := cmp.Or(Selectors{}.list(images), "no images of finished builds")
	return problem.New(problem.ImagesMissing, "%s has no image for %s. It has %s. "+
		"Build the images that are missing, or correct require-images.", it.Subject(), problem.ListOf(missing, Selectors.line), there)
}

func done(builds []registry.Build) []Image {
	var images []Image
	for _, b := range builds {
		if b.Status != registry.BuildDone {
			continue
		}
		for _, i := range b.Images {
			images = append(images, Image{
				ImageID:       i.ImageID,
				Region:        i.Region,
				CloudProvider: b.CloudProvider,
				ComponentType: b.ComponentType,
				BuildID:       b.ID,
				ID:            i.ID,
				CreatedAt:     i.CreatedAt,
				Labels:        b.Labels,
			})
		}
	}
	return images
}

func (s Selectors) keep(i Image) bool {
	for _, want := range s.Labels {
		if got, found := i.Labels[want.Key]; !found || got != want.Value {
			return false
		}
	}
	return matches(s.Region, i.Region) && matches(s.CloudProvider, i.CloudProvider) && matches(s.ComponentType, i.ComponentType)
}

func matches(want, got string) bool { return want == "" || want == got }

// list describes images. Their labels are shown where the user selects by labels.
func (s Selectors) list(images []Image) string {
	return problem.ListOf(images, func(i Image) string {
		facts := []string{i.CloudProvider, i.Region, i.ComponentType}
		if len(s.Labels) > 0 {
			for _, key := range slices.Sorted(maps.Keys(i.Labels)) {
				facts = append(facts, key+"="+i.Labels[key])
			}
		}
		return fmt.Sprintf("%s (%s)", problem.QuoteID(i.ImageID), problem.Quote(strings.Join(facts, ", ")))
	})
}

// String names the selectors that are set, for a sentence.
func (s Selectors) String() string {
	var set []string
	for _, l := range []Label{{"region", s.Region}, {"cloud-provider", s.CloudProvider}, {"component-type", s.ComponentType}} {
		if l.Value != "" {
			set = append(set, l.Key+" "+problem.Quote(l.Value))
		}
	}
	for _, l := range s.Labels {
		set = append(set, "label "+problem.Quote(l.Key+"="+l.Value))
	}
	return problem.List(set)
}

// line is the selectors as a line of the input require-images has them, in quotes.
func (s Selectors) line() string {
	var pairs []string
	for _, l := range []Label{{"cloud-provider", s.CloudProvider}, {"region", s.Region}, {"component-type", s.ComponentType}} {
		if l.Value != "" {
			pairs = append(pairs, l.Key+"="+l.Value)
		}
	}
	return problem.Quote(strings.Join(pairs, ","))
}
