package merge_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/merge"
	"github.com/s3chaos/s3chaos/scenarios/report"
)

// shard writes the results of one shard of a run with that many drills.
func shard(t *testing.T, index, of, drills int) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "shard.ndjson")
	f, err := os.Create(file)
	require.NoError(t, err)
	w, err := report.New("json", f, report.Options{Run: report.Header{
		Drills: drills, Selection: "sha256:1", Shard: &report.Shard{Index: index, Of: of},
	}})
	require.NoError(t, err)
	for number := index; number <= drills; number += of {
		require.NoError(t, w.Drill(&scenarios.Result{
			Number: number, ID: "d", Seed: uint64(number), Verdict: scenarios.Pass, Stdout: strings.Repeat("x", 500),
		}))
	}
	require.NoError(t, w.Close())
	require.NoError(t, f.Close())
	return file
}

func TestResultsHaveTheOrderOfASingleRun(t *testing.T) {
	for _, drills := range []int{0, 1, 2, 3, 4, 5, 10} {
		run, err := merge.Open([]string{shard(t, 3, 3, drills), shard(t, 1, 3, drills), shard(t, 2, 3, drills)})
		require.NoError(t, err)
		require.Nil(t, run.Header.Shard)
		require.Equal(t, drills, run.Header.Drills)
		next := 0
		for r, err := range run.Results() {
			require.NoError(t, err)
			next++
			require.Equal(t, next, r.Number)
		}
		require.Equal(t, drills, next)
	}
}

func TestAMergeKeepsNoResult(t *testing.T) {
	kept := func(drills int) uint64 {
		run, err := merge.Open([]string{shard(t, 1, 2, drills), shard(t, 2, 2, drills)})
		require.NoError(t, err)
		var memory runtime.MemStats
		for r, err := range run.Results() {
			require.NoError(t, err)
			if r.Number == drills {
				runtime.GC()
				runtime.ReadMemStats(&memory)
			}
		}
		return memory.HeapAlloc
	}
	kept(10)
	few, many := kept(10), kept(5000)
	require.Less(t, many, few+1<<20, "the results of 5000 drills are 5 MiB")
}

// A run that time bounds has no selection, and each shard ends where it is.
func TestShardsOfDifferentLengthsLoseNoResult(t *testing.T) {
	var files []string
	for i, count := range []int{1, 4, 2} {
		file := filepath.Join(t.TempDir(), "shard.ndjson")
		f, err := os.Create(file)
		require.NoError(t, err)
		w, err := report.New("json", f, report.Options{Run: report.Header{Shard: &report.Shard{Index: i + 1, Of: 3}}})
		require.NoError(t, err)
		for n := range count {
			require.NoError(t, w.Drill(&scenarios.Result{Number: 3*n + i + 1, ID: "d", Verdict: scenarios.Pass}))
		}
		require.NoError(t, w.Close())
		require.NoError(t, f.Close())
		files = append(files, file)
	}
	run, err := merge.Open(files)
	require.NoError(t, err)
	var numbers []int
	for r, err := range run.Results() {
		require.NoError(t, err)
		numbers = append(numbers, r.Number)
	}
	require.Equal(t, []int{1, 2, 3, 5, 6, 8, 11}, numbers)
}
