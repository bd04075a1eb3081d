package pages

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/selection"
)

// Promotion is what the action promote found out, and did.
type Promotion struct {
	// Bucket and Channel are the channel to move, as the step was asked.
	Bucket, Channel string
	// DryRun is whether nothing was to be written.
	DryRun bool
	// OrganizationID and ProjectID are where the bucket is.
	OrganizationID, ProjectID string
	// BucketURL is the bucket's page in HCP's portal.
	BucketURL string
	// Iteration is what to promote, nil where it was not found.
	Iteration *registry.Iteration
	// Decision is the gate's, where there is an Iteration.
	Decision gate.Decision
	// Images are those of the iteration's builds that are done.
	Images []selection.Image
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

// resolution is the page of the iteration alone.
func (p Promotion) resolution() Resolution {
	return Resolution{
		OrganizationID: p.OrganizationID,
		ProjectID:      p.ProjectID,
		BucketURL:      p.BucketURL,
		Iteration:      p.Iteration,
		Decision:       p.Decision,
		Images:         p.Images,
	}
}

// Form is the page as the runner is told.
func (p Promotion) Form(failure *problem.Problem) Form {
	return newForm("promote", p.outputs(failure), p.summary(failure), p.notes(failure))
}

func (p Promotion) outputs(failure *problem.Problem) []Output {
	images := []selection.Image{} // [] in JSON, where nil would be null
	if failure == nil {
		images = append(images, p.Images...)
	}
	previous := cmp.Or(p.Previous, &registry.Iteration{})
	out := []Output{
		{"changed", strconv.FormatBool(p.Changed && (failure == nil || !p.DryRun))},
		{"previous-iteration-id", previous.ID},
		{"previous-incremental-version", decimal(previous.Number)},
		{"previous-fingerprint", previous.Fingerprint},
	}
	for _, o := range p.resolution().iterationOutputs() {
		switch {
		case o.Name == "channel-id":
			o.Value = p.ChannelID
		case o.Name == "channel" && p.Iteration != nil:
			o.Value = p.Channel
		}
		out = append(out, o)
	}
	return append(out, Output{"images", toJSON(images)})
}

// summary is the page that people read.
func (p Promotion) summary(failure *problem.Problem) string {
	r := p.resolution()
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n%s\n\n", p.heading(failure), p.sentence(failure))
	if others := p.otherReasons(failure); others != "" {
		b.WriteString(others + "\n")
	}
	if failure == nil {
		b.WriteString(r.images())
	}
	b.WriteString(fold("Iteration, fingerprint", r.details(failure)))
	b.WriteString(fold(p.rollbackTitle(), p.rollback()))
	return b.String()
}

// heading has what became of the channel, and the versions.
func (p Promotion) heading(failure *problem.Problem) string {
	channel := headed(p.Bucket) + " / " + headed(p.Channel)
	switch {
	case failure != nil:
		return p.failedHeading(channel, failure)
	case !p.Changed:
		return fmt.Sprintf("✅ %s: already at %s%s", channel, versionName(p.Iteration), p.warningWords())
	default:
		return fmt.Sprintf("%s %s: %s → %s%s%s", p.arrow(), channel, p.before(), versionName(p.Iteration), p.warningWords(), p.dryRun())
	}
}

func (p Promotion) failedHeading(channel string, failure *problem.Problem) string {
	names := strings.Trim(channel, " /")
	refusal := toldBy(failure, p.Decision)
	switch {
	case p.Iteration == nil:
		return nothingFound(names, failure)
	case refusal != nil:
		return fmt.Sprintf("❌ %s: %s %s", names, versionName(p.Iteration), verdictWords(p.resolution(), *refusal))
	default:
		return fmt.Sprintf("❌ %s: %s, %s", names, versionName(p.Iteration), titleInSentence(failure))
	}
}

// arrow points down where the channel goes back.
func (p Promotion) arrow() string {
	if p.Previous != nil && p.Previous.Number != nil && p.Iteration.Number != nil && *p.Previous.Number > *p.Iteration.Number {
		return "⬇️"
	}
	return "⬆️"
}

// before is the version that the channel had.
func (p Promotion) before() string {
	if p.Previous == nil {
		return "nothing"
	}
	return versionName(p.Previous)
}

// warningWords are what the gate warns of, in a few words that follow the version.
func (p Promotion) warningWords() string {
	warning := p.Decision.Warning()
	if warning == nil {
		return ""
	}
	return ", " + verdictWords(p.resolution(), *warning)
}

func (p Promotion) dryRun() string {
	if !p.DryRun {
		return ""
	}
	return " (dry run)"
}

// sentence says what has come of the step.
func (p Promotion) sentence(failure *problem.Problem) string {
	warning := p.Decision.Warning()
	switch {
	case failure != nil:
		return prose(failure.Message)
	case p.DryRun && p.Changed:
		return "This was a dry run: nothing was written, and the channel would hand out what is below." + p.hidden()
	case !p.Changed:
		return "Nothing was written: the channel points at this iteration already."
	case p.Unconfirmed != "":
		return "The channel points at the iteration now, although HCP did not confirm it: " + prose(p.Unconfirmed) + "."
	case warning != nil:
		return "The channel now hands out an iteration that " + prose(warning.Clause) + "."
	default:
		return "The channel hands out the iteration from now on."
	}
}

func (p Promotion) hidden() string {
	if !p.Hidden {
		return ""
	}
	return " The channel is restricted, and what it points at may be hidden from this service principal."
}

// otherReasons are all of the gate's reasons that the sentence does not tell.
func (p Promotion) otherReasons(failure *problem.Problem) string {
	told := p.Decision.Refusal()
	if failure == nil && p.Changed && !p.DryRun && p.Unconfirmed == "" {
		told = p.Decision.Warning()
	}
	return reasonList(p.Decision.Reasons, told)
}

// rollbackTitle has the version that the channel had. It is HTML, and has no text of others.
func (p Promotion) rollbackTitle() string {
	if p.Previous == nil || p.Previous.Number == nil {
		return "Before"
	}
	return "Before: " + versionName(p.Previous)
}

// rollback is what the channel pointed at before, as far as a way back needs it.
func (p Promotion) rollback() string {
	before := p.Previous
	if before == nil || p.Iteration == nil || before.ID == p.Iteration.ID {
		return ""
	}
	version, back := "", ""
	if before.Number == nil {
		version = named("version", before.Name)
	}
	if p.Changed && !p.DryRun {
		back = "To go back, promote this fingerprint with allow-older: true."
	}
	return list(
		version,
		named("iteration", before.ID),
		named("fingerprint", before.Fingerprint),
		join("created ", plain(before.CreatedAt.String())),
		named("created by", before.AuthorID),
		back,
	)
}

// notes warn of what the user should know besides the failure, and say what became of the channel.
func (p Promotion) notes(failure *problem.Problem) []Note {
	notes := p.resolution().warnings(failure)
	if failure != nil {
		return notes
	}
	if len(p.Images) == 0 {
		notes = append(notes, Note{Level: Notice, Title: "No image", Message: fmt.Sprintf("The %s has no images of finished builds: images is empty.", p.Iteration)})
	}
	if p.Unconfirmed != "" {
		notes = append(notes, Note{Level: Warning, Title: "Promotion not confirmed", Message: fmt.Sprintf("Channel %s of bucket %s points at iteration %s now, although HCP did not confirm it: %s.",
			p.Channel, p.Bucket, p.Iteration.Version(), p.Unconfirmed)})
	}
	if p.DryRun && p.Hidden {
		notes = append(notes, Note{Level: Warning, Title: "Channel may be hidden", Message: fmt.Sprintf("Channel %s of bucket %s is restricted, and no iteration of it is shown: "+
			"what it points at may be hidden from this service principal, which needs the contributor role to see it.", p.Channel, p.Bucket)})
	}
	return append(notes, Note{Message: p.logLine()})
}

func (p Promotion) logLine() string {
	channel := fmt.Sprintf("channel %s of bucket %s", p.Channel, p.Bucket)
	switch {
	case !p.Changed:
		return fmt.Sprintf("%s points at iteration %s already", channel, p.Iteration.Version())
	case p.DryRun:
		return fmt.Sprintf("%s would be moved to iteration %s: this was a dry run", channel, p.Iteration.Version())
	default:
		return fmt.Sprintf("%s was moved to iteration %s", channel, p.Iteration.Version())
	}
}
