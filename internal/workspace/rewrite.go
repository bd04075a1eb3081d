package workspace

import (
	"bufio"
	"context"
	"crypto/rand"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"

	"hcp-packer-iteration/internal/problem"
)

// draft is a copy of a file, but for what is replaced, that is to take the file's place.
type draft struct {
	workspace *workspace
	old       *file
	unread    *bufio.Reader // what is not yet copied of the old file, ...
	kept      int64         // ... of which these bytes are to be copied next
	temporary string        // its name, empty until something is replaced
	new       *os.File
	out       *bufio.Writer
	stop      func() bool
}

func (w *workspace) newDraft(old *file) *draft {
	d := &draft{workspace: w, old: old, kept: int64(len(old.encoding.mark))}
	d.unread = bufio.NewReader(io.NewSectionReader(old.File, 0, old.info.Size()))
	return d
}

// keep leaves the next text as it is.
func (d *draft) keep(text []byte) {
	d.kept += int64(d.old.encoding.size(text))
}

// replace puts a new text into the place of the next one.
func (d *draft) replace(ctx context.Context, text []byte, with string) error {
	var err error
	if d.new == nil {
		err = d.create(ctx)
	}
	if err == nil {
		_, err = io.CopyN(d.out, d.unread, d.kept)
	}
	if err == nil {
		_, err = d.unread.Discard(d.old.encoding.size(text))
	}
	if err == nil {
		_, err = d.out.Write(d.old.encoding.encode(with))
	}
	d.kept = 0
	return d.problem(err)
}

// create makes the new file. When ctx ends it is taken away, even where a write to a slow disk goes on for longer
// than the step.
func (d *draft) create(ctx context.Context) (err error) {
	temporary := path.Join(path.Dir(d.old.name), ".fix-"+rand.Text())
	d.new, err = d.workspace.root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	d.temporary, d.out = temporary, bufio.NewWriter(d.new)
	d.stop = context.AfterFunc(ctx, d.remove)
	return nil
}

// finish puts the new file, with mode and owner of the old one, into its place, if anything is replaced.
func (d *draft) finish() error {
	if d.new == nil {
		return nil
	}
	_, err := io.Copy(d.out, d.unread)
	if err == nil {
		err = d.out.Flush()
	}
	if err == nil {
		err = own(d.new, d.old.info)
	}
	if err == nil {
		err = d.new.Chmod(d.old.info.Mode()) // after the owner, whose change takes bits away
	}
	if err == nil {
		err = d.new.Sync()
	}
	if err == nil {
		err = d.new.Close()
	}
	if err == nil {
		err = d.workspace.root.Rename(d.temporary, d.old.name)
	}
	return d.problem(err)
}

// close takes the new file away, unless it is in the place of the old one.
func (d *draft) close() {
	if d.new == nil {
		return
	}
	_ = d.new.Close()
	if d.stop() {
		d.remove()
	}
}

func (d *draft) remove() { _ = d.workspace.root.Remove(d.temporary) }

func (d *draft) problem(err error) error {
	if err == nil {
		return nil
	}
	return problem.New(problem.CannotWriteOutputs, "The image ids in %s could not be replaced: %s. The file is as it was; make its folder writable, with room for a copy of it.",
		problem.Quote(d.old.name), problem.Quote(cause(err).Error()))
}

// own gives a file the owner and the group of another.
func own(f *os.File, like fs.FileInfo) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	is, isUnix := info.Sys().(*syscall.Stat_t)
	want, wantUnix := like.Sys().(*syscall.Stat_t)
	if !isUnix || !wantUnix || is.Uid == want.Uid && is.Gid == want.Gid {
		return nil
	}
	return f.Chown(int(want.Uid), int(want.Gid))
}
