package workspace

import (
	"path/filepath"
	"syscall"
	"testing"
)

// TestWorkspace_swapped is about what was a file or a folder when it was looked up, and is a FIFO when
// it is opened. It would not end if that blocked.
func TestWorkspace_swapped(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := openWorkspace(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	err = w.withFile(t.Context(), "files", "fifo", nil)
	const want = `Invalid input: The input files: "fifo" cannot be read: "not a regular file". Make it a readable file, or name others.`
	if err == nil || err.Error() != want {
		t.Errorf("got the error %v, want %s", err, want)
	}
}
