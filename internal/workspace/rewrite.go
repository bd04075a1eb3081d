package workspace

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"

	"hcp-packer-iteration/internal/problem"
)

// newFile is a file that takes the place of another, or of none, once it is whole.
type newFile struct {
	*os.File
	root *os.Root
	name string // until then
	stop func() bool
}

// create makes a new file in a folder. When ctx ends it is removed, even where a write to a slow disk goes on for longer
// than the step.
func (w *workspace) create(ctx context.Context, folder string, mode fs.FileMode) (*newFile, error) {
	name := path.Join(folder, ".fix-"+rand.Text())
	f, err := w.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return nil, err
	}
	n := &newFile{File: f, root: w.root, name: name}
	n.stop = context.AfterFunc(ctx, n.remove)
	return n, nil
}

func (n *newFile) remove() { _ = n.root.Remove(n.name) }

// close removes the file, unless it has another name by now.
func (n *newFile) close() {
	_ = n.Close()
	n.stop()
	n.remove()
}

// draft is a copy of a file, but for what is replaced, that is to take the file's place.
type draft struct {
	old    *file
	read   int64    // how much of the old file was kept or replaced, ...
	copied int64    // ... and how much of that is in the new one
	new    *newFile // nil until something is replaced
	out    *bufio.Writer
}

func (d *draft) keep(text []byte) {
	d.read += int64(d.old.encoding.size(text))
}

// replace puts a new text into the place of the next one.
func (d *draft) replace(ctx context.Context, w *workspace, text []byte, with string) (err error) {
	if d.new == nil {
		if d.new, err = w.create(ctx, path.Dir(d.old.name), 0o600); err != nil {
			return d.problem(err)
		}
		d.out = bufio.NewWriter(d.new)
		d.read += int64(len(d.old.encoding.mark))
	}
	err = d.copyTo(d.read)
	if err == nil {
		_, err = d.out.Write(d.old.encoding.encode(with))
	}
	d.keep(text)
	d.copied = d.read
	return d.problem(err)
}

func (d *draft) copyTo(end int64) error {
	_, err := io.Copy(d.out, io.NewSectionReader(d.old, d.copied, end-d.copied))
	return err
}

// finish puts the new file, with mode and owner of the old one, into its place, if anything is replaced.
func (d *draft) finish() error {
	if d.new == nil {
		return nil
	}
	owner := d.old.info.Sys().(*syscall.Stat_t)
	err := errors.Join(d.copyTo(d.old.info.Size()), d.out.Flush(),
		d.new.Chown(int(owner.Uid), int(owner.Gid)), d.new.Chmod(d.old.info.Mode()), // in this order: the first takes bits away
		d.new.Sync(), d.new.Close())
	if err == nil {
		err = d.new.root.Rename(d.new.name, d.old.name)
	}
	return d.problem(err)
}

func (d *draft) close() {
	if d.new != nil {
		d.new.close()
	}
}

func (d *draft) problem(err error) error {
	if err == nil {
		return nil
	}
	return problem.New(problem.CannotWriteOutputs, "The image ids in %s could not be replaced: %s. The file is as it was; make its folder writable, with room for a copy of it.",
		problem.Quote(d.old.name), problem.Quote(cause(err).Error()))
}
