package scenarios_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/racing"
	"github.com/s3chaos/s3chaos/scenarios"
)

// Each case of the catalog's families has the journal of its plain file, and its replay command
// names it.
func TestCaseAndItsPlainFileHaveOneJournal(t *testing.T) {
	families := 0
	for _, cases := range catalogFiles(t) {
		if cases[0].Case.Name == "" {
			continue
		}
		// The race detector makes each drill ten times as slow.
		if families++; racing.On && families%16 != 0 || !racing.On && families%4 != 0 {
			continue
		}
		s := cases[len(cases)/2] // one case of each family shows it
		text, err := s.Plain()
		require.NoError(t, err)
		plain, err := scenarios.Parse("plain.yaml", text)
		require.NoError(t, err, "%s\n%s", s.ID, text)
		want := scenarios.Run(context.Background(), s, scenarios.Options{})
		got := scenarios.Run(context.Background(), plain, scenarios.Options{})
		require.Equal(t, want.JournalSHA256, got.JournalSHA256, s.ID)
		require.Equal(t, want.Verdict, got.Verdict, s.ID)
		require.Contains(t, want.Replay, "chaos run "+s.ID+" --seed ")
	}
	require.NotZero(t, families)
}

func TestReplayOfACaseInAFileNamesFileAndCase(t *testing.T) {
	all, err := scenarios.LoadAll("testdata/family.yaml")
	require.NoError(t, err)
	require.Len(t, all, 3)
	r := scenarios.Run(context.Background(), all[1], scenarios.Options{})
	require.Equal(t, scenarios.Fail, r.Verdict)
	require.Equal(t, "testdata/family@list", r.ID)
	require.Equal(t, "chaos run testdata/family.yaml@list --seed 3046102722", r.Replay)
	require.Equal(t, 10, r.Reasons[0].Line, "the line of the family's file")
}
