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

// FuzzFix replaces an id in texts of any encoding, and then the other way round: what was there
// before is there again, byte for byte.
func FuzzFix(f *testing.F) {
	const old, fixed = "ami-0123456789abcdef0", "ami-0fedcba9876543210"
	there := []Replacement{{Image: Image{ID: old}, With: fixed}}
	back := []Replacement{{Image: Image{ID: fixed}, With: old}}
	f.Fuzz(func(t *testing.T, data []byte) {
		if text := encodingOf(data).decode(data); bytes.Contains(text, []byte(fixed)) {
			t.Skip("it would be replaced on the way back")
		}
		changed, places, err := replaceIDs(t.Context(), data, there)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(changed, data) != (len(places) == 0) {
			t.Errorf("got %q with the places %v", changed, places)
		}
		again, _, _ := replaceIDs(t.Context(), changed, there)
		restored, _, _ := replaceIDs(t.Context(), changed, back)
		if !bytes.Equal(again, changed) || !bytes.Equal(restored, data) {
			t.Errorf("got %q, again %q, and back %q", changed, again, restored)
		}
	})
}
