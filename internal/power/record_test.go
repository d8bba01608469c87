package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
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
