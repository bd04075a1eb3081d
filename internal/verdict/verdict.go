// Package verdict decides how an image id that is already in use is treated, from what the registry
// knows of it.
package verdict

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/selection"
)

// The kinds of verdicts that the gate does not know.
const (
	Outdated   gate.Kind = "outdated"   // an image of another iteration than the channel has now
	NoChannel  gate.Kind = "no-channel" // an image that cannot be compared with a channel
	Floating   gate.Kind = "floating"   // a reference that stands for whatever image is newest
	Untracked  gate.Kind = "untracked"  // an image that the registry does not know
	Waived     gate.Kind = "waived"     // an image that would fail, and that a waiver lets through
	Unassigned gate.Kind = "unassigned" // a channel that points at no iteration
	Unreadable gate.Kind = "unreadable" // a bucket, or what a channel points at, that could not be read
	OK         gate.Kind = "ok"         // an image or a channel that may be used
)

// kinds are all kinds, the worst first.
func kinds() []gate.Kind {
	return append(gate.Kinds(), Outdated, NoChannel, Floating, Untracked, Waived, Unassigned, Unreadable, OK)
}

// compare orders what is found out, the worst first: what fails the step is worse than what does not.
func compare(effect, otherEffect gate.Effect, kind, otherKind gate.Kind) int {
	return cmp.Or(effect.Compare(otherEffect), slices.Index(kinds(), kind)-slices.Index(kinds(), otherKind))
}

// Policy is what to refuse. The tags name inputs.
type Policy struct {
	// Gate is the policy for the iterations that the images are of.
	Gate gate.Policy
	// Channels are the channels to compare with; nil for no comparison.
	Channels Channels `env:"CHANNEL"`
	// Untracked is the effect of [Untracked] and [Floating], Unknown that of images that are known only after apply,
	// and Outdated that of [Outdated] and [NoChannel].
	Untracked gate.Effect `env:"UNTRACKED,default=warn"`
	Unknown   gate.Effect `env:"UNKNOWN,default=warn"`
	Outdated  gate.Effect `env:"OUTDATED"`
}

// OfReplacements is the policy for the images that replace others: what is revoked replaces nothing, also where it
// is let through.
func (p Policy) OfReplacements() Policy {
	if p.Gate.FailOn == gate.FailOnNever {
		p.Gate.FailOn = gate.FailOnRevoked
	}
	return p
}

// Channels are the channels to compare with, by bucket. That of "" is of every bucket that has none of its own.
type Channels map[string]string

// For is the channel to compare a bucket's images with, or empty.
func (c Channels) For(bucket string) string { return cmp.Or(c[bucket], c[""]) }

// Current is what a channel of a bucket points at now.
type Current struct {
	// Channel is the channel's name.
	Channel string
	// Iteration is nil where that is not known. It is without its builds.
	Iteration *registry.Iteration
	// Problem says why, where the channel has no iteration, is not there, or could not be read.
	Problem *problem.Problem

	replacements map[origin][]imageids.Replacement // of each origin the distinct ones
}

type origin struct{ provider, component, region string }

func originOf(m registry.Match) origin { return origin{m.CloudProvider, m.ComponentType, m.Region} }

// NewCurrent keeps of the iteration's images only those that may replace the matches': all of many channels would not
// fit in memory. Where a match is of several regions, its replacement may be of any.
func NewCurrent(channel string, it *registry.Iteration, p *problem.Problem, matches []registry.Match) Current {
	c := Current{Channel: channel, Iteration: it.Brief(), Problem: p, replacements: map[origin][]imageids.Replacement{}}
	if it == nil {
		return c
	}
	for _, m := range matches {
		c.replacements[originOf(m)] = nil
	}
	for _, b := range it.Builds {
		for _, i := range b.Images {
			for _, region := range slices.Compact([]string{i.Region, ""}) {
				from := origin{b.CloudProvider, b.ComponentType, region}
				known, isWanted := c.replacements[from]
				isKnown := slices.ContainsFunc(known, func(r imageids.Replacement) bool { return r.With == i.ImageID })
				// No more than two are needed to tell that there is not exactly one.
				if b.Status == registry.BuildDone && isWanted && !isKnown && len(known) < 2 {
					c.replacements[from] = append(known, imageids.Replacement{With: i.ImageID, Labels: b.Labels})
				}
			}
		}
	}
	return c
}

// Verdict is what is found out about an id.
type Verdict struct {
	Image  imageids.Image
	Kind   gate.Kind
	Effect gate.Effect
	// Match is the worst of the id's matches, nil where there is none.
	Match *registry.Match
	// Clause goes on with a sentence that begins with the image: "is not known to the registry". It has no
	// full stop, and is safe to show.
	Clause string
	// Problem is what could not be read, where that is the only reason for the verdict.
	Problem *problem.Problem
	// Replacement is the id that takes the image's place in the channel's iteration, in the form in which the
	// image's own is written. It is empty where there is none, or none to show.
	Replacement string
	// Fix puts the replacement into the place of the image in files, nil where there is none.
	Fix *imageids.Replacement
	// Fixed is whether it was put there, in every place that names the image.
	Fixed bool
	// Waiver is what lets the image through, of the kind [Waived].
	Waiver *Waiver
}

// Reason says of the image what is found out, in a sentence without its full stop.
func (v Verdict) Reason() string {
	subject := "Image " + problem.QuoteID(v.Image.ID)
	if v.Image.Sensitive {
		subject = "The image at " + problem.Quote(Name(v.Image))
	}
	if v.Match != nil {
		subject += " of " + v.Match.Iteration.String()
	}
	return subject + " " + v.Clause
}

// Why says it of the image's iteration. It is empty where there is none, or no more to say than the kind.
func (v Verdict) Why() string {
	if v.Match == nil || v.Kind == Outdated || v.Kind == OK {
		return ""
	}
	return v.Match.Iteration.Subject() + " " + v.Clause + "."
}

// Compare orders verdicts, the worst first: what fails the step is worse than what does not.
func (v Verdict) Compare(other Verdict) int {
	return compare(v.Effect, other.Effect, v.Kind, other.Kind)
}

// Of is the verdict on an id that has the matches, at the time now. Current are what the channels to compare with point
// at, by bucket; a bucket that is not there is not compared.
func Of(image imageids.Image, matches []registry.Match, current map[string]Current, policy Policy, now time.Time) Verdict {
	if len(matches) == 0 {
		return ofUntracked(image, policy)
	}
	worst := ofMatch(image, &matches[0], current, policy, now)
	for i := range matches[1:] {
		worst = gate.Worse(worst, ofMatch(image, &matches[1+i], current, policy, now))
	}
	return worst
}

// OfUnsearched is the verdict on an id of which the registry's answer could not be understood.
func OfUnsearched(image imageids.Image, p *problem.Problem) Verdict {
	return Verdict{Image: image, Kind: gate.Unusable, Effect: gate.Fail, Clause: "could not be looked up" + because(p), Problem: p}
}

func because(p *problem.Problem) string { return ": " + strings.TrimSuffix(p.Message, ".") }

func ofUntracked(image imageids.Image, policy Policy) Verdict {
	v := Verdict{Image: image, Kind: Untracked, Effect: policy.Untracked, Clause: "is not known to the registry"}
	switch {
	case image.Floating:
		v.Kind, v.Clause = Floating, "stands for whatever image is newest, which nobody can vouch for"
	case image.MayFloat:
		v.Kind, v.Clause = Floating, "is not known to the registry, and may stand for whatever image is newest"
	}
	return v
}

// ofMatch is the verdict on an image of a bucket: the worst of all reasons not to use it.
func ofMatch(image imageids.Image, m *registry.Match, current map[string]Current, policy Policy, now time.Time) Verdict {
	v := Verdict{Image: image, Match: m, Kind: OK, Effect: gate.Ignore, Clause: "may be used"}
	add := func(kind gate.Kind, effect gate.Effect, clause string, p *problem.Problem) {
		v = gate.Worse(v, Verdict{Image: image, Match: m, Kind: kind, Effect: effect, Clause: clause, Problem: p})
	}
	for _, r := range reasons(m, policy.Gate, now) {
		add(r.Kind, r.Effect, r.Clause, nil)
	}
	if m.Problem != nil {
		add(gate.Unusable, gate.Fail, "could not be judged"+because(m.Problem), m.Problem)
	}
	channel, isCompared := current[m.Iteration.Bucket]
	switch p := channel.Problem; {
	case p == nil && isCompared && channel.Iteration.ID != m.Iteration.ID:
		add(Outdated, policy.Outdated, "is outdated: channel "+channel.Channel+" points at "+channel.Iteration.Version(), nil)
		v.Fix, v.Replacement = replacement(image, m, channel, policy.OfReplacements().Gate, now)
	case p == nil:
	case p.Title == problem.NotFound && channel.Iteration == nil:
		add(NoChannel, policy.Outdated, "cannot be compared: its bucket has no channel "+channel.Channel, nil)
	case p.Title == problem.NoIterationAssigned:
		add(NoChannel, policy.Outdated, "cannot be compared: channel "+channel.Channel+" of its bucket points at no iteration", nil)
	default: // what could not be compared has not passed
		add(NoChannel, gate.Fail, "cannot be compared"+because(p), p)
	}
	return v
}

// reasons are all the reasons not to use the iteration of a match. A search does not say all of it: where the
// version itself was read, both answers count.
func reasons(m *registry.Match, policy gate.Policy, now time.Time) []gate.Reason {
	ofSearch := policy
	if m.Version != nil || m.Problem != nil {
		ofSearch.MaxAge, ofSearch.Parents = 0, gate.Ignore // a search tells neither
	}
	known := gate.Decide(m.Iteration, ofSearch, now).Reasons
	if m.Version == nil {
		return known
	}
	return append(known, gate.Decide(m.Version, policy, now).Reasons...)
}

// replacement is the one image of the channel's iteration that is built as this one was, and its id as this one's is
// written. There is none where that iteration is not to be used either.
func replacement(
	image imageids.Image, m *registry.Match, current Current, policy gate.Policy, now time.Time,
) (*imageids.Replacement, string) {
	candidates := current.replacements[originOf(*m)]
	refusal := gate.Decide(current.Iteration, policy, now).Refusal()
	if len(candidates) != 1 || !selection.IsUsable(candidates[0].With) || refusal != nil {
		return nil, ""
	}
	fix := candidates[0]
	fix.Image = image
	with, found := fix.For(image.ID)
	if !found {
		return nil, ""
	}
	return &fix, with
}
