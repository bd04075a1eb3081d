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

// boundedJSON is an array with an object for each item, in their order, of so many UTF-16 units at most.
// Where that is too few for all, the items that come last by the comparison are left out.
func boundedJSON[T any](items []T, compare func(a, b T) int, object func(T) any, most int) (text string, left int) {
	order := make([]int, len(items))
	objects := make([]string, len(items))
	for i, item := range items {
		order[i], objects[i] = i, toJSON(object(item))
	}
	slices.SortStableFunc(order, func(a, b int) int { return compare(items[a], items[b]) })
	room := most - len("[]")
	var kept []int
	for _, i := range order {
		size := utf16Length(objects[i]) + len(",")
		if size > most-len("[]") {
			continue // it fits nowhere, and hides none behind it
		}
		if size > room {
			break // what is milder stays out as well, although it may be short enough
		}
		kept, room = append(kept, i), room-size
	}
	slices.Sort(kept)
	parts := make([]string, len(kept))
	for n, i := range kept {
		parts[n] = objects[i]
	}
	return "[" + strings.Join(parts, ",") + "]", len(items) - len(kept)
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
