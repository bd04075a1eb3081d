package workspace

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path"
	"syscall"
)

// replaceFile puts a new file of the same mode and owner into the place of one, which is no link.
func (w *workspace) replaceFile(name string, old fs.FileInfo, data []byte) error {
	if err := w.checkUnchanged(name, old); err != nil {
		return err
	}
	temporary := path.Join(path.Dir(name), ".fix-"+rand.Text())
	if err := w.create(temporary, old, data); err != nil {
		_ = w.root.Remove(temporary)
		return err
	}
	if err := w.root.Rename(temporary, name); err != nil {
		_ = w.root.Remove(temporary)
		return err
	}
	w.sync(path.Dir(name))
	return nil
}

// checkUnchanged fails where a name is not that of the file any more, or others wrote to it.
func (w *workspace) checkUnchanged(name string, file fs.FileInfo) error {
	info, err := w.root.Lstat(name)
	if err == nil && (!os.SameFile(info, file) || !info.ModTime().Equal(file.ModTime()) || info.Size() != file.Size()) {
		err = errors.New("it has changed meanwhile")
	}
	return err
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
