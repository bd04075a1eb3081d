package pages

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/registry"
	"hcp-packer-iteration/internal/verdict"
)

// Audit is what the action audit found out.
type Audit struct {
	// Buckets is how many buckets were read, or found unreadable.
	Buckets int
	// Findings are one for each channel that was looked at, and for each bucket that could not be read, in the
	// registry's order. There are none where the action itself failed.
	Findings []verdict.Finding
	// Gone are the buckets, and channels as bucket/channel, that were deleted between the list and their turn.
	Gone []string
	// Unmatched say which lines of the inputs match nothing, each in a sentence.
	Unmatched []string
	// Over are the waivers whose time is over, and Unneeded those that no channel needs.
	Over, Unneeded []verdict.Waiver
}

// count is how many findings have the effect.
func (a Audit) count(effect gate.Effect) int {
	return countOf(a.Findings, func(f verdict.Finding) bool { return f.Effect == effect })
}

// told are the findings that fail or warn, the worst first, and fine the others.
func (a Audit) told() (told, fine []verdict.Finding) {
	for _, f := range slices.SortedStableFunc(slices.Values(a.Findings), verdict.Finding.Compare) {
		if f.Effect == gate.Ignore {
			fine = append(fine, f)
		} else {
			told = append(told, f)
		}
	}
	return told, fine
}

// Form is the page as the runner is told.
func (a Audit) Form(p *problem.Problem) Form {
	lists := a.lists()
	return newForm("audit", a.outputs(p, lists), a.summary(p), a.notes(p, lists))
}

func (a Audit) outputs(p *problem.Problem, lists auditLists) []Output {
	result := "pass"
	if p != nil {
		result = "fail"
	}
	return []Output{
		{"result", result},
		{"buckets", strconv.Itoa(a.Buckets)},
		{"checked", strconv.Itoa(len(a.Findings))},
		{"refused", strconv.Itoa(a.count(gate.Fail))},
		{"warned", strconv.Itoa(a.count(gate.Warn))},
		{"findings", lists.findings},
		{"rebuild", lists.rebuild},
	}
}

// auditLists are the outputs that are lists, and what each has no room for.
type auditLists struct {
	findings, rebuild         string
	findingsLeft, rebuildLeft int
}

// lists gives what there is to rebuild half of the room, and the findings what that leaves.
func (a Audit) lists() (l auditLists) {
	told, _ := a.told()
	inOrder := func(string, string) int { return 0 }
	name := func(bucket string) any { return bucket }
	l.rebuild, l.rebuildLeft = boundedJSON(rebuild(told), inOrder, name, maxJSON/2)
	l.findings, l.findingsLeft = boundedJSON(told, verdict.Finding.Compare, newFindingOutput, maxJSON-utf16Length(l.rebuild))
	return l
}

// rebuild are the buckets whose images to build again, in order of their names.
func rebuild(told []verdict.Finding) []string {
	var buckets []string
	for _, f := range told {
		if f.Kind != verdict.Unreadable && f.Waiver == nil {
			buckets = append(buckets, f.Bucket)
		}
	}
	slices.Sort(buckets)
	return slices.Compact(buckets)
}

// findingOutput is an object of the output "findings".
type findingOutput struct {
	Bucket             string                 `json:"bucket"`
	Channel            string                 `json:"channel"`
	Kind               gate.Kind              `json:"kind"`
	Effect             gate.Effect            `json:"effect"`
	Waived             bool                   `json:"waived,omitempty"`
	IterationID        string                 `json:"iteration_id"`
	IncrementalVersion *int64                 `json:"incremental_version"`
	Fingerprint        string                 `json:"fingerprint"`
	CreatedAt          registry.Time          `json:"created_at"`
	AgeDays            *int                   `json:"age_days"`
	RevokeAt           registry.Time          `json:"revoke_at"`
	DaysToRevocation   *int                   `json:"days_to_revocation"`
	RevocationMessage  string                 `json:"revocation_message"`
	RevocationAuthor   string                 `json:"revocation_author"`
	Parents            registry.ParentsStatus `json:"parents"`
	RolledBackFrom     *formerOutput          `json:"rolled_back_from"`
}

func newFindingOutput(f verdict.Finding) any {
	out := findingOutput{
		Bucket:           f.Bucket,
		Channel:          f.Channel,
		Kind:             f.Kind,
		Effect:           f.Effect,
		Waived:           f.Waiver != nil,
		AgeDays:          f.Decision.AgeDays,
		DaysToRevocation: f.Decision.DaysToRevocation,
		RolledBackFrom:   newFormerOutput(f.RolledBackFrom),
	}
	if it := f.Iteration; it != nil {
		out.IterationID, out.IncrementalVersion, out.Fingerprint = it.ID, it.Number, it.Fingerprint
		out.CreatedAt, out.RevokeAt, out.Parents = it.CreatedAt, it.RevokeAt, it.ParentsStatus
		out.RevocationMessage, out.RevocationAuthor = it.RevocationMessage, it.RevocationAuthor
	}
	return out
}

// shownFindings are in the table that is open.
const shownFindings = 50

// summary is one table, the worst first, and folds.
func (a Audit) summary(p *problem.Problem) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n%s\n\n", a.heading(p), a.sentence(p))
	told, fine := a.told()
	shown := told[:min(len(told), shownFindings)]
	if len(shown) > 0 {
		b.WriteString(findingTable(shown) + "\n")
	}
	if more := told[len(shown):]; len(more) > 0 {
		b.WriteString(fold(plural(len(more), "more finding", "more findings"), findingTable(more)))
	}
	b.WriteString(fold("Why", findingMessages(told)))
	b.WriteString(fold(plural(len(fine), "channel that is fine", "channels that are fine"), fineChannels(fine)))
	b.WriteString(fold("Left out: deleted while the step ran", a.gone()))
	return b.String()
}

// heading has the verdict and the counts.
func (a Audit) heading(p *problem.Problem) string {
	refused, warned, all := a.count(gate.Fail), a.count(gate.Warn), len(a.Findings)
	checked, warnings := verdict.Subjects(a.Findings), ""
	if !slices.ContainsFunc(a.Findings, func(f verdict.Finding) bool { return f.Channel == "" }) {
		checked += " in " + plural(a.Buckets, "bucket", "buckets")
	}
	if warned > 0 {
		warnings = fmt.Sprintf(", %d with a warning", warned)
	}
	switch {
	case refused > 0:
		return fmt.Sprintf("❌ %d of %s refused%s", refused, checked, warnings)
	case p != nil && all > 0:
		return fmt.Sprintf("❌ %s checked: %s", checked, titleInSentence(p))
	case p != nil:
		return "❌ Channels not checked: " + titleInSentence(p)
	case all == 0:
		return "⚠️ No channels checked"
	case warned > 0:
		return fmt.Sprintf("⚠️ %s checked%s", checked, warnings)
	default:
		return fmt.Sprintf("✅ %s checked, none refused", checked)
	}
}

func (a Audit) sentence(p *problem.Problem) string {
	switch refused := a.count(gate.Fail); {
	case refused > 0 && refused == a.unreadable():
		return "Part of the registry could not be read, so it was not checked. The reasons are below."
	case refused > 0:
		return "Rebuild the images that are refused, or move their channels."
	case p != nil:
		return prose(p.Message)
	case len(a.Findings) == 0:
		return a.nothingChecked()
	default:
		return "No channel hands out an image that is refused."
	}
}

// unreadable counts what could not be read.
func (a Audit) unreadable() int {
	return countOf(a.Findings, func(f verdict.Finding) bool { return f.Kind == verdict.Unreadable })
}

// nothingChecked says why there are no findings.
func (a Audit) nothingChecked() string {
	if len(a.Gone) > 0 {
		return "All that the inputs buckets and channels choose was deleted while the step ran, so nothing was checked."
	}
	return "No channel of the registry matches the inputs buckets and channels, so nothing was checked."
}

// gone lists what was deleted.
func (a Audit) gone() string { return listOf(a.Gone, code) }

func findingTable(told []verdict.Finding) string {
	return table(told, []string{"bucket / channel", "version", "finding", "age"}, findingRow)
}

func findingRow(f verdict.Finding) []string {
	mark, place := "⚠️ ", span(shorten(f.Bucket, maxBucketCell))
	if f.Effect == gate.Fail {
		mark = "❌ "
	}
	if f.Channel != "" {
		place += " / " + span(shorten(f.Channel, maxBucketCell))
	}
	row := []string{mark + place, "", findingWords(f), ""}
	if f.Waiver != nil {
		row[2] += ", waived until " + f.Waiver.Until.Format(time.DateOnly)
	}
	if f.Iteration != nil {
		row[1] = shortVersion(f.Iteration)
	}
	if days := f.Decision.AgeDays; days != nil {
		row[3] = plural(*days, "day", "days")
	}
	return row
}

// findingWords are a finding in a few words.
func findingWords(f verdict.Finding) string {
	switch f.Kind {
	case gate.Revoked:
		return "revoked" + join(" since ", f.Iteration.RevokeAt.Day())
	case gate.RevocationScheduled:
		return "to be revoked" + join(" on ", f.Iteration.RevokeAt.Day())
	case gate.Unusable:
		return "not usable"
	case gate.RolledBack:
		from, what := f.RolledBackFrom.Iteration, "rolled back from "
		if f.Iteration == nil {
			what = "emptied of "
		}
		return what + shortVersion(from) + join(", revoked since ", from.RevokeAt.Day())
	case verdict.Unassigned:
		if f.Hidden {
			return "no iteration, or hidden"
		}
		return "no iteration"
	case verdict.Unreadable:
		return "could not be read"
	default:
		return strings.ReplaceAll(string(f.Kind), "-", " ")
	}
}

// findingMessages tell who revoked what, and why.
func findingMessages(told []verdict.Finding) string {
	return listOf(told, func(f verdict.Finding) string { return prose(f.Message) })
}

// fineChannels has a line for each bucket, in the registry's order.
func fineChannels(fine []verdict.Finding) string {
	var buckets []string
	channels := map[string][]verdict.Finding{}
	for _, f := range fine {
		if channels[f.Bucket] == nil {
			buckets = append(buckets, f.Bucket)
		}
		channels[f.Bucket] = append(channels[f.Bucket], f)
	}
	return listOf(buckets, func(bucket string) string {
		text, separator := code(bucket), ": "
		for _, f := range channels[bucket] {
			text += separator + code(f.Channel)
			if f.Iteration != nil {
				text += " " + versionName(f.Iteration)
			}
			separator = ", "
		}
		return text
	})
}

// notes tell of every channel that is refused, and of every one to warn of.
func (a Audit) notes(p *problem.Problem, lists auditLists) (notes []Note) {
	if len(a.Gone) > 0 {
		notes = append(notes, Note{Level: Notice, Title: "Deleted meanwhile",
			Message: fmt.Sprintf("%s deleted after the registry was listed, and left out.", plural(len(a.Gone), "bucket or channel was", "buckets or channels were"))})
	}
	told, _ := a.told()
	notes = append(notes, findingNotes(told, gate.Fail)...)
	notes = append(notes, expired("channel", a.Over)...)
	notes = append(notes, unneeded("channel", a.Unneeded)...)
	notes = append(notes, a.warnings(p, lists)...)
	notes = append(notes, findingNotes(told, gate.Warn)...)
	return append(notes, Note{Message: fmt.Sprintf("channels checked: %d in %s, refused: %d, with a warning: %d",
		len(a.Findings), plural(a.Buckets, "bucket", "buckets"), a.count(gate.Fail), a.count(gate.Warn))})
}

// warnings are of what was not looked at, and of what is left out.
func (a Audit) warnings(p *problem.Problem, lists auditLists) (notes []Note) {
	warn := func(title, message string) {
		notes = append(notes, Note{Level: Warning, Title: title, Message: message})
	}
	for _, sentence := range a.Unmatched {
		warn("Nothing matches", sentence)
	}
	if len(a.Findings) == 0 && p == nil {
		warn("No channels checked", a.nothingChecked())
	}
	if lists.findingsLeft > 0 {
		warn("Findings left out", fmt.Sprintf("The output findings is full: %s left out, the mildest first.",
			plural(lists.findingsLeft, "finding is", "findings are")))
	}
	if lists.rebuildLeft > 0 {
		warn("Buckets left out", fmt.Sprintf("The output rebuild is full: %s left out, the last ones by name.",
			plural(lists.rebuildLeft, "bucket is", "buckets are")))
	}
	return notes
}

// findingNotes are one for each finding of the effect.
func findingNotes(told []verdict.Finding, effect gate.Effect) (notes []Note) {
	level := Warning
	if effect == gate.Fail {
		level = Error
	}
	for _, f := range told {
		if f.Effect == effect {
			notes = append(notes, Note{Level: level, Title: findingTitle(f), Message: f.Message})
		}
	}
	return notes
}

// findingTitle is that of an annotation.
func findingTitle(f verdict.Finding) string {
	switch {
	case f.Waiver != nil:
		return "Channel waived"
	case f.Kind == verdict.Unassigned:
		return string(problem.NoIterationAssigned)
	case f.Kind == verdict.Unreadable:
		return "Channel not readable"
	default:
		return string(f.Kind.Title())
	}
}
