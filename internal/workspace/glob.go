package workspace

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/bmatcuk/doublestar/v4"

	"hcp-packer-iteration/internal/problem"
)

// match are the regular files that a line of an input matches, sorted.
func (w *workspace) match(ctx context.Context, input, line string) ([]string, error) {
	glob, err := w.relative(input, line)
	if err != nil {
		return nil, err
	}
	var names []string
	// Wildcards do not go through links to folders: those may form a circle, and what they lead to
	// in the workspace has a name of its own there.
	err = doublestar.GlobWalk(tree{ctx, w, w.root.FS(), skippedBy(glob)}, glob, func(name string, _ fs.DirEntry) error {
		regular, err := w.isRegular(input, name)
		if regular {
			names = append(names, name)
		}
		return err
	}, doublestar.WithNoFollow(), doublestar.WithFailOnIOErrors())
	var shown *problem.Problem
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &shown):
		return nil, shown
	case errors.Is(err, doublestar.ErrBadPattern):
		return nil, badGlob(input, line)
	case err != nil:
		return nil, unreadable(input, line, err)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func badGlob(input, line string) error {
	return problem.New(problem.InvalidInput, "The input %s: %s is not a valid path or glob. Close its brackets and braces, or put a backslash before one that is meant literally.",
		input, problem.Quote(line))
}

// relative is a path or glob relative to the workspace, or a problem where it leads out of it.
func (w *workspace) relative(input, line string) (string, error) {
	glob := line
	if path.IsAbs(glob) {
		if dir, err := filepath.Abs(w.dir); err == nil {
			glob = strings.TrimPrefix(glob, strings.TrimSuffix(filepath.ToSlash(dir), "/")+"/")
		}
	}
	if path.IsAbs(glob) || slices.Contains(segments(glob), "..") {
		return "", problem.New(problem.InvalidInput, `The input %s: %s is outside the workspace. Give a path relative to the workspace, without "..".`,
			input, problem.Quote(line))
	}
	cleaned := path.Clean(glob)
	if strings.HasSuffix(glob, "/") {
		cleaned += "/" // it asks for folders, and so for no file
	}
	return cleaned, nil
}

// segments are the names in a glob, those in braces one by one.
func segments(glob string) []string {
	return strings.FieldsFunc(glob, func(r rune) bool { return strings.ContainsRune("/{},", r) })
}

func hasWildcard(glob string) bool {
	return strings.ContainsAny(glob, "*?[{")
}

// skippedBy are the folders that the wildcards of a glob do not go into, for they hold what others
// wrote. It names those that it means.
func skippedBy(glob string) []string {
	named := segments(glob)
	return slices.DeleteFunc([]string{".git", ".terraform", "node_modules"}, func(folder string) bool {
		return slices.Contains(named, folder)
	})
}

// isRegular is whether a name, or what it links to, is a regular file. What is not there is none: a
// link may dangle. A link out of the workspace is a problem.
func (w *workspace) isRegular(input, name string) (bool, error) {
	info, err := w.stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, unreadable(input, name, err)
	}
	return info.Mode().IsRegular(), nil
}

// exclusions are globs of what is taken out of what others match.
type exclusions []string

// exclusions are those lines of an input that begin with "!".
func (w *workspace) exclusions(input string, lines []string) (exclusions, error) {
	var list exclusions
	for _, line := range lines {
		line, is := strings.CutPrefix(line, "!")
		if !is {
			continue
		}
		glob, err := w.relative(input, strings.TrimSpace(line))
		if err != nil {
			return nil, err
		}
		if !doublestar.ValidatePattern(glob) {
			return nil, badGlob(input, "!"+line)
		}
		list = append(list, strings.TrimSuffix(glob, "/"))
	}
	return list, nil
}

// match is whether a file, or a folder that it is in, is taken out.
func (e exclusions) match(name string) bool {
	for ; name != "."; name = path.Dir(name) {
		if slices.ContainsFunc(e, func(glob string) bool { return doublestar.MatchUnvalidated(glob, name) }) {
			return true
		}
	}
	return false
}

// tree is a workspace that is searched until its context ends, without some folders. The methods of an [fs.FS]
// take no context.
type tree struct {
	ctx context.Context
	*workspace
	fs.FS
	skipped []string
}

// Stat is [fs.Stat], through links that are absolute as well.
func (t tree) Stat(name string) (fs.FileInfo, error) {
	if err := t.ctx.Err(); err != nil {
		return nil, err
	}
	return t.stat(name)
}

// ReadDir is [fs.ReadDir] for which only a folder is there: to open a FIFO would block.
func (t tree) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := t.ctx.Err(); err != nil {
		return nil, err
	}
	dir, err := t.root.OpenFile(name, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ENOTDIR) {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	entries, err := dir.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return e.IsDir() && slices.Contains(t.skipped, e.Name()) }), err
}
