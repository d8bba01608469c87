package script

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Load reads the scenario in a file. Every error is an [*InputError], also that of a missing file,
// and that of a family, of which [LoadAll] reads the cases.
func Load(path string) (*Scenario, error) {
	data, err := loadData(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}

// LoadAll reads the scenarios in a file: one, or the cases of a family. Every error is an
// [*InputError], also that of a missing file.
func LoadAll(path string) ([]*Scenario, error) {
	data, err := loadData(path)
	if err != nil {
		return nil, err
	}
	return ParseAll(path, data)
}

// ReadAll reads the scenarios of a file from r until its end: one, or the cases of a family. The
// filename appears in messages and gives the scenarios their IDs. Every error is an [*InputError].
func ReadAll(filename string, r io.Reader) ([]*Scenario, error) {
	data, err := readData(filename, r)
	if err != nil {
		return nil, err
	}
	return ParseAll(filename, data)
}

func loadData(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	data, err := readData(path, file)
	if closed := file.Close(); err == nil && closed != nil {
		return nil, fileError(path, closed)
	}
	return data, err
}

// readData reads at most one byte more than a file may have.
func readData(filename string, r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, strictyaml.MaxBytes+1))
	if err != nil {
		return nil, fileError(filename, err)
	}
	return data, nil
}

// LoadDir reads the scenarios in a directory and below it, in the order of their paths, of a family
// all cases. It reads files that end in .yaml or .yml and skips names that begin with a dot. The
// error holds the mistakes of all files.
func LoadDir(dir string) ([]*Scenario, error) {
	if info, err := os.Stat(dir); err != nil {
		return nil, fileError(dir, err)
	} else if !info.IsDir() {
		return nil, &strictyaml.InputError{Problems: []strictyaml.Problem{{File: dir, Message: "not a directory"}}}
	}
	root := filepath.Clean(dir) + string(filepath.Separator) // follows a link to a directory
	var paths []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		hidden := path != root && strings.HasPrefix(entry.Name(), ".")
		switch {
		case err != nil:
			return err
		case hidden && entry.IsDir():
			return fs.SkipDir
		case hidden, entry.IsDir():
		case strings.HasSuffix(path, ".yaml"), strings.HasSuffix(path, ".yml"):
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		return nil, fileError(dir, err)
	}
	if len(paths) == 0 {
		return nil,
			&strictyaml.InputError{Problems: []strictyaml.Problem{{
				File: dir, Message: "no scenarios here",
				Hint: "a scenario's file ends in .yaml or .yml",
			}}}
	}
	var all []*Scenario
	var mistakes strictyaml.InputError
	for _, path := range paths {
		found, err := LoadAll(path)
		var input *strictyaml.InputError
		if errors.As(err, &input) {
			mistakes.Problems = append(mistakes.Problems, input.Problems...)
			continue
		}
		all = append(all, found...)
	}
	if len(mistakes.Problems) > 0 {
		return nil, &mistakes
	}
	return all, nil
}

// fileError says why a file cannot be read. It names the file once.
func fileError(path string, err error) error {
	reason := err
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		path, reason = pathError.Path, pathError.Err
	}
	return &strictyaml.InputError{Problems: []strictyaml.Problem{{File: path, Message: reason.Error()}}}
}
