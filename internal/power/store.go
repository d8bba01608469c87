package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// A store keeps records of type T in a file, one JSON object a line, so that an interrupted run
// goes on where it stopped. A record names what it depends on, so records of another source stay
// unused.
type store[T any] struct {
	mu   sync.Mutex
	file *os.File
}

// openStore opens the file, creates it if it is missing, and gives its records to known, the oldest
// first. The last line may be cut by the end of a program; it is dropped.
func openStore[T any](path string, known func(T)) (*store[T], error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	var whole int64
	for r := bufio.NewReader(file); ; {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		var record T
		if err == nil {
			err = json.Unmarshal(line, &record)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
		}
		whole += int64(len(line))
		known(record)
	}
	if err := file.Truncate(whole); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if _, err := file.Seek(whole, io.SeekStart); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &store[T]{file: file}, nil
}

// add appends a record.
func (s *store[T]) add(record T) error {
	line, err := json.Marshal(record)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err = s.file.Write(append(line, '\n'))
	return err
}

func (s *store[T]) close() error { return s.file.Close() }
