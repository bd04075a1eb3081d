package imageids

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"hcp-packer-iteration/internal/problem"
)

// maxFile is the size of the largest file that is read.
const maxFile = 64 << 20

// workspace is the folder of the checkout. Nothing outside of it can be read through it, whatever
// its links say.
type workspace struct {
	ctx  context.Context
	dir  string
	root *os.Root
	read map[string]bool // the files that were read, so that each is read once
}

func openWorkspace(ctx context.Context, dir string) (*workspace, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, problem.New(problem.InvalidInput, "The inputs plan and files name files in the workspace %s, which cannot be opened: %s. "+
			"Run the step on a runner that sets GITHUB_WORKSPACE, after the files are there.", problem.Quote(dir), problem.Quote(cause(err).Error()))
	}
	return &workspace{ctx: ctx, dir: dir, root: root, read: map[string]bool{}}, nil
}

func (w *workspace) close() {
	_ = w.root.Close()
}

// each calls use with every file that the patterns match: pattern by pattern, in lexical order
// within one, and each file the first time only. The input is what the patterns were given in.
func (w *workspace) each(input string, patterns []string, use func(ctx context.Context, name string, data []byte) error) error {
	for _, pattern := range patterns {
		names, err := w.match(input, pattern)
		if err != nil {
			return err
		}
		for _, name := range names {
			if w.read[name] {
				continue
			}
			w.read[name] = true
			data, err := w.file(input, name)
			if err != nil {
				return err
			}
			if err := use(w.ctx, name, data); err != nil {
				return err
			}
		}
	}
	return nil
}

// match are the regular files that a pattern matches, sorted, or a problem where there are none.
func (w *workspace) match(input, pattern string) ([]string, error) {
	glob, err := w.relative(input, pattern)
	if err != nil {
		return nil, err
	}
	var names []string
	// Wildcards do not go through links to folders: those may form a circle, and what they lead to
	// in the workspace has a name of its own there.
	err = doublestar.GlobWalk(tree{w.root.FS(), w.ctx}, glob, func(name string, _ fs.DirEntry) error {
		regular, err := w.isRegular(input, name)
		if regular {
			names = append(names, name)
		}
		return err
	}, doublestar.WithNoFollow(), doublestar.WithFailOnIOErrors())
	var shown *problem.Problem
	switch {
	case w.ctx.Err() != nil:
		return nil, w.ctx.Err()
	case errors.As(err, &shown):
		return nil, shown
	case errors.Is(err, doublestar.ErrBadPattern):
		return nil, problem.New(problem.InvalidInput, "The input %s has %s, which is no path or glob. Close its brackets and braces, or put a backslash before one that is meant literally.",
			input, problem.Quote(pattern))
	case err != nil:
		return nil, unreadable(input, pattern, err)
	case len(names) == 0:
		return nil, problem.New(problem.InvalidInput, "The input %s has %s, which matches no file in the workspace. Correct the path, or let an earlier step make the file.",
			input, problem.Quote(pattern))
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// relative is a pattern relative to the workspace, or a problem where it leads out of it.
func (w *workspace) relative(input, pattern string) (string, error) {
	glob := pattern
	if path.IsAbs(glob) {
		if dir, err := filepath.Abs(w.dir); err == nil {
			glob = strings.TrimPrefix(glob, strings.TrimSuffix(filepath.ToSlash(dir), "/")+"/")
		}
	}
	segments := strings.FieldsFunc(glob, func(r rune) bool { return strings.ContainsRune("/{},", r) })
	if path.IsAbs(glob) || slices.Contains(segments, "..") {
		return "", problem.New(problem.InvalidInput, `The input %s has %s, which leads out of the workspace. Give a path relative to the workspace, without "..".`,
			input, problem.Quote(pattern))
	}
	cleaned := path.Clean(glob)
	if strings.HasSuffix(glob, "/") {
		cleaned += "/" // it asks for folders, and so for no file
	}
	return cleaned, nil
}

// isRegular is whether a name, or what it links to, is a regular file. What is not there is none: a
// link may dangle. A link out of the workspace is a problem.
func (w *workspace) isRegular(input, name string) (bool, error) {
	info, err := w.root.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, unreadable(input, name, err)
	}
	return info.Mode().IsRegular(), nil
}

// file reads a whole file of at most [maxFile] bytes.
func (w *workspace) file(input, name string) ([]byte, error) {
	if err := w.ctx.Err(); err != nil {
		return nil, err
	}
	f, err := w.root.Open(name)
	if err != nil {
		return nil, unreadable(input, name, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, unreadable(input, name, err)
	}
	if info.Size() > maxFile {
		return nil, tooLarge(input, name)
	}
	// One byte more than the file has, and another for its end: it may be growing.
	data := make([]byte, 0, info.Size()+2)
	for len(data) <= maxFile {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if errors.Is(err, io.EOF) {
			return data, nil
		}
		if err != nil {
			return nil, unreadable(input, name, err)
		}
		if len(data) == cap(data) {
			data = slices.Grow(data, 1)
		}
	}
	return nil, tooLarge(input, name)
}

func tooLarge(input, name string) error {
	return problem.New(problem.InvalidInput, "The input %s names %s, which is over %d MiB. Name smaller files.", input, problem.Quote(name), maxFile>>20)
}

// unreadable is the problem of a path that is there and cannot be read.
func unreadable(input, name string, err error) error {
	if err = cause(err); err.Error() == "path escapes from parent" { // how os.Root says it, for want of a value
		return problem.New(problem.InvalidInput, "The input %s names %s, which is or goes through a link out of the workspace. "+
			"Name the files in the workspace only, or copy there what the link points at.", input, problem.Quote(name))
	}
	return problem.New(problem.InvalidInput, "The input %s names %s, which cannot be read: %s. Make it a readable file, or name others.",
		input, problem.Quote(name), problem.Quote(err.Error()))
}

// cause is an error without the operation and the path, which the message names itself.
func cause(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// tree is a file system that is searched until the context ends.
type tree struct {
	fs.FS
	ctx context.Context
}

// Stat is [fs.Stat].
func (t tree) Stat(name string) (fs.FileInfo, error) {
	if err := t.ctx.Err(); err != nil {
		return nil, err
	}
	return fs.Stat(t.FS, name)
}

// ReadDir is [fs.ReadDir] for which only a folder is there: to open a FIFO would block.
func (t tree) ReadDir(name string) ([]fs.DirEntry, error) {
	info, err := t.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	return fs.ReadDir(t.FS, name)
}
