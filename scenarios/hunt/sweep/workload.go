package sweep

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

//go:embed workloads/*.yaml
var builtIn embed.FS

// A Workload is a scenario without faults.
type Workload struct {
	Name     string
	Scenario *script.Scenario
}

// Names returns the names of the built-in workloads, sorted.
func Names() []string {
	entries, err := builtIn.ReadDir("workloads")
	if err != nil {
		return nil // the directory is embedded, so this does not happen
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// Find returns the built-in workload with this name, or reads a scenario file. The error is a
// [*script.InputError], or says that the scenario has faults.
func Find(name string) (*Workload, error) {
	var s *script.Scenario
	var err error
	if slices.Contains(Names(), name) {
		var data []byte
		if data, err = builtIn.ReadFile(path.Join("workloads", name+".yaml")); err == nil {
			s, err = script.Parse(name+".yaml", data)
		}
	} else {
		s, err = script.Load(name)
	}
	if err != nil {
		return nil, err
	}
	if s.Disturbed() {
		return nil, fmt.Errorf(
			"%s: has faults, signals, changes of files or rules, or a full disk: want a scenario without them", name)
	}
	base := path.Base(strings.ReplaceAll(s.ID, "\\", "/"))
	return &Workload{Name: base, Scenario: s}, nil
}

// Seeded returns the workload with n seeds, its own seed first. The seed changes the latencies of
// requests, and so the order in which parallel steps send them; the faults stay the same.
func (w *Workload) Seeded(n int) []*Workload {
	all := []*Workload{w}
	for i := 1; i < n; i++ {
		other := *w.Scenario
		other.Seed += uint64(i)
		all = append(all, &Workload{Name: fmt.Sprintf("%s, seed %d", w.Name, other.Seed), Scenario: &other})
	}
	return all
}
