package imageids

import (
	"slices"
	"strings"
	"unicode"
)

// within are the distinct ids that a value holds, in the forms in which they are found in texts.
func within(value string) []string {
	var ids []string
	for start, end := range All([]byte(value), 0) {
		if id := Unescape(value[start:end]); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// trimValue takes off what surrounds an id by mistake: blanks and line ends, characters that nobody sees, quotes,
// and what separates the values of lists.
func trimValue(value string) string {
	return strings.TrimFunc(value, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`;,"'`, r)
	})
}

// tail is what follows the last slash or colon of a value, empty where it has neither: some registries have a
// part of what is written, as of nyc3:123 and fr-par-1/11111111-1111-1111-1111-111111111111.
func tail(value string) string {
	return value[strings.LastIndexAny(value, "/:")+1:]
}
