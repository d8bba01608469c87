// Package ndjson keeps the records of a program in a file, one JSON object a line, so that an
// interrupted run goes on where it stopped.
package ndjson

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// A Store is a file of records of type T. Its methods are safe for concurrent use. A record names
// what it depends on, so that records of another source stay unused.
type Store[T any] struct {
	mu   sync.Mutex
	file *os.File
}

// Open opens the file, creates it if it is missing, and gives its records to known, the oldest
// first. The end of a program may have cut the last line: Open drops it. An error about a line
// names it.
func Open[T any](path string, known func(T)) (*Store[T], error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	whole, err := read(file, known)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s:%w", path, err), file.Close())
	}
	err = file.Truncate(whole)
	if err == nil {
		_, err = file.Seek(whole, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &Store[T]{file: file}, nil
}

// read gives the records of all whole lines to known, and returns how many bytes these lines have.
func read[T any](file io.Reader, known func(T)) (whole int64, err error) {
	r := bufio.NewReader(file)
	for number := 1; ; number++ {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return whole, nil
		}
		var record T
		if err == nil {
			err = json.Unmarshal(line, &record)
		}
		if err != nil {
			return whole, fmt.Errorf("%d: %w", number, err)
		}
		whole += int64(len(line))
		known(record)
	}
}

// Add appends a record.
func (s *Store[T]) Add(record T) error {
	line, err := json.Marshal(record)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err = s.file.Write(append(line, '\n'))
	return err
}

// Close closes the file.
func (s *Store[T]) Close() error { return s.file.Close() }
