package workspace

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"hcp-packer-iteration/internal/problem"
)

// RemoveOutput removes the file that an input names to be written later, if there is one. An error is a problem to
// show, of a path that cannot be written to as well.
func RemoveOutput(dir, input, path string) error {
	w, err := openWorkspace(dir)
	if err != nil {
		return err
	}
	defer w.close()
	name, err := w.outputName(input, path)
	if err != nil {
		return err
	}
	if err := w.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unwritten(input, name, err)
	}
	return nil
}

// WriteOutput writes the file that an input names, and makes its folder. The file is written whole or not at all, and a
// link in its place is replaced. An error is a problem to show.
func WriteOutput(ctx context.Context, dir, input, path string, write func(io.Writer) error) error {
	w, err := openWorkspace(dir)
	if err != nil {
		return err
	}
	defer w.close()
	name, err := w.outputName(input, path)
	if err != nil {
		return err
	}
	if err := w.writeOutput(ctx, name, write); err != nil {
		return unwritten(input, name, err)
	}
	return nil
}

func (w *workspace) writeOutput(ctx context.Context, name string, write func(io.Writer) error) error {
	if err := w.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	temporary := path.Join(path.Dir(name), ".output-"+rand.Text())
	f, err := w.root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	remove := func() { _ = w.root.Remove(temporary) }
	// When ctx ends, even where a write to a slow disk goes on for longer than the step.
	stop := context.AfterFunc(ctx, remove)
	err = write(f)
	if err = errors.Join(err, f.Close(), ctx.Err()); err == nil {
		err = w.root.Rename(temporary, name)
	}
	stop()
	if err != nil {
		remove()
	}
	return err
}

// outputName is the name of a file to write, without links to folders. What is there under this name is a regular file,
// a link within the workspace, or nothing.
func (w *workspace) outputName(input, line string) (string, error) {
	name, err := w.relative(input, line)
	if err != nil {
		return "", err
	}
	folder, below := path.Dir(name), path.Base(name)
	if name == "." || strings.HasSuffix(name, "/") {
		return "", unusable(input, line, syscall.EISDIR)
	}
	info, err := w.stat(folder)
	for errors.Is(err, fs.ErrNotExist) {
		folder, below = path.Dir(folder), path.Join(path.Base(folder), below)
		info, err = w.stat(folder)
	}
	if err == nil && !info.IsDir() {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return "", unusable(input, line, err)
	}
	name = path.Join(w.realName(folder), below)
	if slices.Contains(segments(name), ".git") {
		return "", unusable(input, line, errors.New("it is in a folder .git"))
	}
	info, err = w.root.Lstat(name)
	if err == nil && info.Mode().Type() == fs.ModeSymlink {
		info, err = w.stat(name)
	}
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", unusable(input, line, err)
	}
	return name, nil
}

// unusable is the problem of a path that cannot be written to.
func unusable(input, line string, err error) error {
	reason := "cannot be written: " + problem.Quote(cause(err).Error())
	if isEscape(cause(err)) {
		reason = "is or goes through a link out of the workspace"
	}
	return problem.New(problem.InvalidInput, "The input %s: %s %s. Name another path in the workspace.", input, problem.Quote(line), reason)
}

// unwritten is the problem of a file that could not be written or removed.
func unwritten(input, name string, err error) error {
	return problem.New(problem.CannotWriteOutputs, "The input %s: %s could not be written: %s. Make its folder writable, with room for it.",
		input, problem.Quote(name), problem.Quote(cause(err).Error()))
}
