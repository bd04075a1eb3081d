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

// match are the regular files that a line of an input matches, sorted, without the excluded ones.
func (w *workspace) match(ctx context.Context, input, line string, excluded exclusions) ([]string, error) {
	glob, err := w.relative(input, line)
	if err != nil {
		return nil, err
	}
	t := newTree(ctx, w, input, glob, excluded)
	var names []string
	// Wildcards do not go through links to folders: those may form a circle, and what they lead to
	// in the workspace has a name of its own there.
	err = doublestar.GlobWalk(t, glob, func(name string, _ fs.DirEntry) error {
		info, err := t.Stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // a link may dangle
		case err != nil:
			return unreadable(input, name, err)
		case info.Mode().IsRegular():
			names = append(names, name)
		}
		return nil
	}, doublestar.WithNoFollow(), doublestar.WithFailOnIOErrors())
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
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
	if dir, err := filepath.Abs(w.dir); err == nil {
		glob = strings.TrimPrefix(glob, strings.TrimSuffix(filepath.ToSlash(dir), "/")+"/")
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

// tree is a workspace as a glob sees it: without what is excluded, and with nothing behind links out of the workspace
// that only a wildcard meets.
type tree struct {
	*workspace
	fs.FS
	ended    func() error // the error of the context, which the methods of an [fs.FS] do not take
	isWild   bool         // whether the glob has a wildcard, which braces are none of
	base     string       // what it names before that
	spans    bool         // whether it goes into every folder
	skipped  []string     // folders that hold what others wrote
	excluded exclusions
}

func newTree(ctx context.Context, w *workspace, input, glob string, excluded exclusions) tree {
	base, _ := doublestar.SplitPattern(glob)
	skipped := []string{".git", ".terraform", "node_modules"}
	if input == "files" {
		skipped = append(skipped, ".terragrunt-cache") // where terragrunt leaves plans
	}
	named := segments(glob)
	return tree{
		workspace: w, FS: w.root.FS(), ended: ctx.Err, excluded: excluded,
		isWild: strings.ContainsAny(glob, "*?["), base: base, spans: strings.Contains(glob, "**"),
		skipped: slices.DeleteFunc(skipped, func(folder string) bool { return slices.Contains(named, folder) }),
	}
}

// Stat is [fs.Stat], through links that are absolute as well.
func (t tree) Stat(name string) (fs.FileInfo, error) {
	if t.excluded.match(name) {
		return nil, fs.ErrNotExist
	}
	if err := t.ended(); err != nil {
		return nil, err
	}
	info, err := t.stat(name)
	return info, t.passOver(name, err)
}

// ReadDir is [fs.ReadDir] for which only a folder is there: to open a FIFO would block.
func (t tree) ReadDir(name string) ([]fs.DirEntry, error) {
	info, err := t.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fs.ErrNotExist
	}
	entries, err := fs.ReadDir(t.FS, name)
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
		below := path.Join(name, e.Name())
		return !e.Type().IsRegular() && slices.Contains(t.skipped, e.Name()) || t.excluded.match(below) || t.isFolderOut(below, e)
	}), t.passOver(name, err)
}

// passOver makes what a wildcard cannot follow something that is not there, and notes what leaves the workspace.
func (t tree) passOver(name string, err error) error {
	isNamed := !t.isWild || t.base == name || strings.HasPrefix(t.base, name+"/")
	switch {
	case err == nil || isNamed:
		return err
	case isEscape(cause(err)):
		t.passedOver[name] = true
		return fs.ErrNotExist
	case errors.Is(err, syscall.ELOOP), errors.Is(err, syscall.ENOTDIR):
		return fs.ErrNotExist
	}
	return err
}

// isFolderOut is whether an entry is a link to a folder out of the workspace, which the glob would go into if it
// were none.
func (t tree) isFolderOut(name string, e fs.DirEntry) bool {
	if !t.spans || e.Type() != fs.ModeSymlink {
		return false
	}
	info, err := os.Stat(filepath.Join(t.realDir, filepath.FromSlash(name)))
	if err != nil || !info.IsDir() {
		return false
	}
	_, err = t.Stat(name)
	return errors.Is(err, fs.ErrNotExist)
}
