package workspace

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"hcp-packer-iteration/internal/problem"
	"hcp-packer-iteration/internal/terraform"
)

// maxFile is the size in bytes of the largest file that is read.
const maxFile = 256 << 20

// maxText is the size in bytes of the largest file that is read whole.
const maxText = 1 << 20

// ReadText is what the file that an input names by its path holds, as UTF-8. An error is a problem to show.
func ReadText(ctx context.Context, workspace, input, path string) (text string, err error) {
	w, err := openWorkspace(workspace)
	if err != nil {
		return "", err
	}
	defer w.root.Close()
	name, err := w.relative(input, path)
	if err != nil {
		return "", err
	}
	err = w.withFile(ctx, input, w.realName(name), func(f *file) error {
		data, err := io.ReadAll(io.LimitReader(f.in, maxText+1))
		if len(data) > maxText {
			return problem.New(problem.InvalidInput, "The input %s: %s is over %d MiB. Name a smaller file.", input, problem.Quote(name), maxText>>20)
		}
		text = string(data)
		return err
	})
	return text, err
}

// workspace is the folder of the checkout. Nothing outside of it can be read or written through it,
// whatever its links say.
type workspace struct {
	dir     string
	realDir string // dir without links on the way
	root    *os.Root
	pieces  *bufio.Reader // reads the text of a file, of which there is one at a time
	// passedOver are links out of the workspace that wildcards met.
	passedOver map[string]bool
}

func openWorkspace(dir string) (*workspace, error) {
	root, err := os.OpenRoot(dir)
	realDir, errOfLinks := filepath.EvalSymlinks(dir)
	if err := cmp.Or(err, errOfLinks); err != nil {
		return nil, problem.New(problem.InvalidInput, "The inputs plan, state and files name files in the workspace %s, which cannot be opened: %s. "+
			"Run the step on a runner that sets GITHUB_WORKSPACE, after the files are there.", problem.Quote(dir), problem.Quote(cause(err).Error()))
	}
	return &workspace{dir: dir, realDir: realDir, root: root, pieces: bufio.NewReaderSize(nil, pieceSize), passedOver: map[string]bool{}}, nil
}

// realName is the name of what a name links to, where that is in the workspace too. A file is known by it: it is
// read once, reported once and written once, however many links lead to it.
func (w *workspace) realName(name string) string {
	if strings.HasSuffix(name, "/") {
		return name // a folder's, which is no file
	}
	target, err := filepath.EvalSymlinks(filepath.Join(w.realDir, filepath.FromSlash(name)))
	if err == nil {
		target, err = filepath.Rel(w.realDir, target)
	}
	if err != nil || !filepath.IsLocal(target) {
		return name
	}
	return filepath.ToSlash(target)
}

// stat is [os.Root.Stat] that follows absolute links as well, as long as they stay in the workspace.
func (w *workspace) stat(name string) (fs.FileInfo, error) {
	info, err := w.root.Stat(name)
	if err != nil && isEscape(cause(err)) {
		return w.root.Stat(w.realName(name))
	}
	return info, err
}

// file is an open file of at most [maxFile] bytes.
type file struct {
	*os.File
	name     string // in the workspace
	info     fs.FileInfo
	in       *bufio.Reader // its text
	encoding encoding
	pieces   *bufio.Reader // of the workspace
}

// withFile calls use with a regular file that an input names. Each error is a problem to show, but for those of ctx.
func (w *workspace) withFile(ctx context.Context, input, name string, use func(*file) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// Even where what a name is has changed since it was looked up: to open a FIFO would block.
	f, err := w.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return unreadable(input, name, err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return unreadable(input, name, err)
	case !info.Mode().IsRegular():
		return unreadable(input, name, errors.New("not a regular file"))
	case info.Size() > maxFile && input == "plan":
		return problem.New(problem.InvalidInput, "The input plan: %s is over %d MiB. Name a file that has only what is read of it: jq -c '%s' PLAN > FILE.",
			problem.Quote(name), maxFile>>20, terraform.Filter)
	case info.Size() > maxFile:
		return problem.New(problem.InvalidInput, "The input %s: %s is over %d MiB. Name smaller files.", input, problem.Quote(name), maxFile>>20)
	}
	opened := &file{File: f, name: name, info: info, pieces: w.pieces}
	if opened.in, err = opened.text(); err == nil {
		err = use(opened)
	}
	if err != nil && ctx.Err() == nil {
		return unreadable(input, name, err)
	}
	return ctx.Err()
}

// unreadable is the problem of a path that is there and cannot be read. An error that is a problem stays what it is.
func unreadable(input, name string, err error) error {
	var shown *problem.Problem
	switch {
	case errors.As(err, &shown):
		return shown
	case isEscape(cause(err)):
		return problem.New(problem.InvalidInput, "The input %s: %s is or goes through a link out of the workspace. "+
			"Name the files in the workspace only, or copy there what the link points at.", input, problem.Quote(name))
	}
	return problem.New(problem.InvalidInput, "The input %s: %s cannot be read: %s. Make it a readable file, or name others.",
		input, problem.Quote(name), problem.Quote(cause(err).Error()))
}

// whenEnded is the problem of a step that ended before its work was done, as the two clauses say; or err, where ctx has
// not ended.
func whenEnded(ctx context.Context, err error, cancelled, late string) error {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return problem.New(problem.Cancelled, "The step was cancelled before %s. Run the job again.", cancelled)
	case ctx.Err() != nil:
		return problem.New(problem.InvalidInput, "%s, or raise the input timeout.", late)
	}
	return err
}

// isEscape is whether an error is how [os.Root] says that a path leads out of it, which has no value for it.
func isEscape(err error) bool {
	return err.Error() == "path escapes from parent"
}

// cause is an error without the operation and the path, which the message names itself.
func cause(err error) error {
	if at, is := errors.AsType[*fs.PathError](err); is {
		return at.Err
	}
	return err
}
