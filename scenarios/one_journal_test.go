package scenarios_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/racing"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/hunt/gen"
)

// Random concurrent scenarios each have one journal and one verdict. `make determinism` plays many
// of them. Variables set the number: S3CHAOS_FIRST (the first seed), S3CHAOS_SCENARIOS and
// S3CHAOS_REPETITIONS.
func TestRandomConcurrentScenariosHaveOneJournal(t *testing.T) {
	first := number(t, "S3CHAOS_FIRST", 1)
	for seed := first; seed < first+number(t, "S3CHAOS_SCENARIOS", 12); seed++ {
		script := gen.Concurrent(uint64(seed)).YAML()
		s, err := scenarios.Parse(fmt.Sprintf("random-%d.yaml", seed), script)
		require.NoError(t, err, "%s", script)
		requireOneJournal(t, s, repetitions(t, 3))
	}
}

func TestOnceDifferingScenariosHaveOneJournal(t *testing.T) {
	files, err := filepath.Glob("testdata/determinism/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		s, err := scenarios.Load(file)
		require.NoError(t, err)
		requireOneJournal(t, s, repetitions(t, 15))
	}
}

func number(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text, ok := os.LookupEnv(variable)
	if !ok {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, variable)
	return n
}

// repetitions returns how often a test plays a drill: S3CHAOS_REPETITIONS, or otherwise. With the
// race detector, otherwise is at most four, once for each value of GOMAXPROCS.
func repetitions(t *testing.T, otherwise int) int {
	t.Helper()
	if racing.On {
		otherwise = min(otherwise, 4)
	}
	return number(t, "S3CHAOS_REPETITIONS", otherwise)
}

// requireOneJournal plays a scenario several times. Four runs have four values of GOMAXPROCS, and
// the next ones have the same values again. It requires one journal hash, one verdict and the same
// reasons.
func requireOneJournal(t *testing.T, s *scenarios.Scenario, times int) {
	t.Helper()
	r := scenarios.Run(t.Context(), s, scenarios.Options{Repeat: times})
	require.NotEmpty(t, r.JournalSHA256, "%s: %v", s.File, r.Reasons)
	for _, reason := range r.Reasons {
		require.NotEqual(t, "not deterministic", reason.Kind, "%s: %v\n%v", s.File, reason, reason.Evidence)
	}
	require.NotEqual(t, scenarios.Error, r.Verdict, "%s: %v", s.File, r.Reasons)
}
