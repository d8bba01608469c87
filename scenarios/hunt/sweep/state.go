package sweep

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
)

// A State is a file with a line of JSON for each drill that was played, so that a sweep can go on
// where an earlier one stopped. A nil State remembers nothing.
type State struct {
	mu    sync.Mutex
	file  *os.File
	known map[string]*Drill
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
	_, err = s.file.Seek(int64(whole), 0)
	return s, err
}

// recall fills the drill with what an earlier sweep found, and reports whether there is such a
// drill.
func (s *State) recall(d *Drill) bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.known[d.ID]
	if old == nil {
		return false
	}
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
