package problem

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	maxText      = 300  // runes of a text that somebody else wrote
	maxID        = 1024 // runes of an id, twice the longest that a cloud has
	maxList      = 20   // items of a list
	maxListBytes = 3000 // which leaves room in a message for the sentences around the list
)

// ShortestSecret is the length from which on a secret is looked for in texts. A shorter one is no
// secret of HCP's or GitHub's, but may be a part of anything else.
const ShortestSecret = 8

// Clean makes text of the registry fit to be shown on one line: line breaks, control characters and
// characters that are invisible or reorder others become visible escapes such as \n and \u202e, the
// runner's older command syntax "##[" is broken up, and what exceeds 300 characters is cut.
//
// The runner takes "##[name]" for a command anywhere in a line (its ActionCommand.cs).
func Clean(text string) string { return CleanTo(text, maxText) }

// CleanID is [Clean] for an image's id, which stays whole so that it can be copied.
func CleanID(id string) string { return CleanTo(id, maxID) }

// CleanTo is [Clean] with a bound of its own, in characters.
func CleanTo(text string, most int) string {
	if longest := utf8.UTFMax * (most + 1); len(text) > longest {
		text = text[:longest] // what is behind it is not looked at: a text may have megabytes
	}
	var b strings.Builder
	count := 0
	for _, r := range strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "##[", "## [") {
		shown := visible(r)
		if count += utf8.RuneCountInString(shown); count > most {
			b.WriteString("…")
			break
		}
		b.WriteString(shown)
	}
	return b.String()
}

// visible is r, or an escape for it where it would not show as one character.
func visible(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t', r == '\u00a0':
		return " "
	case !IsInvisible(r):
		return string(r)
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	default:
		return fmt.Sprintf(`\u%04x`, r)
	}
}

// IsInvisible is whether a character does not show as one: a control character, a line's end, or one that
// is invisible or reorders others.
func IsInvisible(r rune) bool {
	return !unicode.IsPrint(r) || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// Quote is [Clean] in double quotes, for a text in the middle of a sentence. Its own double quotes
// become single ones, so that a reader sees where it ends.
func Quote(text string) string { return quote(Clean(text)) }

// QuoteID is [Quote] for an image's id, which stays whole.
func QuoteID(id string) string { return quote(CleanID(id)) }

func quote(cleaned string) string { return `"` + strings.ReplaceAll(cleaned, `"`, "'") + `"` }

// List joins items, already fit to be shown, for the end of a sentence. It stops at 20 items, or where no
// other would fit in a message whole, and says how many more there are.
func List(items []string) string {
	shown, size := 0, 0
	for _, item := range items[:min(len(items), maxList)] {
		if size += len(item); size > maxListBytes && shown > 0 {
			break
		}
		shown++
	}
	text := strings.Join(items[:shown], ", ")
	if more := len(items) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// ListOf is [List] of what shown makes of each item.
func ListOf[T any](items []T, shown func(T) string) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = shown(item)
	}
	return List(texts)
}

// Duration writes d as people do: in days from two days on, without a trailing 0s or 0m below.
func Duration(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 2*day:
		return fmt.Sprintf("%d days", d/day)
	case d >= time.Minute:
		d = d.Round(time.Second)
	default:
		d = d.Round(time.Millisecond)
	}
	return strings.NewReplacer("h0m0s", "h", "m0s", "m").Replace(d.String())
}
