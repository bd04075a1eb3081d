package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/selection"
)

// Resolution is what the main action found out.
type Resolution struct {
	// Query and Selectors are what the step was asked for.
	Query     registry.Query
	Selectors selection.Selectors
	// OrganizationID and ProjectID are where the iteration was found.
	OrganizationID, ProjectID string
	// BucketURL is the bucket's page in HCP's portal.
	BucketURL string
	// Iteration is nil where none was found.
	Iteration *registry.Iteration
	// Decision is the gate's, where there is an Iteration.
	Decision gate.Decision
	// Images are those that the selection leaves.
	Images []selection.Image
}

// field is a row of a table.
type field struct{ name, value string }

// chosen is the one image that the step hands out, nil where there is not exactly one.
func (r Resolution) chosen(p *problem.Problem) *selection.Image {
	if p != nil || len(r.Images) != 1 {
		return nil
	}
	return &r.Images[0]
}

// outputs are all outputs of the action. A step that fails tells what it found and gives nothing that could
// be deployed, in a form that fromJSON takes. What can be deployed comes last, should the file be cut.
func (r Resolution) outputs(p *problem.Problem) []output {
	builds, images := []registry.Build{}, []selection.Image{} // [] in JSON, where nil would be null
	if p == nil {
		builds = append(builds, r.Iteration.Builds...)
		images = append(images, r.Images...)
	}
	out := append(r.iterationOutputs(), output{"builds", toJSON(builds)}, output{"images", toJSON(images)})
	return append(out, imageOutputs(r.chosen(p))...)
}

func (r Resolution) iterationOutputs() []output {
	it, organization, project, revoked := r.Iteration, r.OrganizationID, r.ProjectID, ""
	if it == nil {
		it, organization, project = &registry.Iteration{}, "", ""
	} else {
		revoked = strconv.FormatBool(r.Decision.Status == registry.Revoked)
	}
	return []output{
		{"iteration-id", it.ID},
		{"incremental-version", decimal(it.Number)},
		{"fingerprint", it.Fingerprint},
		{"status", string(r.Decision.Status)},
		{"revoked", revoked},
		{"revoke-at", it.RevokeAt.String()},
		{"revocation-message", it.RevocationMessage},
		{"revocation-author", it.RevocationAuthor},
		{"revocation-inherited-from", ancestor(it.RevocationInheritedFrom)},
		{"created-at", it.CreatedAt.String()},
		{"updated-at", it.UpdatedAt.String()},
		{"author-id", it.AuthorID},
		{"channel-id", it.ChannelID},
		{"bucket", it.Bucket},
		{"channel", it.Channel},
		{"organization-id", organization},
		{"project-id", project},
	}
}

// imageOutputs are those of the one image, all empty where there is none.
func imageOutputs(image *selection.Image) []output {
	labels := ""
	if image == nil {
		image = &selection.Image{}
	} else {
		labels = toJSON(image.Labels)
	}
	return []output{
		{"region", image.Region},
		{"cloud-provider", image.CloudProvider},
		{"component-type", image.ComponentType},
		{"build-id", image.BuildID},
		{"labels", labels},
		{"image-id", image.ImageID},
	}
}

// annotate warns of what speaks against the iteration, and says which image it is.
func (r Resolution) annotate(out *Reporter, p *problem.Problem) {
	it := r.Iteration
	if it == nil {
		return
	}
	if it.Number == nil {
		out.Warning("Unusual version name", fmt.Sprintf("The version's name %s is not v and a number: incremental-version is empty.", problem.Quote(it.Name)))
	}
	if p != nil {
		return
	}
	if w := r.Decision.Warning(); w != nil {
		out.Warning(string(w.Kind.Title()), w.Sentence(it.String())+".")
	}
	switch chosen := r.chosen(p); {
	case chosen != nil:
		out.Log(fmt.Sprintf("%s is %s, image %s", it, r.Decision.Status, problem.Quote(chosen.ImageID)))
	case len(r.Images) == 0:
		out.Notice("No image", fmt.Sprintf("The %s has no images of builds that are done: image-id is empty.", it))
	default:
		out.Notice("Several images", fmt.Sprintf("The %s has %d images and no selector is set: image-id is empty, and images lists them. "+
			"Set region, cloud-provider, component-type or labels to pick one.", it, len(r.Images)))
	}
}

func decimal(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

func ancestor(a *registry.Ancestor) string {
	if a == nil {
		return ""
	}
	return toJSON(a)
}

// toJSON is one line. The values here are structs of strings and numbers, which always encode.
func toJSON(v any) string {
	var text strings.Builder
	if err := json.NewEncoder(&text).Encode(v); err != nil {
		panic(err)
	}
	// In a string, the only place where it can be, this is the same "##[".
	return strings.ReplaceAll(strings.TrimSuffix(text.String(), "\n"), "##[", `#\u0023[`)
}

// summary is the page that people read, in GitHub's Markdown.
//
// All text that is not the action's own is in code spans, where neither Markdown nor HTML nor a link
// means anything, and from where an id can be copied as it is.
func (r Resolution) summary(p *problem.Problem) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", r.heading(p))
	if p != nil {
		fmt.Fprintf(&b, "%s\n\n", span(p.Message))
	} else if w := r.Decision.Warning(); w != nil {
		fmt.Fprintf(&b, "⚠️ %s\n\n", span(w.Sentence(r.Iteration.String())+"."))
	}
	writeFields(&b, append(r.askedRows(), r.foundRows()...))
	if p == nil {
		r.writeImages(&b)
	}
	return b.String()
}

func (r Resolution) heading(p *problem.Problem) string {
	switch {
	case p != nil:
		return "❌ HCP Packer: " + string(p.Title)
	case r.Decision.Status == registry.Revoked:
		return "⚠️ HCP Packer: image revoked, let through"
	case r.Decision.Status == registry.RevocationScheduled:
		return "⚠️ HCP Packer: image active, revocation scheduled"
	default:
		return "✅ HCP Packer: image active"
	}
}

// askedRows are the inputs that say what to look for.
func (r Resolution) askedRows() []field {
	rows := []field{
		{"bucket", code(r.Query.Bucket)},
		{"channel", code(r.Query.Channel)},
		{"fingerprint", code(r.Query.Fingerprint)},
		{"region", code(r.Selectors.Region)},
		{"cloud-provider", code(r.Selectors.CloudProvider)},
		{"component-type", code(r.Selectors.ComponentType)},
	}
	for _, label := range r.Selectors.Labels {
		rows = append(rows, field{"label", code(label.Key + "=" + label.Value)})
	}
	return rows
}

// foundRows are what the registry says of the iteration.
func (r Resolution) foundRows() []field {
	it := r.Iteration
	if it == nil {
		return nil
	}
	rows := []field{
		{"iteration", codes(it.Name, it.ID)},
		{"fingerprint", code(it.Fingerprint)},
		{"status", code(string(r.Decision.Status))},
		{"created", code(it.CreatedAt.String())},
	}
	rows = append(rows, revocationRows(it, r.Decision.Status)...)
	return append(rows, field{"registry", fmt.Sprintf("[Bucket in the HCP portal](%s)", r.BucketURL)})
}

func revocationRows(it *registry.Iteration, status registry.Status) []field {
	when, by := "revoked at", "revoked by"
	if status != registry.Revoked {
		when, by = "to be revoked at", "scheduled by"
	}
	rows := []field{
		{when, code(it.RevokeAt.String())},
		{by, code(it.RevocationAuthor)},
		{"reason", code(it.RevocationMessage)},
	}
	if a := it.RevocationInheritedFrom; a != nil {
		name := ""
		if a.IncrementalVersion != nil {
			name = fmt.Sprintf("v%d", *a.IncrementalVersion)
		}
		rows = append(rows, field{"inherited from", codes(a.Bucket, name, a.IterationID)})
	}
	return rows
}

// writeFields writes a table of the rows that have a value.
func writeFields(b *strings.Builder, rows []field) {
	rows = slices.DeleteFunc(rows, func(row field) bool { return row.value == "" })
	if len(rows) == 0 {
		return
	}
	b.WriteString("| | |\n| --- | --- |\n")
	for _, row := range rows {
		fmt.Fprintf(b, "| %s | %s |\n", row.name, row.value)
	}
	b.WriteString("\n")
}

// writeImages writes the table of images, the chosen one marked.
func (r Resolution) writeImages(b *strings.Builder) {
	if len(r.Images) == 0 {
		b.WriteString("The iteration has no images.\n")
		return
	}
	b.WriteString("| | image | region | cloud provider | component type | build |\n| --- | --- | --- | --- | --- | --- |\n")
	mark := ""
	if r.chosen(nil) != nil {
		mark = "➡️"
	}
	for _, image := range r.Images[:min(len(r.Images), maxRows)] {
		writeImage(b, mark, image)
	}
	if more := len(r.Images) - maxRows; more > 0 {
		fmt.Fprintf(b, "\nand %d more, in the output `images`.\n", more)
	}
	b.WriteString("\n")
}

func writeImage(b *strings.Builder, mark string, image selection.Image) {
	fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", mark, code(image.ImageID), code(image.Region),
		code(image.CloudProvider), code(image.ComponentType), code(image.BuildID))
}
