package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/verdict"
)

// Verification is what the action verify found out.
type Verification struct {
	// Verdicts are those of all ids, in the order in which they were found. There are none where the
	// action itself failed.
	Verdicts []verdict.Verdict
	// Unknown are attributes of a plan whose value is not known before it is applied.
	Unknown []imageids.Place
}

// count is how many verdicts have the effect.
func (v Verification) count(effect gate.Effect) int {
	count := 0
	for _, one := range v.Verdicts {
		if one.Effect == effect {
			count++
		}
	}
	return count
}

func (v Verification) outputs(p *problem.Problem) []output {
	result := "pass"
	if p != nil {
		result = "fail"
	}
	list := []verdictOutput{} // [] in JSON, where nil would be null
	for _, one := range v.Verdicts {
		list = append(list, newVerdictOutput(one))
	}
	return []output{
		{"result", result},
		{"checked", strconv.Itoa(len(v.Verdicts))},
		{"refused", strconv.Itoa(v.count(gate.Fail))},
		{"warned", strconv.Itoa(v.count(gate.Warn))},
		{"verdicts", toJSON(list)},
	}
}

// verdictOutput is an object of the output "verdicts".
type verdictOutput struct {
	ImageID            string           `json:"image_id"`
	Verdict            gate.Kind        `json:"verdict"`
	Bucket             string           `json:"bucket"`
	IterationID        string           `json:"iteration_id"`
	IncrementalVersion *int64           `json:"incremental_version"`
	Fingerprint        string           `json:"fingerprint"`
	CloudProvider      string           `json:"cloud_provider"`
	Region             string           `json:"region"`
	RevokeAt           registry.Time    `json:"revoke_at"`
	RevocationMessage  string           `json:"revocation_message"`
	Replacement        string           `json:"replacement"`
	Places             []imageids.Place `json:"places"`
}

func newVerdictOutput(v verdict.Verdict) verdictOutput {
	out := verdictOutput{
		ImageID:     v.Image.ID,
		Verdict:     v.Kind,
		Replacement: v.Replacement,
		Places:      append([]imageids.Place{}, v.Image.Places...),
	}
	if m := v.Match; m != nil {
		out.Bucket = m.Iteration.Bucket
		out.IterationID = m.Iteration.ID
		out.IncrementalVersion = m.Iteration.Number
		out.Fingerprint = m.Iteration.Fingerprint
		out.CloudProvider, out.Region = m.CloudProvider, m.Region
		out.RevokeAt, out.RevocationMessage = m.Iteration.RevokeAt, m.Iteration.RevocationMessage
	}
	return out
}

const (
	// maxSummary keeps the table below the 1 MiB at which GitHub drops a summary whole.
	maxSummary = 900 << 10
	// maxPlaces is how many places of an id the table shows.
	maxPlaces = 3
)

// summary is one table, the worst first.
func (v Verification) summary(p *problem.Problem) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", v.heading(p))
	if p != nil {
		fmt.Fprintf(&b, "%s\n\n", span(p.Message))
	}
	v.writeVerdicts(&b)
	v.writeUnknown(&b)
	return b.String()
}

func (v Verification) heading(p *problem.Problem) string {
	switch {
	case p != nil:
		return "❌ HCP Packer: " + string(p.Title)
	case v.count(gate.Warn) > 0:
		return fmt.Sprintf("⚠️ HCP Packer: images checked: %d, with a warning: %d", len(v.Verdicts), v.count(gate.Warn))
	default:
		return fmt.Sprintf("✅ HCP Packer: images checked: %d", len(v.Verdicts))
	}
}

func (v Verification) writeVerdicts(b *strings.Builder) {
	if len(v.Verdicts) == 0 {
		return
	}
	worst := slices.Clone(v.Verdicts)
	slices.SortStableFunc(worst, verdict.Verdict.Compare)
	b.WriteString("| | image | verdict | used at | from | why | replace by |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for i, one := range worst {
		if b.Len() > maxSummary {
			fmt.Fprintf(b, "\nand %d more, in the output `verdicts`.\n", len(worst)-i)
			break
		}
		writeVerdict(b, one)
	}
	b.WriteString("\n")
}

func writeVerdict(b *strings.Builder, v verdict.Verdict) {
	marks := map[gate.Effect]string{gate.Fail: "❌", gate.Warn: "⚠️"}
	from, why := "", ""
	if m := v.Match; m != nil {
		from = codes(m.Iteration.Bucket, m.Iteration.Name)
		if m.Iteration.RevokeAt.IsSet() || m.Iteration.RevocationMessage != "" {
			why = codes(m.Iteration.RevokeAt.String(), m.Iteration.RevocationAuthor, m.Iteration.RevocationMessage)
		}
	}
	fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s |\n", marks[v.Effect], code(v.Image.ID), v.Kind,
		places(v.Image.Places), from, why, code(v.Replacement))
}

func places(list []imageids.Place) string {
	var texts []string
	for _, p := range list[:min(len(list), maxPlaces)] {
		texts = append(texts, placeText(p))
	}
	text := codes(texts...)
	if more := len(list) - maxPlaces; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// placeText is file:line, or the address of a resource.
func placeText(p imageids.Place) string {
	switch {
	case p.Address != "":
		return p.Address
	case p.Line > 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	default:
		return p.File
	}
}

func (v Verification) writeUnknown(b *strings.Builder) {
	if len(v.Unknown) == 0 {
		return
	}
	var addresses []string
	for _, p := range v.Unknown[:min(len(v.Unknown), maxRows)] {
		addresses = append(addresses, placeText(p))
	}
	fmt.Fprintf(b, "Not known before apply, and not checked: %s", codes(addresses...))
	if more := len(v.Unknown) - maxRows; more > 0 {
		fmt.Fprintf(b, " and %d more", more)
	}
	b.WriteString("\n")
}

// maxAnnotations is how many of a kind a workflow shows of a step. One error is the step's own.
const maxAnnotations = 10

// annotate tells of every refused image, and of every one to warn of, where it is named.
func (v Verification) annotate(out *Reporter, _ *problem.Problem) {
	errors, warnings := maxAnnotations-1, maxAnnotations
	for _, one := range v.Verdicts {
		for _, place := range one.Image.Places {
			switch {
			case one.Effect == gate.Fail && errors > 0:
				errors--
				out.errorAt(annotationPlace(place), title(one.Kind), message(one, place))
			case one.Effect == gate.Warn && warnings > 0:
				warnings--
				out.warningAt(annotationPlace(place), title(one.Kind), message(one, place))
			}
		}
		if one.Effect == gate.Warn && len(one.Image.Places) == 0 && warnings > 0 {
			warnings--
			out.Warning(title(one.Kind), message(one, imageids.Place{}))
		}
	}
	v.logVerdicts(out)
}

// maxLogged is how many verdicts the log tells of: it has no annotation for an image that has no
// place, and for one beyond the tenth.
const maxLogged = 20

func (v Verification) logVerdicts(out *Reporter) {
	logged := 0
	for _, one := range v.Verdicts {
		if one.Effect == gate.Fail && logged < maxLogged {
			logged++
			out.Log(message(one, imageids.Place{}))
		}
	}
	out.Log(fmt.Sprintf("images checked: %d, refused: %d, with a warning: %d", len(v.Verdicts), v.count(gate.Fail), v.count(gate.Warn)))
}

// annotationPlace is the line of a file. A plan has none that anybody would look at.
func annotationPlace(place imageids.Place) Place {
	if place.Line == 0 {
		return Place{}
	}
	return Place{File: place.File, Line: place.Line}
}

func title(kind gate.Kind) string {
	switch kind {
	case verdict.Outdated:
		return "Image outdated"
	case verdict.Untracked:
		return "Image untracked"
	default:
		return string(kind.Title())
	}
}

// message names the resource, where a plan names the image, and what replaces the image.
func message(v verdict.Verdict, place imageids.Place) string {
	text := v.Reason + "."
	if place.Address != "" {
		text = problem.Clean(place.Address) + ": " + text
	}
	if v.Replacement != "" {
		text += " Replace it with " + problem.Quote(v.Replacement) + "."
	}
	return text
}
