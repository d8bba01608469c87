package s3client

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// tempFile collects a download beside its destination, which stays as it is until everything has
// arrived and been verified.
type tempFile struct {
	*os.File
	destination string
	old         fs.FileInfo // of the file to be replaced; nil if it does not exist
	lazy        bool        // may reach the disk later
}

func newTempFile(destination string, lazy bool) (*tempFile, error) {
	t := &tempFile{destination: destination, lazy: lazy}
	if err := t.resolve(); err != nil {
		return nil, err
	}
	mode := fs.FileMode(0o666)
	switch info, err := os.Stat(t.destination); {
	case err == nil:
		if err := replaceable(t.destination, info); err != nil {
			return nil, err
		}
		t.old, mode = info, info.Mode().Perm()
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	dir, base := filepath.Split(t.destination)
	if len(base) > 200 {
		base = base[:200] // leave room for the suffix in a file name
	}
	for try := 0; ; try++ {
		name := filepath.Join(dir, fmt.Sprintf(".%s.%08x.part", base, rand.Uint32()))
		file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
		if errors.Is(err, fs.ErrExist) && try < 100 {
			continue
		}
		t.File = file
		return t, err
	}
}

// resolve follows symbolic links: the download replaces what a link points to, never the link. A
// link that points to nothing is refused.
func (t *tempFile) resolve() error {
	if t.destination == "" {
		return &fs.PathError{Op: "replace", Path: "", Err: fs.ErrNotExist}
	}
	info, err := os.Lstat(t.destination)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode()&fs.ModeSymlink == 0 {
		return nil // links among its folders stay: the new file takes its place in the same folder
	}
	resolved, err := filepath.EvalSymlinks(t.destination)
	if err != nil {
		return fmt.Errorf("%s: follow the symbolic link: %w", t.destination, err)
	}
	t.destination = resolved
	return nil
}

// replaceable returns an error if the destination is not a regular file, or may not be written. The
// rename needs only the directory's permission and would not notice.
func replaceable(path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: not a regular file", path)
	}
	if info.Mode().Perm()&0o222 == 0 {
		return &fs.PathError{Op: "replace", Path: path, Err: fs.ErrPermission}
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return file.Close()
}

// restart empties the file.
func (t *tempFile) restart() error {
	if err := t.Truncate(0); err != nil {
		return err
	}
	_, err := t.Seek(0, io.SeekStart)
	return err
}

// commit renames the file to its destination. Its content reaches the disk before its name does, or
// a power failure could leave an empty file in place of the old one.
func (t *tempFile) commit() error {
	if err := t.inherit(); err != nil {
		return errors.Join(err, t.discard())
	}
	if !t.lazy {
		if err := t.Sync(); err != nil {
			return errors.Join(err, t.discard())
		}
	}
	if err := t.Close(); err != nil {
		return errors.Join(err, os.Remove(t.Name()))
	}
	if err := os.Rename(t.Name(), t.destination); err != nil {
		return errors.Join(err, os.Remove(t.Name()))
	}
	if !t.lazy {
		t.syncName()
	}
	return nil
}

// inherit gives the file the owner and the mode of the old one. Where the process may not give the
// owner, the file drops setuid and setgid, which would then give rights of another user.
func (t *tempFile) inherit() error {
	if t.old == nil {
		return nil
	}
	mode := t.old.Mode() & (fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky)
	if err := keepOwner(t.File, t.old); err != nil {
		mode &^= fs.ModeSetuid | fs.ModeSetgid
	}
	return t.Chmod(mode)
}

// syncName writes the rename to the disk. Some systems cannot sync a directory; there, a power
// failure soon after may bring the old file back, whole.
func (t *tempFile) syncName() {
	dir, err := os.Open(filepath.Dir(t.destination))
	if err != nil {
		return
	}
	_ = dir.Sync()
	_ = dir.Close() // nothing was written by it
}

// discard removes the file.
func (t *tempFile) discard() error {
	return errors.Join(t.Close(), os.Remove(t.Name()))
}
