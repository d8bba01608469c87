package scenarios

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/internal/atomicfile"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// Durations remembers how long the drills of programs took, so that the next run starts the longest
// first and knows what fits into its budget. It is safe for concurrent use.
type Durations struct {
	path string

	mu    sync.Mutex
	known map[string]float64 // seconds, by client and drill
}

// LoadDurations reads the durations of earlier runs. A file that does not exist has none.
func LoadDurations(path string) (*Durations, error) {
	d := &Durations{path: path, known: make(map[string]float64)}
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return d, nil
	case err == nil:
		err = json.Unmarshal(data, &d.known)
	}
	if err != nil {
		return d, fmt.Errorf("read the durations of earlier runs: %w", err)
	}
	return d, nil
}

// Save replaces the file as a whole, and makes its folder if that does not exist.
func (d *Durations) Save() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	data, err := json.Marshal(d.known)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(d.path), 0o755)
	}
	if err == nil {
		err = atomicfile.Write(d.path, data, 0o600)
	}
	if err != nil {
		return fmt.Errorf("write the durations: %w", err)
	}
	return nil
}

func (d *Durations) of(client, id string) (time.Duration, bool) {
	if d == nil {
		return 0, false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	seconds, ok := d.known[client+" "+id]
	return time.Duration(seconds * float64(time.Second)), ok
}

func (d *Durations) note(r *Result) {
	if d == nil || r.Verdict == Skip || r.Verdict == Error || r.interrupted {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known[r.Client+" "+r.ID] = r.Wall.Seconds()
}

// unknownShare is the part of its limit that a drill is taken to need when no earlier run says so.
// Most clients recover or give up long before the limit.
const unknownShare = 6

// expected estimates how long the drill of a program takes. A drill that is skipped takes no time.
func (o *Options) expected(s *script.Scenario) time.Duration {
	if o.unplayable(s) != "" {
		return 0
	}
	if known, ok := o.Durations.of(o.foreign.name, s.ID); ok {
		return known * time.Duration(max(1, o.Repeat))
	}
	limit := s.Timeout
	if c := s.Conformance; c != nil {
		limit = c.Within
	}
	return min(limit, script.DefaultWithin) / unknownShare * time.Duration(max(1, o.Repeat))
}
