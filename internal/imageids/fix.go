package imageids

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"syscall"

	"hcp-packer-iteration/internal/problem"
)

// Fix puts the new ids into the places of the old ones, in the text files that name these; plans and
// states are left alone. It tells which places it fixed, also where it ends with an error, which is a
// problem to show. Each file is written whole, with mode, owner, encoding and line ends as they were,
// or not at all.
func Fix(ctx context.Context, dir string, replacements []Replacement) (fixed []Place, err error) {
	files := filesOf(replacements)
	if len(files) == 0 {
		return nil, nil
	}
	w, err := openWorkspace(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer w.close()
	for _, name := range files {
		places, err := w.fix(name, replacements)
		switch {
		case errors.Is(ctx.Err(), context.Canceled):
			return fixed, problem.New(problem.Cancelled, "The step was told to stop before it had replaced all image ids. Run the job again.")
		case ctx.Err() != nil:
			return fixed, problem.New(problem.InvalidInput, "The image ids could not be replaced in time. Name fewer or smaller files, or raise the input timeout.")
		case err != nil:
			return fixed, err
		}
		fixed = append(fixed, places...)
	}
	return fixed, nil
}

// filesOf are the text files that name the images, in order.
func filesOf(replacements []Replacement) []string {
	var files []string
	for _, r := range replacements {
		for _, place := range r.Image.Places {
			if place.Line > 0 {
				files = append(files, place.File)
			}
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// fix replaces the ids in a file, and tells where.
func (w *workspace) fix(name string, replacements []Replacement) ([]Place, error) {
	f, err := w.open("files", name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := f.all(w.ctx)
	if err != nil {
		return nil, unreadable("files", name, err)
	}
	if int64(len(data)) != f.info.Size() {
		return nil, unreadable("files", name, errors.New("it is being written"))
	}
	fixed, places, err := replaceIDs(w.ctx, name, data, replacements)
	if err != nil || len(places) == 0 {
		return nil, err
	}
	if err := w.replaceFile(name, f.info, fixed); err != nil {
		return nil, problem.New(problem.CannotWriteOutputs, "The image ids in %s could not be replaced: %s. The file is as it was; make its folder writable, with room for a copy of it.",
			problem.Quote(name), problem.Quote(cause(err).Error()))
	}
	return places, nil
}

// replaceIDs is what a file holds with its ids replaced, and where they were.
func replaceIDs(ctx context.Context, name string, data []byte, replacements []Replacement) (fixed []byte, places []Place, err error) {
	byKey, lines := map[string]Replacement{}, map[string]int{}
	for _, r := range replacements {
		byKey[parse(r.Image.ID).key] = r
	}
	e := encodingOf(data)
	text := e.decode(data)
	if isBinary(text) {
		return data, nil, nil
	}
	var out bytes.Buffer
	seen, copied := 0, 0 // of the text, and of the data
	done := len(e.mark)
	err = eachID(ctx, text, func(line, start, end int) error {
		written := string(text[start:end])
		with, replaced := byKey[parse(written).key].For(written) // none where the id is not to be replaced
		if !replaced {
			return nil
		}
		done += e.size(text[seen:start])
		out.Write(data[copied:done])
		out.Write(e.encode(with))
		done += e.size(text[start:end])
		seen, copied = end, done
		if key := parse(written).key; lines[key] != line { // a place that names an image twice is one place
			lines[key] = line
			places = append(places, Place{File: name, Line: line})
		}
		return nil
	})
	out.Write(data[copied:])
	return out.Bytes(), places, err
}

// replaceFile puts a new file of the same mode and owner into the place of one, or of that which it
// links to.
func (w *workspace) replaceFile(name string, old fs.FileInfo, data []byte) error {
	target, err := w.resolve(name, old)
	if err != nil {
		return err
	}
	temporary := path.Join(path.Dir(target), ".fix-"+rand.Text())
	if err := w.create(temporary, old, data); err != nil {
		_ = w.root.Remove(temporary)
		return err
	}
	if err := w.root.Rename(temporary, target); err != nil {
		_ = w.root.Remove(temporary)
		return err
	}
	w.sync(path.Dir(target))
	return nil
}

// resolve is the name of a file in the workspace without links on the way.
func (w *workspace) resolve(name string, file fs.FileInfo) (string, error) {
	dir, err := filepath.EvalSymlinks(w.dir)
	if err != nil {
		return "", err
	}
	target, err := filepath.EvalSymlinks(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return "", err
	}
	target, err = filepath.Rel(dir, target)
	if err != nil {
		return "", err
	}
	info, err := w.root.Lstat(target)
	if err == nil && (!os.SameFile(info, file) || !info.ModTime().Equal(file.ModTime()) || info.Size() != file.Size()) {
		err = errors.New("it has changed meanwhile")
	}
	return filepath.ToSlash(target), err
}

// create makes a file that is on the disk when it returns.
func (w *workspace) create(name string, like fs.FileInfo, data []byte) error {
	f, err := w.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = own(f, like)
	}
	if err == nil {
		err = f.Chmod(like.Mode()) // after the owner, whose change takes bits away
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
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

// sync has the disk hold which files are in a folder, if it can. Each file is whole without that.
func (w *workspace) sync(folder string) {
	if dir, err := w.root.Open(folder); err == nil {
		_ = dir.Sync()
		_ = dir.Close()
	}
}
