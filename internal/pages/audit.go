package pages

import (
	"cmp"
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

func (a Audit) count(effect gate.Effect) int {
	return countOf(a.Findings, func(f verdict.Finding) bool { return f.Effect == effect })
}

// Form is the page as the runner is told.
func (a Audit) Form(p *problem.Problem) Form {
	isFine := func(f verdict.Finding) bool { return f.Effect == gate.Ignore }
	told, fine := split(a.Findings, verdict.Finding.Compare, isFine)
	outputs, leftOut := a.outputs(p, told)
	return newForm("audit", outputs, a.summary(p, told, fine), a.notes(p, told, leftOut))
}

// outputs are the outputs, and notes of what has no room in them. What there is to rebuild gets half of the room, and
// the findings what that leaves.
func (a Audit) outputs(p *problem.Problem, told []verdict.Finding) (outputs []Output, leftOut noteList) {
	name := func(bucket string) any { return bucket }
	rebuild, bucketsLeft := boundedJSON(rebuild(told), strings.Compare, name, maxJSON/2)
	findings, findingsLeft := boundedJSON(told, verdict.Finding.Compare, newFindingOutput, maxJSON-utf16Length(rebuild))
	if n := findingsLeft; n > 0 {
		leftOut.add(Warning, "Findings left out", "The output findings is full: %s left out, the mildest first.",
			plural(n, "finding is", "findings are"))
	}
	if n := bucketsLeft; n > 0 {
		leftOut.add(Warning, "Buckets left out", "The output rebuild is full: %s left out, the last ones by name.",
			plural(n, "bucket is", "buckets are"))
	}
	return []Output{
		resultOutput(p),
		{"buckets", strconv.Itoa(a.Buckets)},
		{"checked", strconv.Itoa(len(a.Findings))},
		{"refused", strconv.Itoa(a.count(gate.Fail))},
		{"warned", strconv.Itoa(a.count(gate.Warn))},
		{"findings", findings},
		{"rebuild", rebuild},
	}, leftOut
}

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
	it := cmp.Or(f.Decision.Iteration, &registry.Iteration{})
	return findingOutput{f.Bucket, f.Channel, f.Kind, f.Effect, f.Waiver != nil, it.ID, it.Number, it.Fingerprint,
		it.CreatedAt, f.Decision.AgeDays, it.RevokeAt, f.Decision.DaysToRevocation, it.RevocationMessage, it.RevocationAuthor,
		it.ParentsStatus, newFormerOutput(f.RolledBackFrom)}
}

// summary is one table, the worst first, and folds.
func (a Audit) summary(p *problem.Problem, told, fine []verdict.Finding) string {
	return fmt.Sprintf("### %s\n\n%s\n\n", a.heading(p), a.sentence(p)) +
		openTable(told, shownRows, "finding", "findings", findingTable) +
		fold("Why", list(told, func(f verdict.Finding) string { return prose(f.Message) })) +
		fold(plural(len(fine), "channel that is fine", "channels that are fine"), fineChannels(fine)) +
		fold("Left out: deleted while the step ran", list(a.Gone, code))
}

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
	unreadable := countOf(a.Findings, func(f verdict.Finding) bool { return f.Kind == verdict.Unreadable })
	switch refused := a.count(gate.Fail); {
	case refused > 0 && refused == unreadable:
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

func (a Audit) nothingChecked() string {
	if len(a.Gone) > 0 {
		return "All that the inputs buckets and channels choose was deleted while the step ran, so nothing was checked."
	}
	return "No channel of the registry matches the inputs buckets and channels, so nothing was checked."
}

func findingTable(told []verdict.Finding) string {
	return table(told, []string{"bucket / channel", "version", "finding", "age"}, func(f verdict.Finding) []string {
		place := mark(f.Effect) + " " + cell(f.Bucket, maxBucketCell) + join(" / ", cell(f.Channel, maxBucketCell))
		row := []string{place, "", findingWords(f), ""}
		if f.Waiver != nil {
			row[2] += ", waived until " + f.Waiver.Until.Format(time.DateOnly)
		}
		if f.Decision.Iteration != nil {
			row[1] = shortVersion(f.Decision.Iteration)
		}
		if days := f.Decision.AgeDays; days != nil {
			row[3] = plural(*days, "day", "days")
		}
		return row
	})
}

func findingWords(f verdict.Finding) string {
	switch f.Kind {
	case gate.Revoked:
		return "revoked" + join(" since ", f.Decision.Iteration.RevokeAt.Day())
	case gate.RolledBack:
		from, what := f.RolledBackFrom.Iteration, "rolled back from "
		if f.Decision.Iteration == nil {
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
		return kindWords(f.Kind, f.Decision.Iteration)
	}
}

// fineChannels has a line for each bucket, in the registry's order.
func fineChannels(fine []verdict.Finding) string {
	var buckets []string
	channels := map[string][]string{}
	for _, f := range fine {
		if channels[f.Bucket] == nil {
			buckets = append(buckets, f.Bucket)
		}
		text := code(f.Channel)
		if f.Decision.Iteration != nil {
			text += " " + versionName(f.Decision.Iteration)
		}
		channels[f.Bucket] = append(channels[f.Bucket], text)
	}
	return list(buckets, func(bucket string) string {
		return code(bucket) + ": " + strings.Join(channels[bucket], ", ")
	})
}

func (a Audit) notes(p *problem.Problem, told []verdict.Finding, leftOut noteList) []Note {
	var notes noteList
	if len(a.Gone) > 0 {
		notes.add(Notice, "Deleted meanwhile", "%s deleted after the registry was listed, and left out.",
			plural(len(a.Gone), "bucket or channel was", "buckets or channels were"))
	}
	notes.addFindings(told, gate.Fail)
	notes.addUnneeded("channel", a.Unneeded)
	for _, sentence := range a.Unmatched {
		notes.add(Warning, "Nothing matches", "%s", sentence)
	}
	if len(a.Findings) == 0 && p == nil {
		notes.add(Warning, "No channels checked", "%s", a.nothingChecked())
	}
	notes = append(notes, leftOut...)
	notes.addExpired("channel", a.Over) // behind what is shown nowhere else: there can be more than a runner shows
	notes.addFindings(told, gate.Warn)
	notes.add(Log, "", "channels checked: %d in %s, refused: %d, with a warning: %d",
		len(a.Findings), plural(a.Buckets, "bucket", "buckets"), a.count(gate.Fail), a.count(gate.Warn))
	return notes
}

func (n *noteList) addFindings(told []verdict.Finding, effect gate.Effect) {
	for _, f := range told {
		title := titleOf(f.Kind)
		if f.Waiver != nil {
			title = "Channel waived"
		}
		if f.Effect == effect {
			n.add(levelOf(effect), title, "%s", f.Message)
		}
	}
}
