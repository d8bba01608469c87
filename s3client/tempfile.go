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

// tempFile collects a download beside its destination, which stays as it is
// until everything has arrived and been verified.
type tempFile struct {
	*os.File
	destination string
	mode        fs.FileMode // of the file to be replaced; 0 if there is none
	lazy        bool        // may reach the disk later
}

func newTempFile(destination string, lazy bool) (*tempFile, error) {
	t := &tempFile{destination: destination, lazy: lazy}
	if resolved, err := filepath.EvalSymlinks(destination); err == nil {
		t.destination = resolved // replace what a link points to, not the link
	}
	switch info, err := os.Stat(t.destination); {
	case err == nil && !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: not a regular file", destination)
	case err == nil:
		t.mode = info.Mode().Perm()
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	dir, base := filepath.Split(t.destination)
	if len(base) > 200 {
		base = base[:200] // leave room for the suffix in a file name
	}
	for try := 0; ; try++ {
		name := filepath.Join(dir, fmt.Sprintf(".%s.%08x.part", base, rand.Uint32()))
		file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) && try < 100 {
			continue
		}
		t.File = file
		return t, err
	}
}

// restart throws away what has arrived.
func (t *tempFile) restart() error {
	if err := t.Truncate(0); err != nil {
		return err
	}
	_, err := t.Seek(0, io.SeekStart)
	return err
}

// commit puts the file in place. Its content reaches the disk before its name
// does, or a power failure could leave an empty file where the old one was.
func (t *tempFile) commit() error {
	if t.mode != 0 {
		if err := t.Chmod(t.mode); err != nil {
			return errors.Join(err, t.discard())
		}
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

// syncName makes the rename last. Some systems cannot sync a directory; there,
// a power failure soon after may bring the old file back, whole.
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
