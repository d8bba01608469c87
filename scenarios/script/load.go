package script

import (
	"errors"
	"io"
	"io/fs"
	"os"

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

// fileError says why a file cannot be read. It names the file once.
func fileError(path string, err error) error {
	reason := err
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		path, reason = pathError.Path, pathError.Err
	}
	return &strictyaml.InputError{Problems: []strictyaml.Problem{{File: path, Message: reason.Error()}}}
}
