package terraform

import (
	"bufio"
	"bytes"
	"testing"

	"hcp-packer-iteration/internal/imageids"
)

// FuzzPlan decodes plans, which a pull request may have written: none may crash the step. The seeds
// are small, lest the fuzzer spend its time on making them so.
func FuzzPlan(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, scope := range Scopes() {
			var found imageids.Found
			open := func() (*bufio.Reader, error) { return bufio.NewReader(bytes.NewReader(data)), nil }
			if FindInPlan(t.Context(), "plan.json", open, scope, &found) != nil {
				continue
			}
			for _, image := range found.Images {
				if image.ID == "" || len(image.Places) == 0 {
					t.Errorf("%s: got %+v, which has no id or no place", scope, image)
				}
			}
		}
	})
}
