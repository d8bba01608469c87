package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios/catalog"
)

func TestReadKeepsTheOrderOfTheEntries(t *testing.T) {
	entries := catalog.All()[:50]
	lists, err := catalog.Read(entries)
	require.NoError(t, err)
	require.Len(t, lists, len(entries))
	for i, e := range entries {
		cases, err := e.Scenarios()
		require.NoError(t, err)
		require.Len(t, lists[i], len(cases), e.ID)
		require.Equal(t, cases[0].ID, lists[i][0].ID)
	}
	lists, err = catalog.Read(nil)
	require.NoError(t, err)
	require.Empty(t, lists)
}

func TestReadReturnsTheErrorOfTheFirstWrongEntry(t *testing.T) {
	wrong := catalog.Entry{ID: "a/wrong", Source: []byte("steps: 5\n")}
	worse := catalog.Entry{ID: "a/worse", Source: []byte("[]\n")}
	lists, err := catalog.Read([]catalog.Entry{catalog.All()[0], wrong, worse})
	require.Empty(t, lists)
	_, want := wrong.Scenarios()
	require.Equal(t, want, err)
}
