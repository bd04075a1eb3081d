package pages

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/verdict"
	"hcp-packer-iteration/internal/workspace"
)

// Verification is what the action verify found out.
type Verification struct {
	// Verdicts are those of all ids, in the order in which they were found. There are none where the
	// action itself failed.
	Verdicts []verdict.Verdict
	// NoneKnown says where the ids were looked up, if none of them is known there.
	NoneKnown string
	// Unknown are the places of a plan whose image is known only after apply.
	Unknown verdict.Unknown
	// Fixed is what was replaced in files.
	Fixed workspace.Fixed
	// Over are the waivers whose time is over, and Unneeded those that no image needs.
	Over, Unneeded []verdict.Waiver
	// Warnings say what was not searched for images, each in a sentence.
	Warnings []string
	// Unreported is how many places the file for code scanning has no room for.
	Unreported int
}

func (v *Verification) count(effect gate.Effect) int {
	return countOf(v.Verdicts, func(one verdict.Verdict) bool { return one.Effect == effect })
}

// Form is the page as the runner is told.
func (v *Verification) Form(p *problem.Problem) Form {
	outputs, leftOut := v.outputs(p)
	return newForm("verify", outputs, v.summary(p), v.notes(p, leftOut))
}

// outputs are the outputs, and notes of what has no room in them.
func (v *Verification) outputs(p *problem.Problem) (outputs []Output, leftOut noteList) {
	verdicts := "[]"
	if !FailsItself(p) {
		verdicts, leftOut = v.encode()
	}
	files := append([]string{}, v.Fixed.Files...) // [] in JSON, where nil would be null
	slices.Sort(files)
	return []Output{
		resultOutput(p),
		{"checked", strconv.Itoa(len(v.Verdicts))},
		{"refused", strconv.Itoa(v.count(gate.Fail))},
		{"warned", strconv.Itoa(v.count(gate.Warn))},
		{"fixed", strconv.Itoa(v.Fixed.Count)},
		{"fixed-files", toJSON(files)},
		{"verdicts", verdicts},
	}, leftOut
}

// FailsItself is whether the action failed, and not an image.
func FailsItself(p *problem.Problem) bool {
	return p != nil && p.Title != problem.ImagesRefused && p.Title != problem.ImagesUnknown
}

func (v *Verification) encode() (text string, leftOut noteList) {
	const fewPlaces = 10
	withPlaces := func(most int) (string, int) {
		object := func(one verdict.Verdict) any { return newVerdictOutput(one, most) }
		return boundedJSON(v.Verdicts, verdict.Verdict.Compare, object, maxJSON)
	}
	text, left := withPlaces(math.MaxInt)
	if left == 0 {
		return text, nil
	}
	text, left = withPlaces(fewPlaces)
	message := fmt.Sprintf("The output verdicts is full: it has the first %d places of an image.", fewPlaces)
	if left > 0 {
		message += fmt.Sprintf(" %s left out, the mildest first.", plural(left, "verdict is", "verdicts are"))
	}
	leftOut.add(Warning, "Verdicts left out", "%s", message)
	return text, leftOut
}

type verdictOutput struct {
	ImageID            string           `json:"image_id"`
	Sensitive          bool             `json:"sensitive,omitempty"`
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

// newVerdictOutput has at most so many places.
func newVerdictOutput(v verdict.Verdict, most int) verdictOutput {
	id, m := v.Image.ID, cmp.Or(v.Match, &registry.Match{Iteration: &registry.Iteration{}})
	if v.Image.Sensitive {
		id = ""
	}
	it, places := m.Iteration, append([]imageids.Place{}, v.Image.Places...) // [] in JSON, where nil would be null
	return verdictOutput{id, v.Image.Sensitive, v.Kind, it.Bucket, it.ID, it.Number, it.Fingerprint, m.CloudProvider,
		m.Region, it.RevokeAt, it.RevocationMessage, v.Replacement, places[:min(len(places), most)]}
}

func (v *Verification) summary(p *problem.Problem) string {
	isFine := func(one verdict.Verdict) bool { return one.Effect == gate.Ignore && !one.Fixed }
	told, fine := split(v.Verdicts, verdict.Verdict.Compare, isFine)
	unknown := v.Unknown.Places
	return fmt.Sprintf("### %s\n\n%s\n\n", v.heading(p), v.sentence(p)) +
		openTable(told, shownRows, "image", "images", verdictTable) +
		fold("All ids in full, with every place", list(told, fullID)) +
		fold("Why", list(whys(told), prose)) +
		fold(plural(len(fine), "other image", "other images"), list(fine, fineImage)) +
		fold(plural(len(unknown), "place", "places")+" whose image is known only after apply: not checked",
			list(unknown, func(p imageids.Place) string { return code(verdict.PlaceText(p)) })) +
		fold("Not searched", list(v.Warnings, prose))
}

func (v *Verification) heading(p *problem.Problem) string {
	refused, all := v.count(gate.Fail), plural(len(v.Verdicts), "image", "images")
	switch {
	case FailsItself(p) && len(v.Verdicts) > 0:
		return "❌ " + all + " checked" + v.details() + ": " + titleInSentence(p)
	case FailsItself(p):
		return "❌ Images not checked: " + titleInSentence(p)
	case refused > 0:
		return fmt.Sprintf("❌ %d of %s refused%s", refused, all, v.details())
	case len(v.Verdicts) == 0 && len(v.Unknown.Places) > 0:
		return v.mark(p) + " No image could be checked before apply"
	case len(v.Verdicts) == 0:
		return "⚠️ No image ids found"
	case v.count(gate.Warn) > 0 || v.Fixed.Count > 0 || v.unvouched() > 0:
		return v.mark(p) + " " + all + " checked" + v.details()
	default:
		return v.mark(p) + " " + all + " checked, none refused" + v.details()
	}
}

func (v *Verification) details() string {
	text := ""
	add := func(n int, one, many string) {
		if n > 0 {
			text += ", " + plural(n, one, many)
		}
	}
	add(v.count(gate.Warn), "with a warning", "with a warning")
	add(v.Fixed.Count, "place fixed", "places fixed")
	add(v.unvouched(), "not in the registry", "not in the registry")
	add(len(v.Unknown.Places), "known only after apply", "known only after apply")
	return text
}

// mark is the sign of the whole step. What could not be checked has no green tick.
func (v *Verification) mark(p *problem.Problem) string {
	switch {
	case p != nil:
		return "❌"
	case v.count(gate.Warn) > 0 || v.unvouched() > 0 || len(v.Unknown.Places) > 0 || len(v.Warnings) > 0:
		return "⚠️"
	case v.Fixed.Count > 0:
		return "🔧"
	default:
		return "✅"
	}
}

// unvouched counts the images that the registry says nothing of, where there is no warning of them.
func (v *Verification) unvouched() int {
	return countOf(v.Verdicts, func(one verdict.Verdict) bool { return one.Match == nil && one.Effect == gate.Ignore })
}

func (v *Verification) sentence(p *problem.Problem) string {
	switch refused := v.count(gate.Fail); {
	case FailsItself(p):
		return prose(p.Message)
	case refused == 1:
		return "Replace the refused image, or revert the change."
	case refused > 1:
		return "Replace the refused images, or revert the change."
	case p != nil:
		return "Apply first what determines the images that are known only after apply, or set `unknown` to `warn` or `ignore`."
	case len(v.Verdicts) == 0 && len(v.Unknown.Places) == 0:
		return "Nothing names an image, so nothing was checked. If something should, correct the inputs image-ids, plan, state and files."
	case len(v.Verdicts) == 0:
		return "All images of the plan are known only after apply."
	case v.NoneKnown != "":
		return prose(v.NoneKnown)
	default:
		return "None of the checked images is refused."
	}
}

func verdictTable(told []verdict.Verdict) string {
	image := "image"
	if slices.ContainsFunc(told, func(one verdict.Verdict) bool { return one.Replacement != "" }) {
		image = "image and its replacement"
	}
	return table(told, []string{"verdict", image, "used at"}, func(one verdict.Verdict) []string {
		sign := mark(one.Effect)
		if one.Fixed {
			sign = "🔧"
		}
		id := cell(verdict.Name(one.Image), maxCell) + join("<br>➡️ ", cell(one.Replacement, maxCell))
		return []string{sign + " " + words(one), id, placeCell(one.Image)}
	})
}

func words(one verdict.Verdict) string {
	switch {
	case one.Waiver != nil:
		return "waived until " + one.Waiver.Until.Format(time.DateOnly) + join(": ", matchWords(one))
	case one.Fixed:
		return "replaced: " + matchWords(one)
	case one.Match == nil && one.Kind == verdict.Floating:
		return "floating"
	case one.Match == nil && one.Kind == gate.Unusable:
		return "could not be looked up"
	case one.Match == nil:
		return "not in the registry"
	default:
		return matchWords(one)
	}
}

// matchWords are the words about what the registry knows, empty where it knows nothing.
func matchWords(one verdict.Verdict) string {
	if one.Match == nil {
		return ""
	}
	it := one.Match.Iteration
	of := cell(it.Bucket, maxBucketCell) + " " + shortVersion(it)
	reason := join(": ", reasonCell(it.RevocationMessage))
	switch one.Kind {
	case gate.Revoked, gate.RevocationScheduled:
		return of + " " + kindWords(one.Kind, it) + reason
	case verdict.NoChannel:
		return of + ", no channel to compare with"
	case verdict.Waived:
		return of + reason
	default:
		return of + " " + kindWords(one.Kind, it)
	}
}

// reasonCell is the beginning of a revocation's message. A browser breaks no word of it, so that long ones, such as
// addresses, are shortened.
func reasonCell(message string) string {
	const most = 80
	words := strings.Fields(problem.CleanTo(message, most))
	for i, word := range words {
		words[i] = shorten(word, maxCell)
	}
	return span(strings.Join(words, " "))
}

func shortVersion(it *registry.Iteration) string {
	if it.Number != nil {
		return versionName(it)
	}
	return cell(cmp.Or(it.Name, it.ID), maxBucketCell)
}

func placeCell(image imageids.Image) string {
	places, more := image.Places, image.More
	if image.Sensitive && len(places) > 0 {
		places = places[1:] // the first stands for the image
	}
	if len(places) == 0 {
		return ""
	}
	text := cell(verdict.PlaceText(places[0]), maxCell)
	if more += len(places) - 1; more > 0 {
		text += fmt.Sprintf("<br>and %d more", more)
	}
	return text
}

// fullID is an image of which the table leaves something out, with all of its places.
func fullID(one verdict.Verdict) string {
	const maxPlaces = 100
	places := one.Image.Places
	if !isShortened(verdict.Name(one.Image)) && !isShortened(one.Replacement) &&
		(len(places) == 0 || len(places) == 1 && !isShortened(verdict.PlaceText(places[0]))) {
		return ""
	}
	var texts []string
	for _, p := range places[:min(len(places), maxPlaces)] {
		texts = append(texts, verdict.PlaceText(p))
	}
	text := codeID(verdict.Name(one.Image)) + join("<br>➡️ ", codeID(one.Replacement)) + join("<br>at ", codes(texts...))
	if more := len(places) - len(texts) + one.Image.More; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// whys tell who revoked what, and why, each once.
func whys(told []verdict.Verdict) (distinct []string) {
	known := map[string]bool{"": true}
	for _, one := range told {
		if why := one.Why(); !known[why] {
			known[why] = true
			distinct = append(distinct, why)
		}
	}
	return distinct
}

func fineImage(one verdict.Verdict) string {
	if one.Match == nil {
		return codeID(verdict.Name(one.Image)) + ", " + words(one)
	}
	return codeID(verdict.Name(one.Image)) + ", " + code(one.Match.Iteration.Bucket) + " " + versionName(one.Match.Iteration)
}

func (v *Verification) notes(p *problem.Problem, leftOut noteList) []Note {
	var notes noteList
	if v.NoneKnown != "" {
		notes.add(Warning, "No image known", "%s", v.NoneKnown)
	}
	notes = append(notes, leftOut...)
	if n := v.Unreported; n > 0 {
		notes.add(Warning, "Results left out", "The file of the input sarif-file is full: %s left out, the mildest first.",
			plural(n, "place is", "places are"))
	}
	notes.addExpired("image", v.Over)
	if n := len(v.Fixed.Unwritten); n > 0 {
		notes.add(Notice, "Images not replaced", "%s: %s. Plans, states and what is in a folder .git are never written.",
			plural(n, "file names images to replace and is left as it is", "files name images to replace and are left as they are"), problem.ListOf(v.Fixed.Unwritten, problem.Quote))
	}
	notes.addUnneeded("image", v.Unneeded)
	for _, one := range v.Verdicts {
		for _, place := range one.Image.Places {
			if v.Fixed.Has(one.Image, place) {
				notes = append(notes, Note{Notice, place, "Image replaced", replacedMessage(one)})
			}
		}
	}
	// Where nothing but these fail the step, its own error tells of them.
	unknown, told := v.Unknown.Problem(), v.Unknown.Effect == gate.Fail && p != nil && p.Title == problem.ImagesRefused
	if unknown != nil && (told || v.Unknown.Effect == gate.Warn) {
		notes.add(levelOf(v.Unknown.Effect), string(unknown.Title), "%s", unknown.Message)
	}
	notes = append(notes, v.annotations(gate.Fail)...)
	notes = append(notes, v.annotations(gate.Warn)...)
	for _, warning := range v.Warnings {
		notes.add(Warning, "File not searched", "%s", warning)
	}
	const maxLogged = 20
	logged := 0
	for _, one := range v.Verdicts {
		if one.Effect == gate.Fail && logged < maxLogged {
			notes.add(Log, "", "%s", message(one, imageids.Place{}))
			logged++
		}
	}
	notes.add(Log, "", "images checked: %d, refused: %d, with a warning: %d",
		len(v.Verdicts), v.count(gate.Fail), v.count(gate.Warn))
	return notes
}

func replacedMessage(one verdict.Verdict) string {
	if one.Replacement == "" { // not to be shown
		return one.Reason() + ". It is replaced."
	}
	return fmt.Sprintf("%s. It is replaced by %s.", one.Reason(), problem.QuoteID(one.Replacement))
}

// annotations are one for each place that names an image of this effect, the first of each image before all others,
// and one for an image to warn of that has no place. One that is refused and has none is named by the step's own
// error, and in the log.
func (v *Verification) annotations(effect gate.Effect) []Note {
	var notes [2][]Note // the first of each image, and the others
	for _, one := range v.Verdicts {
		if one.Effect != effect {
			continue
		}
		places := slices.DeleteFunc(slices.Clone(one.Image.Places), func(place imageids.Place) bool {
			return v.Fixed.Has(one.Image, place)
		})
		if len(one.Image.Places) == 0 && effect == gate.Warn {
			places = []imageids.Place{{}}
		}
		title := titleOf(one.Kind)
		if one.Kind == gate.Unusable && one.Problem != nil {
			title = "Image not checked"
		}
		for i, place := range places {
			rank := min(i, 1)
			notes[rank] = append(notes[rank], Note{levelOf(effect), place, title, message(one, place)})
		}
	}
	return append(notes[0], notes[1]...)
}

// message names the resource, where a plan names the image, and what replaces the image.
func message(v verdict.Verdict, place imageids.Place) string {
	if v.Image.Sensitive && place != (imageids.Place{}) {
		v.Image.Places = []imageids.Place{place} // by which the reason calls it
	}
	text := v.Reason() + "."
	if place.Address != "" && !v.Image.Sensitive {
		text = problem.Clean(place.Address) + ": " + text
	}
	if v.Replacement != "" {
		text += " Replace it with " + problem.QuoteID(v.Replacement) + "."
	}
	return text
}
