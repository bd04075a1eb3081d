package pages

import (
	"encoding/json"
	"slices"
	"strings"
)

// maxJSON is how many UTF-16 units the outputs of findings may have: GitHub counts all outputs of a job
// together, in UTF-16, up to 1 MB.
const maxJSON = 400_000

// toJSON is one line. The values here are structs of strings and numbers, which always encode.
func toJSON(v any) string {
	var text strings.Builder
	if err := json.NewEncoder(&text).Encode(v); err != nil {
		panic(err)
	}
	// In a string, the only place where it can be, this is the same "##[".
	return strings.ReplaceAll(strings.TrimSuffix(text.String(), "\n"), "##[", `#\u0023[`)
}

// boundedJSON is an array of so many UTF-16 units at most, with an object for each item, in their order. Where
// those are too many, the items that come last by the comparison are left out and counted.
func boundedJSON[T any](items []T, compare func(a, b T) int, object func(T) any, most int) (text string, left int) {
	order := make([]int, len(items))
	for i := range items {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return compare(items[a], items[b]) })
	objects := make([]string, len(items))
	room := most - len("[]")
	for n, i := range order {
		encoded := toJSON(object(items[i]))
		if room -= utf16Length(encoded) + len(","); room < 0 {
			left = len(items) - n // with what comes after it, although it may be short enough
			break
		}
		objects[i] = encoded
	}
	objects = slices.DeleteFunc(objects, func(object string) bool { return object == "" })
	return "[" + strings.Join(objects, ",") + "]", left
}

// cut is the beginning of a text that has more than so many characters.
func cut(text string, most int) string {
	for i := range text {
		if most--; most < 0 {
			return text[:i] + "…"
		}
	}
	return text
}

func utf16Length(text string) int {
	units := 0
	for _, r := range text {
		if units++; r > 0xffff {
			units++
		}
	}
	return units
}
