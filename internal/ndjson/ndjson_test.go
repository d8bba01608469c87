package ndjson_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/ndjson"
)

type record struct{ N int }

// open returns the store at a path and the records that it has.
func open(t *testing.T, path string) (*ndjson.Store[record], []int) {
	t.Helper()
	var known []int
	s, err := ndjson.Open(path, func(r record) { known = append(known, r.N) })
	require.NoError(t, err)
	return s, known
}

func TestStoreKnowsTheRecordsOfEarlierRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.ndjson")
	s, known := open(t, path)
	require.Empty(t, known)
	require.NoError(t, s.Add(record{1}))
	require.NoError(t, s.Add(record{2}))
	require.NoError(t, s.Close())

	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, text[:len(text)-3], 0o600)) // the last line is cut
	s, known = open(t, path)
	require.Equal(t, []int{1}, known)
	require.NoError(t, s.Add(record{3}))
	require.NoError(t, s.Close())
	s, known = open(t, path)
	require.Equal(t, []int{1, 3}, known)
	require.NoError(t, s.Close())
}

func TestStoreNamesTheLineThatIsNoRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.ndjson")
	require.NoError(t, os.WriteFile(path, []byte("{\"N\": 1}\nnothing\n"), 0o600))
	_, err := ndjson.Open(path, func(record) {})
	require.ErrorContains(t, err, path+":2: ")
	_, err = ndjson.Open(t.TempDir(), func(record) {})
	require.Error(t, err, "a directory is no store")
}
