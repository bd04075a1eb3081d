package workspace

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"hcp-packer-iteration/internal/problem"
)

// RemoveOutput removes the file that an input names to be written later, if there is one. An error is a problem to
// show, of a path that cannot be written to as well.
func RemoveOutput(dir, input, path string) error {
	return withOutput(dir, input, path, func(w *workspace, name string) error {
		if err := w.root.Remove(name); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
}

// WriteOutput writes the file that an input names, and makes its folder. The file is written whole or not at all, and a
// link in its place is replaced. An error is a problem to show.
func WriteOutput(ctx context.Context, dir, input, file string, write func(io.Writer) error) error {
	return withOutput(dir, input, file, func(w *workspace, name string) error {
		if err := w.root.MkdirAll(path.Dir(name), 0o755); err != nil {
			return err
		}
		f, err := w.create(ctx, path.Dir(name), 0o644)
		if err != nil {
			return err
		}
		defer f.close()
		if err := errors.Join(write(f), f.Close(), ctx.Err()); err != nil {
			return err
		}
		return w.root.Rename(f.name, name)
	})
}

// withOutput calls use with the name of a file to write, without links to folders. What is there under this name is a
// regular file, a link within the workspace, or nothing.
func withOutput(dir, input, line string, use func(w *workspace, name string) error) error {
	w, err := openWorkspace(dir)
	if err != nil {
		return err
	}
	defer w.root.Close()
	name, err := w.relative(input, line)
	if err != nil {
		return err
	}
	if name, err = w.outputName(name); err != nil {
		reason := "cannot be written: " + problem.Quote(cause(err).Error())
		if isEscape(cause(err)) {
			reason = "is or goes through a link out of the workspace"
		}
		return problem.New(problem.InvalidInput, "The input %s: %s %s. Name another path in the workspace.", input, problem.Quote(line), reason)
	}
	if err := use(w, name); err != nil {
		return problem.New(problem.CannotWriteOutputs, "The input %s: %s could not be written: %s. Make its folder writable, with room for it.",
			input, problem.Quote(name), problem.Quote(cause(err).Error()))
	}
	return nil
}

func (w *workspace) outputName(name string) (string, error) {
	folder, below := path.Dir(name), path.Base(name)
	if name == "." || strings.HasSuffix(name, "/") {
		return "", syscall.EISDIR
	}
	info, err := w.stat(folder)
	for errors.Is(err, fs.ErrNotExist) {
		folder, below = path.Dir(folder), path.Join(path.Base(folder), below)
		info, err = w.stat(folder)
	}
	switch {
	case err != nil:
		return "", err
	case !info.IsDir():
		return "", syscall.ENOTDIR
	}
	name = path.Join(w.realName(folder), below)
	if slices.Contains(segments(name), ".git") {
		return "", errors.New("it is in a folder .git")
	}
	switch info, err = w.stat(name); {
	case errors.Is(err, fs.ErrNotExist):
		return name, nil
	case err == nil && !info.Mode().IsRegular():
		err = errors.New("not a regular file")
	}
	return name, err
}
