package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"slices"
	"strings"
)

// recordLines says which broken clients fail a drill: the drill, a tab, and names separated by
// commas. `make power` writes it, and -missing adds the drills that are newer. A test plays some of
// its lines, and requires that the catalog has its drills.
//
//go:embed failed_by.tsv
var recordLines string

// recorded returns the broken clients that failed each drill in the last run.
func recorded() map[string][]string {
	known := map[string][]string{}
	for line := range strings.Lines(recordLines) {
		drill, names, _ := strings.Cut(strings.TrimSpace(line), "\t")
		known[drill] = strings.Split(names, ",")
	}
	return known
}

// record writes the file for the next run: for each drill one broken client, which is not gross if
// another fails the drill, and those that fail no other drill.
func (m *matrix) record(path string) error {
	gross := grossNames()
	used := map[string]bool{}
	kept := map[string][]string{}
	for _, id := range m.drills {
		names := slices.Clone(m.fails[id])
		slices.SortStableFunc(names, func(a, b string) int {
			return weight(gross[a], m.found[a]) - weight(gross[b], m.found[b])
		})
		for i, name := range names {
			if i == 0 || !used[name] && m.found[name] == 1 {
				kept[id] = append(kept[id], name)
				used[name] = true
			}
		}
	}
	for _, id := range m.drills { // the broken clients that no drill has kept yet
		for _, name := range m.fails[id] {
			if !used[name] {
				kept[id] = append(kept[id], name)
				used[name] = true
			}
		}
	}
	var out bytes.Buffer
	for _, id := range m.drills {
		if len(kept[id]) > 0 {
			fmt.Fprintf(&out, "%s\t%s\n", id, strings.Join(kept[id], ","))
		}
	}
	return os.WriteFile(path, out.Bytes(), 0o600)
}

// weight puts the broken client that fails the fewest drills first, and gross ones last.
func weight(gross bool, fails int) int {
	if gross {
		return fails + 1<<20
	}
	return fails
}
