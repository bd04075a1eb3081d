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

// match are the regular files that a line of an input matches, sorted, without the excluded ones. Wildcards do not go
// through links to folders: those may form a circle, and what they lead to in the workspace has a name of its own there.
func (w *workspace) match(ctx context.Context, input, line string, excluded exclusions) (names []string, err error) {
	glob, err := w.glob(input, line, line)
	if err != nil {
		return nil, err
	}
	isWild := strings.ContainsAny(glob, "*?[") // what is in braces is named
	add := func(name string) error {
		info, err := w.stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist): // a link may dangle
		case isWild && err != nil && isEscape(cause(err)):
			w.passedOver[name] = true
		case isWild && (errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.ENOTDIR)): // or lead nowhere
		case err != nil:
			return err
		case info.Mode().IsRegular():
			names = append(names, name)
		}
		return nil
	}
	skipped, spans := skippedBy(input, glob), strings.Contains(glob, "**")
	visit := func(name string, e fs.DirEntry, err error) error {
		isOut := excluded.match(name) || e != nil && !e.Type().IsRegular() && slices.Contains(skipped, e.Name())
		isTooDeep := !spans && name != "." && strings.Count(name, "/") >= strings.Count(glob, "/")
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case isOut && (e == nil || !e.IsDir()), errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
			return nil
		case err != nil:
			return err
		case e.IsDir() && (isOut || isTooDeep):
			return fs.SkipDir
		case !e.IsDir() && (doublestar.MatchUnvalidated(glob, name) || spans && w.isLinkToFolder(name, e)):
			return add(name)
		}
		return nil
	}
	base, _ := doublestar.SplitPattern(glob)
	switch {
	case strings.ContainsAny(glob, `*?[{\`):
		err = fs.WalkDir(w.root.FS(), base, visit)
	case !excluded.match(glob):
		err = add(glob)
	}
	if err != nil {
		err = unreadable(input, line, err)
	}
	slices.Sort(names)
	return names, err
}

// skippedBy are the folders that a glob does not go into, which hold what others wrote, unless it names them.
func skippedBy(input, glob string) []string {
	folders := []string{".git", ".terraform", "node_modules"}
	if input == "files" {
		folders = append(folders, ".terragrunt-cache") // where terragrunt leaves plans
	}
	named := segments(glob)
	return slices.DeleteFunc(folders, func(folder string) bool { return slices.Contains(named, folder) })
}

// isLinkToFolder is whether an entry is a link to a folder, be that in the workspace or out of it.
func (w *workspace) isLinkToFolder(name string, e fs.DirEntry) bool {
	if e.Type() != fs.ModeSymlink {
		return false
	}
	info, err := os.Stat(filepath.Join(w.realDir, filepath.FromSlash(name)))
	return err == nil && info.IsDir()
}

// glob is [workspace.relative] for the glob in a line of an input.
func (w *workspace) glob(input, line, glob string) (string, error) {
	glob, err := w.relative(input, glob)
	if err == nil && !doublestar.ValidatePattern(glob) {
		err = problem.New(problem.InvalidInput, "The input %s: %s is not a valid path or glob. Close its brackets and braces, or put a backslash before one that is meant literally.",
			input, problem.Quote(line))
	}
	return glob, err
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
		if isIncluded(line) {
			continue
		}
		glob, err := w.glob(input, line, strings.TrimSpace(line[1:]))
		if err != nil {
			return nil, err
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
