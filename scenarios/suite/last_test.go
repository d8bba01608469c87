package suite_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/suite"
)

func TestTheLastRunIsKeptInOneFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new", "last.json")
	last, err := suite.ReadLast(file)
	require.NoError(t, err)
	require.Nil(t, last, "no run has written it")

	now := suite.Last{Args: []string{"drills/"}, Clients: []string{"sdk"}, Seeds: suite.Seeds{First: 1, Last: 9}}
	for _, v := range []scenarios.Verdict{
		scenarios.Pass, scenarios.Fail, scenarios.Error, scenarios.Vacuous, scenarios.Skip,
	} {
		now.Add("sdk", &scenarios.Result{ID: string(v), Verdict: v, Seed: 3})
	}
	require.NoError(t, now.Write(file))
	last, err = suite.ReadLast(file)
	require.NoError(t, err)
	require.Equal(t, &now, last)
	require.Equal(t, []suite.Failed{
		{ID: "fail", Client: "sdk", Seed: 3},
		{ID: "error", Client: "sdk", Seed: 3},
		{ID: "vacuous", Client: "sdk", Seed: 3},
	}, last.Failed)
	left, err := os.ReadDir(filepath.Dir(file))
	require.NoError(t, err)
	require.Len(t, left, 1, "no temporary file stays")

	keeps, seed := last.Keeps(), uint64(3)
	require.True(t, keeps("sdk", scenarios.Drill{Scenario: scenario("fail"), Seed: &seed}))
	require.False(t, keeps("sdk", scenarios.Drill{Scenario: scenario("fail")}), "the scenario's own seed is 1")
	require.False(t, keeps("builtin", scenarios.Drill{Scenario: scenario("fail"), Seed: &seed}))
}

func TestADamagedFileOfTheLastRunIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "last.json")
	for text, want := range map[string]string{"{": "unexpected end", `{"version": 9}`: "version 9: want 1"} {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		_, err := suite.ReadLast(file)
		require.ErrorContains(t, err, want)
	}
}
