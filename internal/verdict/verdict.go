// Package verdict decides how an image id that is already in use is treated, from what the registry
// knows of it.
package verdict

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/selection"
)

// The kinds of verdicts besides those of the gate.
const (
	// Outdated is an image of another iteration than the channel has now.
	Outdated gate.Kind = "outdated"
	// Untracked is an image that the registry does not know.
	Untracked gate.Kind = "untracked"
	// OK is an image that nothing speaks against.
	OK gate.Kind = "ok"
)

// kinds are all kinds, the worst first.
func kinds() []gate.Kind {
	return []gate.Kind{gate.Revoked, gate.Unusable, gate.RevocationScheduled, Outdated, Untracked, OK}
}

// Policy is what to refuse.
type Policy struct {
	// Gate is the policy for the iterations that the images are of.
	Gate gate.Policy
	// Outdated and Untracked are the effects of these kinds.
	Outdated, Untracked gate.Effect
}

// Verdict is what is found out about an id.
type Verdict struct {
	Image  imageids.Image
	Kind   gate.Kind
	Effect gate.Effect
	// Match is the worst of the id's matches, nil where it is untracked.
	Match *registry.Match
	// Reason says why, in a sentence without its full stop that is safe to show.
	Reason string
	// Replacement is the id that takes the image's place in the channel's iteration, or empty.
	Replacement string
}

// Compare orders verdicts, the worst first: what fails the step is worse than what does not.
func (v Verdict) Compare(other Verdict) int {
	return cmp.Or(v.Effect.Compare(other.Effect), slices.Index(kinds(), v.Kind)-slices.Index(kinds(), other.Kind))
}

// Judge gives the verdict on an id that has the matches, at the time now. Current are the iterations
// that the channel to compare with points at, by bucket; none where there is none to compare with.
func Judge(image imageids.Image, matches []registry.Match, current map[string]*registry.Iteration, policy Policy, now time.Time) Verdict {
	if len(matches) == 0 {
		return Verdict{
			Image:  image,
			Kind:   Untracked,
			Effect: policy.Untracked,
			Reason: fmt.Sprintf("Image %s is not known to the registry", problem.Quote(image.ID)),
		}
	}
	verdicts := make([]Verdict, len(matches))
	for i := range matches {
		verdicts[i] = judgeMatch(image, &matches[i], current[matches[i].Iteration.Bucket], policy, now)
	}
	return slices.MinFunc(verdicts, Verdict.Compare)
}

func judgeMatch(image imageids.Image, m *registry.Match, current *registry.Iteration, policy Policy, now time.Time) Verdict {
	v := Verdict{Image: image, Match: m, Kind: OK, Effect: gate.Ignore}
	subject := fmt.Sprintf("Image %s of %s", problem.Quote(image.ID), m.Iteration)
	if worst := gate.Judge(m.Iteration, policy.Gate, now).Worst(); worst != nil {
		v.Kind, v.Effect, v.Reason = worst.Kind, worst.Effect, worst.Sentence(subject)
	}
	if current == nil || current.ID == m.Iteration.ID {
		return v
	}
	v.Replacement = replacement(image, m, current, now)
	if v.Kind == OK {
		v.Kind, v.Effect = Outdated, policy.Outdated
		v.Reason = fmt.Sprintf("%s is outdated: channel %s points at %s", subject, current.Channel, current.Version())
	}
	return v
}

// replacement is the one image of the channel's iteration that is built as this one was. There is
// none where that iteration is not to be used either.
func replacement(image imageids.Image, m *registry.Match, current *registry.Iteration, now time.Time) string {
	if gate.Judge(current, gate.Policy{FailOn: gate.FailOnRevoked}, now).Refusal() != nil {
		return ""
	}
	images, err := selection.Select(current.Builds, selection.Selectors{
		Region:        m.Region,
		CloudProvider: m.CloudProvider,
		ComponentType: m.ComponentType,
	})
	if err != nil || len(images) != 1 || images[0].ImageID == image.ID {
		return ""
	}
	return images[0].ImageID
}
