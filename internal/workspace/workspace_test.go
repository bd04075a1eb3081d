package workspace

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"
)

// TestReadText_fifo would not end if a FIFO were opened as a file is.
func TestReadText_fifo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := ReadText(t.Context(), dir, "waivers-file", "fifo")
	const want = `Invalid input: The input waivers-file: "fifo" cannot be read: "not a regular file". Make it a readable file, or name others.`
	if text != "" || err == nil || err.Error() != want {
		t.Errorf("got %q and the error %v, want %s", text, err, want)
	}
}

// TestWorkspace_create is about a step that ends while a file is written to a slow disk: it does not stay behind.
func TestWorkspace_create(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		f, err := w.create(ctx, ".", 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.close()
		cancel()
		synctest.Wait()
		if _, err := w.root.Stat(f.name); !os.IsNotExist(err) {
			t.Errorf("got the error %v, want none to be there", err)
		}
	})
}

// TestDraft is about a disk that fails in the middle of a file: the file is as it was.
func TestDraft(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	if err := os.WriteFile(filepath.Join(w.dir, "f"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := w.withFile(t.Context(), "files", "f", func(f *file) error {
		d := &draft{old: f}
		defer d.close()
		if err := d.replace(t.Context(), w, []byte("old"), "new"); err != nil {
			t.Error(err)
		}
		_ = d.new.Close()
		return d.finish()
	})
	const want = `Cannot write outputs: The image ids in "f" could not be replaced: "file already closed". The file is as it was; make its folder writable, with room for a copy of it.`
	if err == nil || err.Error() != want {
		t.Errorf("got the error %v, want %s", err, want)
	}
	entries, _ := os.ReadDir(w.dir)
	if text, err := os.ReadFile(filepath.Join(w.dir, "f")); err != nil || string(text) != "old" || len(entries) != 1 {
		t.Errorf("got %q, %v in %v", text, err, entries)
	}
}

func newWorkspace(t *testing.T) *workspace {
	t.Helper()
	w, err := openWorkspace(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.root.Close() })
	return w
}
