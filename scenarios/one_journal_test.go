package scenarios_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/hunt/gen"
)

// Random concurrent scenarios have one journal and one verdict each. `make determinism` plays many;
// these variables say how many: S3CHAOS_FIRST (the first seed), S3CHAOS_SCENARIOS and
// S3CHAOS_REPETITIONS.
func TestRandomConcurrentScenariosHaveOneJournal(t *testing.T) {
	first := number(t, "S3CHAOS_FIRST", 1)
	for seed := first; seed < first+number(t, "S3CHAOS_SCENARIOS", 12); seed++ {
		script := gen.Concurrent(uint64(seed)).YAML()
		s, err := scenarios.Parse(fmt.Sprintf("random-%d.yaml", seed), script)
		require.NoError(t, err, "%s", script)
		requireOneJournal(t, s, number(t, "S3CHAOS_REPETITIONS", 3))
	}
}

func TestConcurrentScenariosThatDifferedHaveOneJournal(t *testing.T) {
	files, err := filepath.Glob("testdata/determinism/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		s, err := scenarios.Load(file)
		require.NoError(t, err)
		requireOneJournal(t, s, number(t, "S3CHAOS_REPETITIONS", 15))
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

// requireOneJournal plays a scenario several times, at changing GOMAXPROCS, and requires one
// journal hash, one verdict and the same reasons.
func requireOneJournal(t *testing.T, s *scenarios.Scenario, times int) {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var first *scenarios.Result
	for i := range times {
		runtime.GOMAXPROCS([]int{1, 2, 8}[i%3])
		r := scenarios.Run(t.Context(), s, scenarios.Options{})
		require.NotEqual(t, scenarios.Error, r.Verdict, "%s: %v", s.File, r.Reasons)
		if first == nil {
			first = r
			continue
		}
		if first.JournalSHA256 != r.JournalSHA256 || !slices.Equal(verdictAndReasons(first), verdictAndReasons(r)) {
			t.Errorf("%s: run %d differs:\n%s", s.File, i+1, differing(account(first), account(r)))
			return
		}
	}
}

// verdictAndReasons are a drill's verdict and the reasons that a report gives for it.
func verdictAndReasons(r *scenarios.Result) []string {
	lines := []string{string(r.Verdict)}
	for _, reason := range r.Reasons {
		lines = append(lines, reason.String())
	}
	return lines
}

// account is what a report says of a drill, and a line for each record of its journal.
func account(r *scenarios.Result) []string {
	lines := verdictAndReasons(r)
	for _, rec := range r.Journal {
		lines = append(lines, line(rec))
	}
	return lines
}

func line(r faultproxy.Record) string {
	return fmt.Sprintf("%v → %v %s n=%d %s %d %s %s",
		r.At, r.End, r.Identity, r.Nth, r.Kind, r.Status, r.Fault, r.Ended)
}

func differing(a, b []string) string {
	var out strings.Builder
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			for sign, side := range map[string][]string{"-": a, "+": b} {
				if i < len(side) {
					fmt.Fprintf(&out, "%s %s\n", sign, side[i])
				}
			}
		}
	}
	return out.String()
}
