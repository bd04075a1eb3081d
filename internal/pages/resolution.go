package pages

import (
	"cmp"
	"fmt"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/selection"
)

// Resolution is what the main action found out. Its images are those that the selection leaves.
type Resolution struct {
	Found
	// Query is what the step was asked for.
	Query registry.Query
	// RolledBackFrom is what the channel was rolled back from, or had until it was emptied; nil where that was not, or
	// was not asked for.
	RolledBackFrom *registry.Assignment
}

// Form is the page as the runner is told.
func (r Resolution) Form(p *problem.Problem) Form {
	return newForm("resolve", r.outputs(p), r.summary(p), r.notes(p))
}

// outputs are all outputs of the action. A step that fails tells what it found and gives nothing that could
// be deployed, in a form that fromJSON takes. What can be deployed comes last, should the file be cut.
func (r Resolution) outputs(p *problem.Problem) []Output {
	it := cmp.Or(r.Iteration, &registry.Iteration{})
	image, labels := selection.Image{}, ""
	if chosen := r.chosen(p); chosen != nil {
		image, labels = *chosen, toJSON(chosen.Labels)
	}
	return append(r.iterationOutputs(it.Channel, it.ChannelID),
		Output{"rolled-back-from", optionalJSON(newFormerOutput(r.RolledBackFrom))},
		Output{"builds", handedOut(it.Builds, p)},
		Output{"images", handedOut(r.Images, p)},
		Output{"region", image.Region},
		Output{"cloud-provider", image.CloudProvider},
		Output{"component-type", image.ComponentType},
		Output{"build-id", image.BuildID},
		Output{"labels", labels},
		Output{"image-id", image.ImageID})
}

// formerOutput is what a channel was rolled back from, as the outputs have it.
type formerOutput struct {
	IterationID        string        `json:"iteration_id"`
	IncrementalVersion *int64        `json:"incremental_version"`
	Fingerprint        string        `json:"fingerprint"`
	RevokeAt           registry.Time `json:"revoke_at"`
	RevocationMessage  string        `json:"revocation_message"`
	RevocationAuthor   string        `json:"revocation_author"`
	AssignedAt         registry.Time `json:"assigned_at"`
}

func newFormerOutput(from *registry.Assignment) *formerOutput {
	if from == nil {
		return nil
	}
	it := from.Iteration
	return &formerOutput{it.ID, it.Number, it.Fingerprint, it.RevokeAt, it.RevocationMessage, it.RevocationAuthor, from.AssignedAt}
}

func (r Resolution) notes(p *problem.Problem) []Note {
	notes, it := r.warnings(p), r.Iteration
	if it == nil || p != nil {
		return notes
	}
	switch n := len(r.Images); n {
	case 0:
		notes.add(Notice, "No image", "The %s has no images of finished builds: image-id is empty.", it)
	case 1:
		notes.add(Log, "", "%s is %s, image %s", it, r.Status, problem.QuoteID(r.Images[0].ImageID))
	default:
		notes.add(Notice, "Several images", "The %s has %d images and no selector is set: image-id is empty, and images lists them. "+
			"Set region, cloud-provider, component-type or labels to pick one.", it, n)
	}
	return notes
}

func (r Resolution) summary(p *problem.Problem) string {
	told := r.toldBy(p)
	if p == nil {
		told = r.Warning()
	}
	return r.Found.summary(p, r.heading(p), r.sentence(p), told)
}

func (r Resolution) heading(p *problem.Problem) string {
	names := headed(r.Query.Bucket, cmp.Or(r.Query.Channel, r.Query.Fingerprint))
	warning := r.Warning()
	switch {
	case p != nil:
		return r.failedHeading(names, p)
	case warning == nil:
		return fmt.Sprintf("✅ %s: %s active", names, versionName(r.Iteration))
	case warning.Kind == gate.Revoked:
		return fmt.Sprintf("⚠️ %s: %s revoked, let through", names, versionName(r.Iteration))
	default:
		return fmt.Sprintf("⚠️ %s: %s active, %s", names, versionName(r.Iteration), kindWords(warning.Kind, r.Iteration))
	}
}

func (r Resolution) sentence(p *problem.Problem) string {
	const subject = "the iteration"
	refusal, warning := r.toldBy(p), r.Warning()
	switch {
	case refusal != nil:
		return prose(refusal.Problem(subject).Message)
	case p != nil:
		return prose(p.Message)
	case warning != nil:
		return prose(warning.Sentence(subject) + ".")
	case len(r.Images) == 0:
		return "The iteration has no images of finished builds: the output image-id is empty, and images is []."
	case len(r.Images) > 1:
		return fmt.Sprintf("%d images match, and no selector narrows them to one: the output image-id is empty, and images has them all.", len(r.Images))
	default:
		return "The iteration may be used, and no revocation is scheduled."
	}
}
