// Package atomicfile replaces files as a whole: a reader finds the old content or the new one,
// never a part of it.
package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Write replaces the content of the file at path, or creates the file, with these permissions. The
// folder must exist. After an error the file is as it was, and nothing is left beside it.
func Write(path string, content []byte, permissions fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".s3chaos-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(permissions), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
