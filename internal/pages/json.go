package pages

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf16"

	"hcp-packer-iteration/internal/problem"
)

// maxJSON is how many UTF-16 units the outputs of findings may have: GitHub counts all outputs of a job
// together, in UTF-16, up to 1 MB.
const maxJSON = 400_000

// toJSON is one line. The values here are structs of strings and numbers, which always encode.
func toJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	// In a string, the only place where it can be, this is the same "##[".
	return strings.ReplaceAll(string(text), "##[", `#\u0023[`)
}

func optionalJSON[T any](v *T) string {
	if v == nil {
		return ""
	}
	return toJSON(v)
}

// handedOut is an array of the items, and of none where the step fails.
func handedOut[T any](items []T, p *problem.Problem) string {
	if p != nil || len(items) == 0 {
		return "[]" // where nil would be null
	}
	return toJSON(items)
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

func utf16Length(text string) int { return len(utf16.Encode([]rune(text))) }
