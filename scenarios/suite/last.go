package suite

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/s3chaos/s3chaos/internal/atomicfile"
	"github.com/s3chaos/s3chaos/scenarios"
)

// Last is what `chaos run --last-failed` remembers of the last run in a folder: what was selected,
// and which drills had the verdict fail, error or vacuous. It is kept as JSON in a file of the
// user's cache; see [LastFile].
type Last struct {
	Version int      `json:"version"` // 1
	Folder  string   `json:"folder"`  // the working directory of the run
	Args    []string `json:"args"`    // the arguments that named the scenarios
	Clients []string `json:"clients"`
	Seeds   Seeds    `json:"seeds"`
	Failed  []Failed `json:"failed"`
}

// A Failed is a drill that did not pass.
type Failed struct {
	ID     string `json:"id"`
	Client string `json:"client"` // as in Suite.Clients
	Seed   uint64 `json:"seed"`
}

// lastVersion is the version of the file.
const lastVersion = 1

// mostFailed bounds how many drills the file names.
const mostFailed = 100_000

// Add remembers a drill with the verdict fail, error or vacuous, or one that was interrupted.
func (l *Last) Add(client string, r *scenarios.Result) {
	bad := r.Verdict == scenarios.Fail || r.Verdict == scenarios.Error || r.Verdict == scenarios.Vacuous
	if (bad || r.Interrupted()) && len(l.Failed) < mostFailed {
		l.Failed = append(l.Failed, Failed{r.ID, client, r.Seed})
	}
}

// Keeps reports for each drill of a suite whether it failed in the last run.
func (l *Last) Keeps() func(client string, d scenarios.Drill) bool {
	failed := make(map[Failed]bool, len(l.Failed))
	for _, f := range l.Failed {
		failed[f] = true
	}
	return func(client string, d scenarios.Drill) bool {
		seed := d.Scenario.Seed
		if d.Seed != nil {
			seed = *d.Seed
		}
		return failed[Failed{d.Scenario.ID, client, seed}]
	}
}

// LastFile returns the file for the runs in a folder: s3chaos/last/HASH.json in the user's cache
// directory, as [os.UserCacheDir] knows it.
func LastFile(folder string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(folder))
	return filepath.Join(cache, "s3chaos", "last", hex.EncodeToString(sum[:8])+".json"), nil
}

// ReadLast reads the file. It returns nil without an error if no run has written it.
func ReadLast(file string) (*Last, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // documented
	}
	if err != nil {
		return nil, err
	}
	var l Last
	if err := json.Unmarshal(data, &l); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if l.Version != lastVersion {
		return nil, fmt.Errorf("%s: version %d: want %d", file, l.Version, lastVersion)
	}
	return &l, nil
}

// Write replaces the file at once: a reader sees the old file or the whole new one.
func (l *Last) Write(file string) error {
	l.Version = lastVersion
	data, err := json.MarshalIndent(l, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return atomicfile.Write(file, append(data, '\n'), 0o600)
}
