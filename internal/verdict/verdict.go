// Package verdict decides how an image id that is already in use is treated, from what the registry
// knows of it.
package verdict

import (
	"cmp"
	"fmt"
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
	// Outdated is an image of another iteration than the channel has now.
	Outdated gate.Kind = "outdated"
	// NoChannel is an image that cannot be compared with the channel: its bucket has none of that name, or
	// one without an iteration, or one that could not be read.
	NoChannel gate.Kind = "no-channel"
	// Floating is a reference that stands for whatever image is newest.
	Floating gate.Kind = "floating"
	// Untracked is an image that the registry does not know.
	Untracked gate.Kind = "untracked"
	// Waived is an image that would fail, and that a waiver lets through.
	Waived gate.Kind = "waived"
	// Unassigned is a channel that points at no iteration.
	Unassigned gate.Kind = "unassigned"
	// Unreadable is a bucket, or what a channel points at, that could not be read.
	Unreadable gate.Kind = "unreadable"
	// OK is an image or a channel that may be used.
	OK gate.Kind = "ok"
)

// kinds are all kinds, the worst first.
func kinds() []gate.Kind {
	return append(gate.Kinds(), Outdated, NoChannel, Floating, Untracked, Waived, Unassigned, Unreadable, OK)
}

// Policy is what to refuse.
type Policy struct {
	// Gate is the policy for the iterations that the images are of.
	Gate gate.Policy
	// Channels are the channels to compare with.
	Channels Channels
	// Outdated is the effect of [Outdated] and [NoChannel], Untracked that of [Untracked] and [Floating], and
	// Unknown that of images that are known only after apply.
	Outdated, Untracked, Unknown gate.Effect
}

// OfReplacements is the policy for the images that replace others: what is revoked replaces nothing, also where it
// is let through.
func (p Policy) OfReplacements() Policy {
	if p.Gate.FailOn == gate.FailOnNever {
		p.Gate.FailOn = gate.FailOnRevoked
	}
	return p
}

// Channels are the channels to compare with.
type Channels struct {
	// Default is the channel of every bucket that has none of its own in Of; empty for no comparison.
	Default string
	// Of are the channels by bucket.
	Of map[string]string
}

// For is the channel to compare a bucket's images with, or empty.
func (c Channels) For(bucket string) string { return cmp.Or(c.Of[bucket], c.Default) }

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

// origin is how an image is built.
type origin struct{ provider, component, region string }

func originOf(m registry.Match) origin { return origin{m.CloudProvider, m.ComponentType, m.Region} }

// NewCurrent keeps of the iteration's images only those that may replace the matches': all of many channels would not
// fit in memory. Where a match is of several regions, its replacement may be of any.
func NewCurrent(channel string, it *registry.Iteration, p *problem.Problem, matches []registry.Match) Current {
	c := Current{Channel: channel, Iteration: it, Problem: p, replacements: map[origin][]imageids.Replacement{}}
	if it == nil {
		return c
	}
	wanted := map[origin]bool{}
	for _, m := range matches {
		wanted[originOf(m)] = true
	}
	for _, b := range it.Builds {
		for _, i := range b.Images {
			regions := slices.Compact([]string{i.Region, ""})
			for _, region := range regions {
				if from := (origin{b.CloudProvider, b.ComponentType, region}); wanted[from] && b.Status == registry.BuildDone {
					c.add(from, imageids.Replacement{With: i.ImageID, Labels: b.Labels})
				}
			}
		}
	}
	c.Iteration = it.Brief()
	return c
}

// add notes a replacement. There are no more than two to tell that there is not exactly one.
func (c *Current) add(from origin, r imageids.Replacement) {
	known := c.replacements[from]
	if len(known) == 0 || len(known) == 1 && known[0].With != r.With {
		c.replacements[from] = append(known, r)
	}
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
	subject := v.Match.Iteration.String()
	return strings.ToUpper(subject[:1]) + subject[1:] + " " + v.Clause + "."
}

// Compare orders verdicts, the worst first: what fails the step is worse than what does not.
func (v Verdict) Compare(other Verdict) int {
	return cmp.Or(v.Effect.Compare(other.Effect), slices.Index(kinds(), v.Kind)-slices.Index(kinds(), other.Kind))
}

// Judge gives the verdict on an id that has the matches, at the time now. Current are what the channels to
// compare with point at, by bucket; a bucket that is not there is not compared.
func Judge(image imageids.Image, matches []registry.Match, current map[string]Current, policy Policy, now time.Time) Verdict {
	if len(matches) == 0 {
		return ofUntracked(image, policy)
	}
	var verdicts []Verdict
	for i := range matches {
		verdicts = append(verdicts, ofMatch(image, &matches[i], current, policy, now))
	}
	return slices.MinFunc(verdicts, Verdict.Compare)
}

// OfUnsearched is the verdict on an id of which the registry's answer could not be understood.
func OfUnsearched(image imageids.Image, p *problem.Problem) Verdict {
	return Verdict{
		Image:   image,
		Kind:    gate.Unusable,
		Effect:  gate.Fail,
		Clause:  "could not be looked up: " + strings.TrimSuffix(p.Message, "."),
		Problem: p,
	}
}

// ofUntracked is the verdict on an id that has no match.
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
	candidates := []Verdict{v}
	for _, reason := range reasons(m, policy.Gate, now) {
		v.Kind, v.Effect, v.Clause = reason.Kind, reason.Effect, reason.Clause
		candidates = append(candidates, v)
	}
	if m.Problem != nil {
		v.Kind, v.Effect, v.Clause, v.Problem = gate.Unusable, gate.Fail, "could not be judged: "+strings.TrimSuffix(m.Problem.Message, "."), m.Problem
		candidates = append(candidates, v)
	}
	channel, compared := current[m.Iteration.Bucket]
	if compared {
		candidates = append(candidates, compareWith(channel, v, policy))
	}
	worst := slices.MinFunc(candidates, Verdict.Compare)
	if channel.Iteration != nil && channel.Iteration.ID != m.Iteration.ID {
		worst.Fix = replacement(image, m, channel, policy.OfReplacements().Gate, now)
	}
	if worst.Fix != nil {
		with, found := worst.Fix.For(image.ID)
		if !found {
			worst.Fix = nil
			return worst
		}
		worst.Replacement = with
	}
	return worst
}

// reasons are all the reasons not to use the iteration of a match. A search does not say all of it: where the
// version itself was read, both answers count.
func reasons(m *registry.Match, policy gate.Policy, now time.Time) []gate.Reason {
	if m.Version == nil && m.Problem == nil {
		return gate.Judge(m.Iteration, policy, now).Reasons
	}
	ofSearch := policy
	ofSearch.MaxAge, ofSearch.Parents = 0, gate.Ignore // a search tells neither
	known := gate.Judge(m.Iteration, ofSearch, now).Reasons
	if m.Version == nil {
		return known
	}
	return append(known, gate.Judge(m.Version, policy, now).Reasons...)
}

// compareWith is the verdict that the channel's iteration makes of v.
func compareWith(channel Current, v Verdict, policy Policy) Verdict {
	v.Kind, v.Effect, v.Clause, v.Problem = OK, gate.Ignore, "may be used", nil
	switch p := channel.Problem; {
	case p != nil && p.Title == problem.NotFound:
		v.Kind, v.Effect, v.Clause = NoChannel, policy.Outdated, "cannot be compared: its bucket has no channel "+channel.Channel
	case p != nil && p.Title == problem.NoIterationAssigned:
		v.Kind, v.Effect, v.Clause = NoChannel, policy.Outdated, "cannot be compared: channel "+channel.Channel+" of its bucket points at no iteration"
	case p != nil: // what could not be compared has not passed
		v.Kind, v.Effect, v.Clause, v.Problem = NoChannel, gate.Fail, "cannot be compared: "+strings.TrimSuffix(p.Message, "."), p
	case channel.Iteration.ID != v.Match.Iteration.ID:
		v.Kind, v.Effect = Outdated, policy.Outdated
		v.Clause = fmt.Sprintf("is outdated: channel %s points at %s", channel.Channel, channel.Iteration.Version())
	}
	return v
}

// replacement is the one image of the channel's iteration that is built as this one was. There is none where that
// iteration is not to be used either.
func replacement(image imageids.Image, m *registry.Match, current Current, policy gate.Policy, now time.Time) *imageids.Replacement {
	candidates := current.replacements[originOf(*m)]
	if len(candidates) != 1 || !selection.IsUsable(candidates[0].With) || gate.Judge(current.Iteration, policy, now).Refusal() != nil {
		return nil
	}
	with := candidates[0]
	with.Image = image
	return &with
}
