package imageids

import (
	"bufio"
	"bytes"
	"strings"
	"testing"
)

// FuzzPlan decodes plans, which a pull request may have written: none may crash the step. The seeds
// are small, lest the fuzzer spend its time on making them so.
func FuzzPlan(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, scope := range Scopes() {
			finder := &finder{scope: scope, index: map[string]int{}}
			p := plan{modules: modules{finder: finder, file: "plan.json"}, after: true, rest: true}
			if p.read(newDocument(t.Context(), bufio.NewReader(bytes.NewReader(data)))) != nil {
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

// FuzzText searches texts: what is found has to be there, and to mean itself.
func FuzzText(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		last := 0
		err := eachID(t.Context(), data, func(line, start, end int) error {
			id := string(data[start:end])
			if start < last || end <= start || strings.ContainsAny(id, " \n$%{") {
				t.Errorf("%q at %d is no id, or not in order", id, start)
			}
			if want := bytes.Count(data[:start], []byte("\n")) + 1; line != want {
				t.Errorf("%q: got line %d, want %d", id, line, want)
			}
			if r := parse(id); r.cloud == noCloud && !r.floating {
				t.Errorf("%q has no form", id)
			}
			last = end
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
