// Package verdict decides what an image id that is already in use is worth, from where the registry
// knows it.
package verdict

import (
	"fmt"
	"slices"
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/selection"
)

// Kind is what is found out about an id. Its text is that of the output "verdicts".
type Kind string

// The kinds, the worst first.
const (
	Revoked             Kind = "revoked"
	Unusable            Kind = "unusable"
	RevocationScheduled Kind = "revocation-scheduled"
	Outdated            Kind = "outdated"
	Untracked           Kind = "untracked"
	OK                  Kind = "ok"
)

// Effect is what a verdict does to the step.
type Effect int

// The effects, the mildest first.
const (
	Ignore Effect = iota
	Warn
	Fail
)

// EffectOf is the effect that an input names: fail, warn or ignore. Anything else fails.
func EffectOf(input string) Effect {
	switch input {
	case "ignore":
		return Ignore
	case "warn":
		return Warn
	default:
		return Fail
	}
}

// Policy is what to refuse.
type Policy struct {
	// Gate is the policy for the iterations that the images are of.
	Gate gate.Policy
	// Outdated and Untracked are the effects of these kinds.
	Outdated, Untracked Effect
}

// Verdict is what an id is worth.
type Verdict struct {
	Image  imageids.Image
	Kind   Kind
	Effect Effect
	// Match is the worst of the id's matches, nil where it is untracked.
	Match *registry.Match
	// Reason says why, in a sentence without its point that is safe to show.
	Reason string
	// Replacement is the id that takes the image's place in the channel's iteration, or empty.
	Replacement string
}

// Judge gives the verdict on an id that has the matches, at the time now. Current are the iterations
// that the channel to compare with points at, by bucket; none where there is none to compare with.
func Judge(image imageids.Image, matches []registry.Match, current map[string]*registry.Iteration, policy Policy, now time.Time) Verdict {
	worst := Verdict{
		Image:  image,
		Kind:   Untracked,
		Effect: policy.Untracked,
		Reason: fmt.Sprintf("Image %s is not known to the registry", problem.Quote(image.ID)),
	}
	for i := range matches {
		v := judgeMatch(image, &matches[i], current[matches[i].Iteration.Bucket], policy, now)
		if i == 0 || v.worse(worst) {
			worst = v
		}
	}
	return worst
}

// worse puts the effect before the kind: what fails the step is worse than what does not.
func (v Verdict) worse(than Verdict) bool {
	if v.Effect != than.Effect {
		return v.Effect > than.Effect
	}
	return v.Kind.Rank() < than.Kind.Rank()
}

// Rank is 0 for the worst kind.
func (k Kind) Rank() int {
	return slices.Index([]Kind{Revoked, Unusable, RevocationScheduled, Outdated, Untracked, OK}, k)
}

func judgeMatch(image imageids.Image, m *registry.Match, current *registry.Iteration, policy Policy, now time.Time) Verdict {
	v := Verdict{Image: image, Match: m, Kind: OK}
	of := fmt.Sprintf("Image %s of %s", problem.Quote(image.ID), m.Iteration)
	judged := gate.Judge(m.Iteration, policy.Gate, now)
	v.Effect = effect(judged)
	switch {
	case judged.Status == registry.Revoked:
		v.Kind = Revoked
	case judged.Status == registry.RevocationScheduled:
		v.Kind = RevocationScheduled
	case judged.Refusal != nil:
		v.Kind = Unusable
	}
	v.Reason = of + " is " + string(judged.Status) + gate.Revocation(m.Iteration)
	if current == nil || current.ID == m.Iteration.ID {
		return v
	}
	v.Replacement = replacement(image, m, current, now)
	if v.Kind == OK {
		v.Kind, v.Effect = Outdated, policy.Outdated
		v.Reason = fmt.Sprintf("%s is outdated: channel %s points at %s", of, current.Channel, current.Version())
	}
	return v
}

func effect(v gate.Verdict) Effect {
	switch {
	case v.Refusal != nil:
		return Fail
	case v.Warning != "":
		return Warn
	default:
		return Ignore
	}
}

// replacement is the one image of the channel's iteration that is built as this one was. There is
// none where that iteration is not to be used either.
func replacement(image imageids.Image, m *registry.Match, current *registry.Iteration, now time.Time) string {
	if gate.Judge(current, gate.Policy{FailOn: gate.FailOnRevoked}, now).Refusal != nil {
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
