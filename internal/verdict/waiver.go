package verdict

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"hcp-packer-iteration/internal/gate"
	"hcp-packer-iteration/internal/imageids"
	"hcp-packer-iteration/internal/problem"
)

// Waiver lets an image or a channel through that would fail.
type Waiver struct {
	// ID is the image's, in any form, or bucket/channel.
	ID string
	// Until is the last day of the waiver, which is over once that day has ended in UTC.
	Until time.Time
	// Reason is its author's.
	Reason string
}

func (w Waiver) isOver(now time.Time) bool { return !now.Before(w.Until.AddDate(0, 0, 1)) }

// String describes the waiver, and is safe to show.
func (w Waiver) String() string {
	return fmt.Sprintf("waived until %s, reason: %s", w.Until.Format(time.DateOnly), problem.Quote(w.Reason))
}

// Waive lets through what a waiver that is not over names. It returns the waivers that are over, and those that
// no image needs. A waiver of a sensitive image has the image's place for its id, and no reason says a sensitive id.
func Waive(verdicts []Verdict, waivers []Waiver, now time.Time) (over, unneeded []Waiver) {
	index, sensitive := map[string]*Verdict{}, Sensitive{}
	for i, v := range verdicts {
		key := imageids.Key(v.Image.ID)
		index[key], sensitive[key] = &verdicts[i], v.Image.Sensitive
	}
	for _, w := range waivers {
		v := index[imageids.Key(w.ID)]
		if v != nil && v.Image.Sensitive {
			if says(w.Reason, v.Image.ID) {
				w.Reason = notShown
			}
			w.ID = Name(v.Image)
		}
		if sensitive.isIn(w.Reason) {
			w.Reason = notShown
		}
		switch {
		case w.isOver(now):
			over = append(over, w)
		case v != nil && v.Effect == gate.Fail:
			v.Kind, v.Effect, v.Waiver = Waived, gate.Warn, &w
			v.Clause += "; " + w.String()
		case v == nil || v.Kind != Waived:
			unneeded = append(unneeded, w)
		}
	}
	return over, unneeded
}

// WaiveFindings is [Waive] for channels. What could not be read cannot be waived, and shows of no waiver that it is
// not needed.
func WaiveFindings(findings []Finding, waivers []Waiver, now time.Time) (over, unneeded []Waiver) {
	index := map[string]*Finding{}
	for i, f := range findings {
		index[f.Bucket+"/"+f.Channel] = &findings[i]
	}
	for _, w := range waivers {
		bucket, _, _ := strings.Cut(w.ID, "/")
		f := cmp.Or(index[w.ID], index[bucket+"/"])
		switch {
		case w.isOver(now):
			over = append(over, w)
		case f != nil && f.Kind == Unreadable:
		case f != nil && f.Effect == gate.Fail:
			f.Effect, f.Waiver = gate.Warn, &w
			f.Message = strings.TrimSuffix(f.Message, ".") + "; " + w.String() + "."
		case f == nil || f.Waiver == nil:
			unneeded = append(unneeded, w)
		}
	}
	return over, unneeded
}
