package pages

import (
	"cmp"
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
	// RolledBackFrom is what the channel was rolled back from, or had until it was emptied; nil where that was not, or
	// was not asked for.
	RolledBackFrom *registry.Assignment
	// Images are those that the selection leaves.
	Images []selection.Image
}

// chosen is the one image that the step hands out, nil where there is not exactly one.
func (r Resolution) chosen(p *problem.Problem) *selection.Image {
	if p != nil || len(r.Images) != 1 {
		return nil
	}
	return &r.Images[0]
}

// Form is the page as the runner is told.
func (r Resolution) Form(p *problem.Problem) Form {
	return newForm("resolve", r.outputs(p), r.summary(p), r.notes(p))
}

// outputs are all outputs of the action. A step that fails tells what it found and gives nothing that could
// be deployed, in a form that fromJSON takes. What can be deployed comes last, should the file be cut.
func (r Resolution) outputs(p *problem.Problem) []Output {
	builds, images := []registry.Build{}, []selection.Image{} // [] in JSON, where nil would be null
	if p == nil {
		builds = append(builds, r.Iteration.Builds...)
		images = append(images, r.Images...)
	}
	out := append(r.iterationOutputs(), Output{"rolled-back-from", rolledBackFrom(r.RolledBackFrom)}, Output{"builds", toJSON(builds)}, Output{"images", toJSON(images)})
	return append(out, imageOutputs(r.chosen(p))...)
}

func (r Resolution) iterationOutputs() []Output {
	it, organization, project, revoked := r.Iteration, r.OrganizationID, r.ProjectID, ""
	if it == nil {
		it, organization, project = &registry.Iteration{}, "", ""
	} else {
		revoked = strconv.FormatBool(r.Decision.Status == registry.Revoked)
	}
	return []Output{
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
		{"age-days", count(r.Decision.AgeDays)},
		{"days-to-revocation", count(r.Decision.DaysToRevocation)},
		{"parents", string(it.ParentsStatus)},
		{"channel-id", it.ChannelID},
		{"bucket", it.Bucket},
		{"channel", it.Channel},
		{"organization-id", organization},
		{"project-id", project},
	}
}

// imageOutputs are those of the one image, all empty where there is none.
func imageOutputs(image *selection.Image) []Output {
	labels := ""
	if image == nil {
		image = &selection.Image{}
	} else {
		labels = toJSON(image.Labels)
	}
	return []Output{
		{"region", image.Region},
		{"cloud-provider", image.CloudProvider},
		{"component-type", image.ComponentType},
		{"build-id", image.BuildID},
		{"labels", labels},
		{"image-id", image.ImageID},
	}
}

// notes warn of what speaks against the iteration, and say which image it is.
func (r Resolution) notes(p *problem.Problem) []Note {
	notes, it := r.warnings(p), r.Iteration
	if it == nil || p != nil {
		return notes
	}
	switch chosen := r.chosen(p); {
	case chosen != nil:
		return append(notes, Note{Message: fmt.Sprintf("%s is %s, image %s", it, r.Decision.Status, problem.QuoteID(chosen.ImageID))})
	case len(r.Images) == 0:
		return append(notes, Note{Level: Notice, Title: "No image", Message: fmt.Sprintf("The %s has no images of finished builds: image-id is empty.", it)})
	default:
		return append(notes, Note{Level: Notice, Title: "Several images", Message: fmt.Sprintf("The %s has %d images and no selector is set: image-id is empty, and images lists them. "+
			"Set region, cloud-provider, component-type or labels to pick one.", it, len(r.Images))})
	}
}

// warnings are of what speaks against the iteration.
func (r Resolution) warnings(p *problem.Problem) (notes []Note) {
	it := r.Iteration
	if it == nil {
		return nil
	}
	if it.Number == nil {
		notes = append(notes, Note{Level: Warning, Title: "Unusual version name", Message: fmt.Sprintf("The version's name %s is not of the form v<number>: incremental-version is empty.", problem.Quote(it.Name))})
	}
	if p != nil {
		return notes
	}
	for _, w := range r.Decision.Warnings() {
		notes = append(notes, Note{Level: Warning, Title: string(w.Kind.Title()), Message: w.Sentence(it.String()) + "."})
	}
	return notes
}

func decimal(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

// count is empty where there is nothing to count.
func count(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

func ancestor(a *registry.Ancestor) string {
	if a == nil {
		return ""
	}
	return toJSON(a)
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

// newFormerOutput is nil for none.
func newFormerOutput(from *registry.Assignment) *formerOutput {
	if from == nil {
		return nil
	}
	it := from.Iteration
	return &formerOutput{it.ID, it.Number, it.Fingerprint, it.RevokeAt, it.RevocationMessage, it.RevocationAuthor, from.AssignedAt}
}

func rolledBackFrom(from *registry.Assignment) string {
	if from == nil {
		return ""
	}
	return toJSON(newFormerOutput(from))
}

const (
	// shownImages are in the table that is open.
	shownImages = 10
	// maxCell is how many characters of an id a table shows: the widest that leaves the page as wide as the
	// window. An AMI's id is shorter.
	maxCell = 32
)

// summary is the page that people read.
func (r Resolution) summary(p *problem.Problem) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n%s\n\n", r.heading(p), r.sentence(p))
	if others := r.otherReasons(p); others != "" {
		b.WriteString(others + "\n")
	}
	if p == nil {
		b.WriteString(r.images())
	}
	b.WriteString(fold("Iteration, fingerprint", r.details(p)))
	return b.String()
}

// heading has the verdict, where it is of, and the version.
func (r Resolution) heading(p *problem.Problem) string {
	mark := "✅"
	switch {
	case r.Iteration == nil:
		return nothingFound(where(r.Query), p)
	case p != nil:
		mark = "❌"
	case r.Decision.Warning() != nil:
		mark = "⚠️"
	}
	return fmt.Sprintf("%s %s: %s", mark, where(r.Query), r.verdict(p))
}

// nothingFound is the heading of a step that fails before it finds an iteration.
func nothingFound(where string, p *problem.Problem) string {
	if where == "" {
		return "❌ " + string(p.Title)
	}
	return "❌ " + where + ": " + titleInSentence(p)
}

// where is the bucket and channel, or fingerprint, of a query.
func where(q registry.Query) string {
	names := []string{headed(q.Bucket), headed(cmp.Or(q.Channel, q.Fingerprint))}
	return strings.Join(slices.DeleteFunc(names, func(name string) bool { return name == "" }), " / ")
}

// headed is a name as a heading shows it: what is no name, as it may be in an input, in a code span.
func headed(name string) string {
	if registry.IsName(name) {
		return plain(name)
	}
	return code(name)
}

// verdict is the end of the heading.
func (r Resolution) verdict(p *problem.Problem) string {
	version := versionName(r.Iteration)
	switch refusal, warning := toldBy(p, r.Decision), r.Decision.Warning(); {
	case refusal != nil:
		return version + " " + verdictWords(r, *refusal)
	case p != nil:
		return version + ", " + titleInSentence(p)
	case warning != nil && warning.Kind == gate.Revoked:
		return version + " revoked, let through"
	case warning != nil:
		return version + " active, " + verdictWords(r, *warning)
	default:
		return version + " active"
	}
}

// verdictWords are a reason in a few words that follow the version.
func verdictWords(r Resolution, reason gate.Reason) string {
	switch reason.Kind {
	case gate.Revoked:
		return "revoked"
	case gate.RevocationScheduled:
		if !r.Iteration.RevokeAt.IsSet() {
			return "to be revoked"
		}
		return "to be revoked on " + r.Iteration.RevokeAt.Day()
	case gate.ParentOutOfDate:
		return "parent out of date"
	case gate.TooOld:
		return "too old"
	case gate.RolledBack:
		return "rolled back"
	default:
		return "not usable"
	}
}

// titleInSentence is the title of a problem where it does not begin a sentence.
func titleInSentence(p *problem.Problem) string {
	first, rest, _ := strings.Cut(string(p.Title), " ")
	if first == strings.ToUpper(first) {
		return string(p.Title)
	}
	return strings.TrimSpace(strings.ToLower(first) + " " + rest)
}

// versionName is v<number>, or in a code span what the registry has in its place.
func versionName(it *registry.Iteration) string {
	if it.Number != nil {
		return fmt.Sprintf("v%d", *it.Number)
	}
	return code(cmp.Or(it.Name, it.ID))
}

// sentence says what has come of the step.
func (r Resolution) sentence(p *problem.Problem) string {
	const subject = "the iteration"
	refusal, warning := toldBy(p, r.Decision), r.Decision.Warning()
	switch {
	case refusal != nil && r.Iteration != nil:
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

// otherReasons are all reasons besides the one that the sentence tells.
func (r Resolution) otherReasons(p *problem.Problem) string {
	if r.Iteration == nil {
		return ""
	}
	told := toldBy(p, r.Decision)
	if p == nil {
		told = r.Decision.Warning()
	}
	return reasonList(r.Decision.Reasons, told)
}

// toldBy is the refusal that a problem tells of, nil where something else failed the step.
func toldBy(p *problem.Problem, decision gate.Decision) *gate.Reason {
	if refusal := decision.Refusal(); p != nil && refusal != nil && p.Title == refusal.Kind.Title() {
		return refusal
	}
	return nil
}

// reasonList are the reasons besides the one that is told elsewhere, nil where none is.
func reasonList(reasons []gate.Reason, told *gate.Reason) string {
	var items []string
	for i, reason := range reasons {
		if told != &reasons[i] {
			items = append(items, prose(reason.Sentence("it")+"."))
		}
	}
	return list(items...)
}

// images are what a person copies first.
func (r Resolution) images() string {
	switch len(r.Images) {
	case 0:
		return ""
	case 1:
		i := r.Images[0]
		return fmt.Sprintf("**%s**%s\n\n", codeID(i.ImageID), join(": ", codes(i.CloudProvider, i.Region, i.ComponentType)))
	}
	shown := min(len(r.Images), shownImages)
	text := imageTable(r.Images[:shown]) + "\n"
	if more := r.Images[shown:]; len(more) > 0 {
		text += fold(plural(len(more), "more image", "more images"), imageTable(more))
	}
	return text + fold("The shortened ids in full", list(shortenedIDs(r.Images)...))
}

// join puts a separator in front of a text that is not empty.
func join(separator, text string) string {
	if text == "" {
		return ""
	}
	return separator + text
}

func imageTable(images []selection.Image) string {
	return table(images, []string{"image", "region", "cloud provider", "component type"}, func(i selection.Image) []string {
		return []string{span(shorten(i.ImageID, maxCell)), span(shorten(i.Region, 20)), span(shorten(i.CloudProvider, 12)), span(shorten(i.ComponentType, 28))}
	})
}

// shortenedIDs are the ids that the table does not show whole, in its order.
func shortenedIDs(images []selection.Image) []string {
	var ids []string
	for _, i := range images {
		if isShortened(i.ImageID) {
			ids = append(ids, codeID(i.ImageID))
		}
	}
	return ids
}

// details are what else there is.
func (r Resolution) details(p *problem.Problem) string {
	it := r.Iteration
	if it == nil {
		return ""
	}
	items := []string{
		named("iteration", it.ID),
		named("fingerprint", it.Fingerprint),
		join("created ", plain(it.CreatedAt.String())),
		named("created by", it.AuthorID),
	}
	if chosen := r.chosen(p); chosen != nil {
		items = append(items, named("build", chosen.BuildID))
	}
	items = append(items, fmt.Sprintf("[bucket in the HCP portal](%s)", r.BucketURL))
	return list(items...)
}
