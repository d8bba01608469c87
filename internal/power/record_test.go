package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/planted"
	"github.com/s3chaos/s3chaos/scenarios"
)

func TestRecordKeepsOneBrokenClientForEachDrillAndAllOfThem(t *testing.T) {
	m := &matrix{fails: map[string][]string{}, found: map[string]int{}}
	m.add("a/1", []string{"does-nothing", "never-waits", "never-retries"}, false)
	m.add("a/2", []string{"does-nothing", "never-retries"}, false)
	m.add("a/3", []string{"does-nothing"}, false)
	path := filepath.Join(t.TempDir(), "failed_by.tsv")
	require.NoError(t, m.record(path))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "a/1\tnever-waits\na/2\tnever-retries\na/3\tdoes-nothing\n", string(text))
}

func TestRecordHasOnlyDrillsAndBrokenClientsThatExist(t *testing.T) {
	list, err := drills(nil)
	require.NoError(t, err)
	ids := map[string]bool{}
	for _, s := range list {
		ids[s.ID] = true
	}
	gross := grossNames()
	var gone []string
	for id, names := range recorded() {
		if !ids[id] {
			gone = append(gone, id)
		}
		for _, name := range names {
			require.Contains(t, gross, name, id)
		}
	}
	require.Empty(t, gone, "these drills have left the catalog: -missing drops them")
}

func TestEachBrokenClientFailsADrill(t *testing.T) {
	named := map[string]bool{}
	for _, names := range recorded() {
		for _, name := range names {
			named[name] = true
		}
	}
	var unseen []string
	for _, d := range planted.All() {
		if !named[d.Name] {
			unseen = append(unseen, d.Name)
		}
	}
	require.Empty(t, unseen, "no drill of the record is failed by these")
}

// Lines from all over the record still hold.
func TestRecordedBrokenClientFailsItsDrill(t *testing.T) {
	list, err := drills(nil)
	require.NoError(t, err)
	known := recorded()
	played := 0
	for i := 0; i < len(list); i += max(1, len(list)/12) {
		s := list[i]
		for _, d := range planted.All() {
			broken, o, ok := d.Plant(s)
			if !ok || !slices.Contains(known[s.ID], d.Name) {
				continue
			}
			played++
			require.True(t, caught(t.Context(), broken, o), "%s: %s is not caught", s.ID, d.Name)
		}
	}
	require.Positive(t, played)
}

func TestKnownDrillsThatLeftTheCatalogAreDropped(t *testing.T) {
	m := &matrix{fails: map[string][]string{}, found: map[string]int{}}
	list := []*scenarios.Scenario{{ID: "a/1"}, {ID: "a/2"}}
	left := m.addKnown(list, map[string][]string{"a/1": {"never-waits"}, "a/gone": {"never-waits"}})
	require.Len(t, left, 1)
	require.Equal(t, "a/2", left[0].ID)
	require.Equal(t, []string{"a/1"}, m.drills)
}

func TestRecordOfAnUnfinishedRunIsNotWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "failed_by.tsv")
	var log, out bytes.Buffer
	o := options{clients: true, breadth: 1, record: path, workers: 1, workdir: t.TempDir()} // no minute
	p := &prover{options: o, log: &log, began: time.Now()}
	require.NoError(t, p.prove(t.Context(), &out))
	require.NoFileExists(t, path)
	require.Contains(t, log.String(), "not played in time")
}
