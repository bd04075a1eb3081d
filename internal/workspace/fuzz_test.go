package workspace

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hcp-packer-iteration/internal/imageids"
)

// FuzzFix replaces an id in texts of any encoding, and then the other way round: what was there
// before is there again, byte for byte.
func FuzzFix(f *testing.F) {
	const old, fixed = "ami-0123456789abcdef0", "ami-0fedcba9876543210"
	dir := f.TempDir()
	path := filepath.Join(dir, "f")
	replace := func(t *testing.T, id, with string) (data []byte, count int) {
		got, err := Fix(t.Context(), dir, []string{"f"}, []imageids.Replacement{{Image: imageids.Image{ID: id}, With: with}})
		if err == nil {
			data, err = os.ReadFile(path)
		}
		if err != nil {
			t.Fatal(err)
		}
		return data, got.Count
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if text, _ := ReadText(t.Context(), dir, "files", "f"); strings.Contains(text, fixed) {
			t.Skip("it would be replaced on the way back")
		}
		changed, count := replace(t, old, fixed)
		if bytes.Equal(changed, data) != (count == 0) {
			t.Errorf("got %q with %d places", changed, count)
		}
		again, _ := replace(t, old, fixed)
		restored, _ := replace(t, fixed, old)
		if !bytes.Equal(again, changed) || !bytes.Equal(restored, data) {
			t.Errorf("got %q, again %q, and back %q", changed, again, restored)
		}
	})
}
