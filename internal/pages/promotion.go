package pages

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
)

// Promotion is what the action promote found out, and did. Its iteration is what to promote, and its images are those
// of builds that are done.
type Promotion struct {
	Found
	// Bucket and Channel are the channel to move, as the step was asked.
	Bucket, Channel string
	// DryRun is whether nothing was to be written.
	DryRun bool
	// ChannelID is the channel's ULID, empty where it is not known.
	ChannelID string
	// Previous is what the channel pointed at before, nil where it was nothing, or is not known.
	Previous *registry.Iteration
	// Hidden is whether Previous may be nil because the service principal may not see it.
	Hidden bool
	// Changed is whether the channel was seen to have moved to the iteration; of a dry run, whether it would be
	// moved.
	Changed bool
	// Unconfirmed is what became of the write that moved the channel, where HCP did not say that it did, in a
	// clause that is safe to show; otherwise empty.
	Unconfirmed string
}

// Form is the page as the runner is told.
func (p Promotion) Form(failure *problem.Problem) Form {
	return newForm("promote", p.outputs(failure), p.summary(failure), p.notes(failure))
}

func (p Promotion) outputs(failure *problem.Problem) []Output {
	previous := cmp.Or(p.Previous, &registry.Iteration{})
	return slices.Concat([]Output{
		{"changed", strconv.FormatBool(p.Changed && (failure == nil || !p.DryRun))},
		{"previous-iteration-id", previous.ID},
		{"previous-incremental-version", number(previous.Number)},
		{"previous-fingerprint", previous.Fingerprint},
	}, p.iterationOutputs(p.Channel, p.ChannelID), []Output{{"images", handedOut(p.Images, failure)}})
}

func (p Promotion) summary(failure *problem.Problem) string {
	told := p.Refusal()
	if failure == nil && p.Changed && !p.DryRun && p.Unconfirmed == "" {
		told = p.Warning()
	}
	return p.Found.summary(failure, p.heading(failure), p.sentence(failure), told) + p.rollback()
}

func (p Promotion) heading(failure *problem.Problem) string {
	channel := headed(p.Bucket, p.Channel)
	if failure != nil {
		return p.failedHeading(channel, failure)
	}
	version := versionName(p.Iteration)
	if warning := p.Warning(); warning != nil {
		version += ", " + kindWords(warning.Kind, p.Iteration)
	}
	if !p.Changed {
		return fmt.Sprintf("✅ %s: already at %s", channel, version)
	}
	arrow, before, dryRun := "⬆️", "nothing", ""
	if p.Previous != nil {
		before = versionName(p.Previous)
		if p.Previous.Number != nil && p.Iteration.Number != nil && *p.Previous.Number > *p.Iteration.Number {
			arrow = "⬇️"
		}
	}
	if p.DryRun {
		dryRun = " (dry run)"
	}
	return fmt.Sprintf("%s %s: %s → %s%s", arrow, channel, before, version, dryRun)
}

func (p Promotion) sentence(failure *problem.Problem) string {
	warning := p.Warning()
	switch {
	case failure != nil:
		return prose(failure.Message)
	case !p.Changed:
		return "Nothing was written: the channel points at this iteration already."
	case p.DryRun && p.Hidden:
		return "This was a dry run: nothing was written, and the channel would hand out what is below." +
			" The channel is restricted, and what it points at may be hidden from this service principal."
	case p.DryRun:
		return "This was a dry run: nothing was written, and the channel would hand out what is below."
	case p.Unconfirmed != "":
		return "The channel points at the iteration now, although HCP did not confirm it: " + prose(p.Unconfirmed) + "."
	case warning != nil:
		return "The channel now hands out an iteration that " + prose(warning.Clause) + "."
	default:
		return "The channel hands out the iteration from now on."
	}
}

// rollback is a fold with what the channel pointed at before, as far as a way back needs it.
func (p Promotion) rollback() string {
	before := p.Previous
	if before == nil || p.Iteration == nil || before.ID == p.Iteration.ID {
		return ""
	}
	title, version, back := "Before", "", "" // a title is HTML, and has no text of others
	if before.Number == nil {
		version = named("version", before.Name)
	} else {
		title += ": " + versionName(before)
	}
	if p.Changed && !p.DryRun {
		back = "To go back, promote this fingerprint with allow-older: true."
	}
	return fold(title, bullets(slices.Concat([]string{version}, identity(before), []string{back})))
}

func (p Promotion) notes(failure *problem.Problem) []Note {
	notes := p.warnings(failure)
	if failure != nil {
		return notes
	}
	channel, version := fmt.Sprintf("channel %s of bucket %s", p.Channel, p.Bucket), p.Iteration.Version()
	if len(p.Images) == 0 {
		notes.add(Notice, "No image", "The %s has no images of finished builds: images is empty.", p.Iteration)
	}
	if p.Unconfirmed != "" {
		notes.add(Warning, "Promotion not confirmed", "Channel %s of bucket %s points at iteration %s now, although HCP did not confirm it: %s.",
			p.Channel, p.Bucket, version, p.Unconfirmed)
	}
	if p.DryRun && p.Hidden {
		notes.add(Warning, "Channel may be hidden", "Channel %s of bucket %s is restricted, and no iteration of it is shown: "+
			"what it points at may be hidden from this service principal, which needs the contributor role to see it.", p.Channel, p.Bucket)
	}
	switch {
	case !p.Changed:
		notes.add(Log, "", "%s points at iteration %s already", channel, version)
	case p.DryRun:
		notes.add(Log, "", "%s would be moved to iteration %s: this was a dry run", channel, version)
	default:
		notes.add(Log, "", "%s was moved to iteration %s", channel, version)
	}
	return notes
}
