package sweep

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
)

// A State is a file with a line of JSON for each drill that was played, so that a sweep can go on
// where an earlier one stopped. A nil State remembers nothing.
type State struct {
	known map[string]*Drill // of the file as it was; it does not change
	mu    sync.Mutex        // of the file
	file  *os.File
}

// OpenState reads the file, if it exists, and appends to it. The last line may be cut.
func OpenState(path string) (*State, error) {
	s := &State{known: make(map[string]*Drill)}
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	whole := 0
	for number, rest := 1, data; len(rest) > 0; number++ {
		n, line, err := bufio.ScanLines(rest, false)
		if err != nil || n == 0 {
			break // the sweep ended while it wrote the line
		}
		d := new(Drill)
		if err := json.Unmarshal(line, d); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, number, err)
		}
		s.known[d.ID] = d
		whole, rest = whole+n, rest[n:]
	}
	s.file, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	if err := s.file.Truncate(int64(whole)); err != nil {
		return nil, errors.Join(err, s.file.Close())
	}
	if _, err = s.file.Seek(int64(whole), io.SeekStart); err != nil {
		return nil, errors.Join(err, s.file.Close())
	}
	return s, nil
}

// recall fills the drill with what an earlier sweep found, and reports whether there is such a
// drill with the same client and the same scenario.
func (s *State) recall(d *Drill) bool {
	if s == nil {
		return false
	}
	old := s.known[d.ID]
	if old == nil || old.Print != d.Print {
		return false
	}
	d.Shape, d.Retries = old.Shape, old.Retries
	d.Word, d.Why, d.Attempts, d.Extra, d.Findings = old.Word, old.Why, old.Attempts, old.Extra, old.Findings
	return true
}

// remember writes the drill to the file.
func (s *State) remember(d *Drill) error {
	if s == nil {
		return nil
	}
	line, err := json.Marshal(d)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err = s.file.Write(append(line, '\n'))
	return err
}

// Close closes the file.
func (s *State) Close() error {
	if s == nil {
		return nil
	}
	return s.file.Close()
}
