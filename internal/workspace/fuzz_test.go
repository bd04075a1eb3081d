package workspace

import (
	"bytes"
	"testing"

	"hcp-packer-iteration/internal/imageids"
)

// FuzzFix replaces an id in texts of any encoding, and then the other way round: what was there
// before is there again, byte for byte.
func FuzzFix(f *testing.F) {
	const old, fixed = "ami-0123456789abcdef0", "ami-0fedcba9876543210"
	there := []imageids.Replacement{{Image: imageids.Image{ID: old}, With: fixed}}
	back := []imageids.Replacement{{Image: imageids.Image{ID: fixed}, With: old}}
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
