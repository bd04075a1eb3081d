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

// Found is an iteration, where it was found, and what was found out about it.
type Found struct {
	OrganizationID, ProjectID string
	// BucketURL is the bucket's page in HCP's portal.
	BucketURL string
	// Decision is the gate's, on no iteration where none was found.
	gate.Decision
	// Images are those of the iteration that the action hands out.
	Images []selection.Image
}

// chosen is the one image that the step hands out, nil where there is not exactly one.
func (f Found) chosen(p *problem.Problem) *selection.Image {
	if p != nil || len(f.Images) != 1 {
		return nil
	}
	return &f.Images[0]
}

// iterationOutputs describe the iteration as one of the channel.
func (f Found) iterationOutputs(channel, channelID string) []Output {
	it, revoked := f.Iteration, strconv.FormatBool(f.Status == registry.Revoked)
	if it == nil {
		it, revoked, f.OrganizationID, f.ProjectID, channel = &registry.Iteration{}, "", "", "", ""
	}
	return []Output{
		{"iteration-id", it.ID},
		{"incremental-version", number(it.Number)},
		{"fingerprint", it.Fingerprint},
		{"status", string(f.Status)},
		{"revoked", revoked},
		{"revoke-at", it.RevokeAt.String()},
		{"revocation-message", it.RevocationMessage},
		{"revocation-author", it.RevocationAuthor},
		{"revocation-inherited-from", optionalJSON(it.RevocationInheritedFrom)},
		{"created-at", it.CreatedAt.String()},
		{"updated-at", it.UpdatedAt.String()},
		{"author-id", it.AuthorID},
		{"age-days", number(f.AgeDays)},
		{"days-to-revocation", number(f.DaysToRevocation)},
		{"parents", string(it.ParentsStatus)},
		{"channel-id", channelID},
		{"bucket", it.Bucket},
		{"channel", channel},
		{"organization-id", f.OrganizationID},
		{"project-id", f.ProjectID},
	}
}

func number[N int | int64](n *N) string {
	if n == nil {
		return ""
	}
	return fmt.Sprint(*n)
}

func (f Found) warnings(p *problem.Problem) (all noteList) {
	it := f.Iteration
	if it == nil {
		return nil
	}
	if it.Number == nil {
		all.add(Warning, "Unusual version name", "The version's name %s is not of the form v<number>: incremental-version is empty.",
			problem.Quote(it.Name))
	}
	for _, r := range f.Reasons {
		if p == nil && r.Effect == gate.Warn {
			all.add(Warning, string(r.Kind.Title()), "%s.", r.Sentence(it.String()))
		}
	}
	return all
}

// summary is the page that people read. Told is the reason that the sentence tells.
func (f Found) summary(p *problem.Problem, heading, sentence string, told *gate.Reason) string {
	var others []string
	for i, reason := range f.Reasons {
		if told != &f.Reasons[i] {
			others = append(others, prose(reason.Sentence("it")+"."))
		}
	}
	text := fmt.Sprintf("### %s\n\n%s\n\n", heading, sentence)
	if len(others) > 0 {
		text += bullets(others) + "\n"
	}
	if p == nil {
		text += f.images()
	}
	if f.Iteration != nil {
		text += fold("Iteration, fingerprint", f.details(p))
	}
	return text
}

// failedHeading is the heading of a step that fails. Names tell where it looked.
func (f Found) failedHeading(names string, p *problem.Problem) string {
	refusal := f.toldBy(p)
	switch {
	case f.Iteration == nil && names == "":
		return "❌ " + string(p.Title)
	case f.Iteration == nil:
		return fmt.Sprintf("❌ %s: %s", names, titleInSentence(p))
	case refusal != nil:
		return fmt.Sprintf("❌ %s: %s %s", names, versionName(f.Iteration), kindWords(refusal.Kind, f.Iteration))
	default:
		return fmt.Sprintf("❌ %s: %s, %s", names, versionName(f.Iteration), titleInSentence(p))
	}
}

// toldBy is the refusal that a problem tells of, nil where something else failed the step.
func (f Found) toldBy(p *problem.Problem) *gate.Reason {
	if refusal := f.Refusal(); p != nil && refusal != nil && p.Title == refusal.Kind.Title() {
		return refusal
	}
	return nil
}

// images are what a person copies first.
func (f Found) images() string {
	const shownImages = 10
	if len(f.Images) == 1 {
		i := f.Images[0]
		return fmt.Sprintf("**%s**%s\n\n", codeID(i.ImageID), join(": ", codes(i.CloudProvider, i.Region, i.ComponentType)))
	}
	return openTable(f.Images, shownImages, "image", "images", imageTable) +
		fold("The shortened ids in full", list(f.Images, func(i selection.Image) string {
			if !isShortened(i.ImageID) {
				return ""
			}
			return codeID(i.ImageID)
		}))
}

func imageTable(images []selection.Image) string {
	return table(images, []string{"image", "region", "cloud provider", "component type"}, func(i selection.Image) []string {
		return []string{cell(i.ImageID, maxCell), cell(i.Region, 20), cell(i.CloudProvider, 12), cell(i.ComponentType, 28)}
	})
}

func (f Found) details(p *problem.Problem) string {
	chosen := cmp.Or(f.chosen(p), &selection.Image{})
	return bullets(append(identity(f.Iteration), named("build", chosen.BuildID), fmt.Sprintf("[bucket in the HCP portal](%s)", f.BucketURL)))
}

// identity are the items of a list that tell which iteration it is.
func identity(it *registry.Iteration) []string {
	return []string{
		named("iteration", it.ID),
		named("fingerprint", it.Fingerprint),
		join("created ", plain(it.CreatedAt.String())),
		named("created by", it.AuthorID),
	}
}

// headed are the names, as far as there are any, as a heading shows them: what is no name, as it may be in an input,
// in a code span.
func headed(names ...string) string {
	var shown []string
	for _, name := range names {
		switch {
		case registry.IsName(name):
			shown = append(shown, plain(name))
		case name != "":
			shown = append(shown, code(name))
		}
	}
	return strings.Join(shown, " / ")
}

// versionName is v<number>, or in a code span what the registry has in its place.
func versionName(it *registry.Iteration) string {
	if it.Number != nil {
		return fmt.Sprintf("v%d", *it.Number)
	}
	return code(cmp.Or(it.Name, it.ID))
}
