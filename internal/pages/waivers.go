package pages

import (
	"fmt"
	"time"

	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/verdict"
)

// expired tell of the waivers of images or channels whose time is over.
func expired(subject string, waivers []verdict.Waiver) (notes []Note) {
	for _, w := range waivers {
		notes = append(notes, Note{Level: Warning, Title: "Waiver expired",
			Message: fmt.Sprintf("The waiver of %s %s ended on %s: remove it, or extend it.", subject, problem.QuoteID(w.ID), w.Until.Format(time.DateOnly))})
	}
	return notes
}

// unneeded tell of those that nothing needs.
func unneeded(subject string, waivers []verdict.Waiver) (notes []Note) {
	for _, w := range waivers {
		notes = append(notes, Note{Level: Notice, Title: "Waiver not needed",
			Message: fmt.Sprintf("No %s needs the waiver of %s any more: remove it.", subject, problem.QuoteID(w.ID))})
	}
	return notes
}
