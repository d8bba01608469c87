package scenarios_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/racing"
	"github.com/s3chaos/s3chaos/scenarios"
)

// The command `chaos run` plays all drills, and CI runs it. This test plays one case of each file;
// with the race detector, which makes each drill ten times as slow, one of every fourth file.
func TestCatalogPasses(t *testing.T) {
	var list []*scenarios.Scenario
	for i, s := range oneOfEachFile(t) {
		if !racing.On || i%4 == 0 || concurrent(s.ID) {
			list = append(list, s)
		}
	}
	for _, r := range scenarios.RunAll(context.Background(), list, scenarios.Options{}, nil) {
		if r.Verdict != scenarios.Skip {
			require.Equal(t, scenarios.Pass, r.Verdict, "%s: %v", r.ID, r.Reasons)
		}
	}
}

// concurrent reports whether the drills of the scenario's folder do several things at once.
func concurrent(id string) bool {
	folder, _, _ := strings.Cut(id, "/")
	return slices.Contains([]string{"concurrency", "storm", "pool", "sync"}, folder)
}

// A drill whose faults or load are drawn expects what holds for each draw.
func TestDrawnDrillsPassWithAnotherSeed(t *testing.T) {
	if racing.On {
		t.Skip("it is about verdicts; TestCatalogPasses plays such drills under the race detector")
	}
	played := 0
	for _, s := range oneOfEachFile(t) {
		if !bytes.Contains(s.Source, []byte("probability:")) && !bytes.Contains(s.Source, []byte("- load:")) {
			continue
		}
		seed := uint64(2)
		r := scenarios.Run(t.Context(), s, scenarios.Options{Seed: &seed})
		require.Contains(t, []scenarios.Verdict{scenarios.Pass, scenarios.Skip}, r.Verdict,
			"%s, seed %d: %v", r.ID, seed, r.Reasons)
		played++
	}
	require.Greater(t, played, 15)
}
