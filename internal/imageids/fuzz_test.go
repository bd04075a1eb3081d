package imageids

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// FuzzPlan decodes plans, which a pull request may have written: none may crash the step. The seeds
// are small, lest the fuzzer spend its time on making them so.
func FuzzPlan(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, scope := range Scopes() {
			finder := &finder{scope: scope, index: map[string]int{}}
			if err := finder.plan(t.Context(), "plan.json", data); err != nil {
				continue
			}
			for _, image := range finder.found.Images {
				if image.ID == "" || len(image.Places) == 0 {
					t.Errorf("%s: got %+v, which has no id or no place", scope, image)
				}
			}
		}
	})
}

// FuzzText searches texts: what is found has to be there.
func FuzzText(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		finder := &finder{index: map[string]int{}}
		if err := finder.text(t.Context(), "f", data); err != nil {
			t.Fatal(err)
		}
		lines := bytes.Split(data, []byte("\n"))
		for _, image := range finder.found.Images {
			if len(image.Places) == 0 || strings.ContainsAny(image.ID, " \n$%{") {
				t.Errorf("got %+v, which has no place or is no id", image)
			}
			if !slices.IsSortedFunc(image.Places, func(a, b Place) int { return a.Line - b.Line }) {
				t.Errorf("%s: got the places %v, which are not in order", image.ID, image.Places)
			}
			for _, place := range image.Places {
				if place.Line < 1 || place.Line > len(lines) || !bytes.Contains(lines[place.Line-1], []byte(image.ID)) {
					t.Errorf("%s is not in line %d", image.ID, place.Line)
				}
			}
		}
	})
}
