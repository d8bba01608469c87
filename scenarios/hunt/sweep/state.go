package sweep

import "github.com/s3chaos/s3chaos/internal/ndjson"

// A State is a file with a line of JSON for each drill that was played, so that a sweep can go on
// where an earlier one stopped. A nil State remembers nothing.
type State struct {
	known map[string]*Drill // of the file as it was; it does not change
	store *ndjson.Store[*Drill]
}

// OpenState reads the file, if it exists, and appends to it. The last line may be cut.
func OpenState(path string) (*State, error) {
	s := &State{known: make(map[string]*Drill)}
	var err error
	s.store, err = ndjson.Open(path, func(d *Drill) {
		if d != nil {
			s.known[d.ID] = d
		}
	})
	if err != nil {
		return nil, err
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
	d.Shape, d.Retries, d.Facts = old.Shape, old.Retries, old.Facts
	d.Word, d.Why, d.Attempts, d.Extra, d.Findings = old.Word, old.Why, old.Attempts, old.Extra, old.Findings
	return true
}

// remember writes the drill to the file.
func (s *State) remember(d *Drill) error {
	if s == nil {
		return nil
	}
	return s.store.Add(d)
}

// Close closes the file.
func (s *State) Close() error {
	if s == nil {
		return nil
	}
	return s.store.Close()
}
