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
// the whole objects are too many, the short ones are in it, without the items that come last by the comparison.
func boundedJSON[T any](items []T, compare func(a, b T) int, whole, short func(T) any, most int) (text string, shortened bool, left int) {
	order := make([]int, len(items))
	for i := range items {
		order[i] = i
	}
	objects := fitting(items, order, whole, most)
	if shortened = len(objects) < len(items); shortened {
		slices.SortStableFunc(order, func(a, b int) int { return compare(items[a], items[b]) })
		objects = fitting(items, order, short, most)
		order = order[:len(objects)]
	}
	inOrder := make([]string, 0, len(objects))
	for _, i := range slices.Sorted(slices.Values(order)) {
		inOrder = append(inOrder, objects[i])
	}
	return "[" + strings.Join(inOrder, ",") + "]", shortened, len(items) - len(objects)
}

// fitting are the objects of the items, by their number, as many in this order as have room.
func fitting[T any](items []T, order []int, object func(T) any, most int) map[int]string {
	objects := map[int]string{}
	room := most - len("[]")
	for _, i := range order {
		text := toJSON(object(items[i]))
		if room -= utf16Length(text) + len(","); room < 0 {
			break // what comes after it stays out as well, although it may be short enough
		}
		objects[i] = text
	}
	return objects
}

// maxIDText and maxText are how many characters of an id, a path or an address, and of any other text, a short
// object has.
const maxIDText, maxText = 1024, 300

// cutTexts leaves of each text the beginning.
func cutTexts(most int, texts ...*string) {
	for _, text := range texts {
		*text = cut(*text, most)
	}
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
