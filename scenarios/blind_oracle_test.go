package scenarios_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/oracle"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// oracleDrills returns the drills of the catalog whose client the oracle must catch.
func oracleDrills(t *testing.T) []*scenarios.Scenario {
	t.Helper()
	var list []*scenarios.Scenario
	for _, cases := range catalogFiles(t) {
		if strings.HasPrefix(cases[0].ID, "oracle/") {
			list = append(list, cases...)
		}
	}
	require.NotEmpty(t, list)
	return list
}

// If the oracle does not check one of its laws, a drill of the catalog fails.
func TestCatalogFailsWithABlindOracle(t *testing.T) {
	drills := oracleDrills(t)
	for _, law := range oracle.Laws() {
		t.Run(string(law), func(t *testing.T) {
			for _, s := range drills {
				if r := scenarios.Run(t.Context(), s, scenarios.Blind(law)); r.Verdict != scenarios.Pass {
					require.Equal(t, scenarios.Fail, r.Verdict, "%s: %v", r.ID, r.Reasons)
					return
				}
			}
			t.Error("all drills pass without this law")
		})
	}
}

// For each finding, the catalog has a drill whose client no option replaces.
func TestCatalogHasADrillForEachFinding(t *testing.T) {
	shown := make(map[script.Finding]bool)
	for _, s := range oracleDrills(t) {
		for _, finding := range s.Expect.Violates {
			shown[finding] = true
		}
		for _, client := range []string{"builtin", "sdk"} {
			r := scenarios.Run(t.Context(), s, scenarios.Options{Client: client})
			require.Equal(t, scenarios.Pass, r.Verdict, "%s: %v", r.ID, r.Reasons)
			require.Equal(t, "careless", r.Client)
		}
	}
	for _, finding := range script.Findings() {
		require.True(t, shown[finding], "no drill violates %s", finding)
	}
}

// The careless client is correct if it ignores nothing. So each drill fails for what the client
// ignores.
func TestCarelessClientThatIgnoresNothingHasNoFinding(t *testing.T) {
	for _, s := range oracleDrills(t) {
		if len(s.Expect.Violates) == 0 || len(s.Client.Careless.Ignores) == 0 {
			continue
		}
		careful, client := *s, *s.Client.Careless
		client.Ignores = nil
		careful.Client.Careless = &client
		r := scenarios.Run(t.Context(), &careful, scenarios.Options{})
		require.Equal(t, scenarios.Fail, r.Verdict, s.ID)
		require.Contains(t, kinds(r), "violates", "%s: the flaw is gone", s.ID)
		for _, reason := range r.Reasons {
			require.Empty(t, reason.Severity, "%s: %v", s.ID, reason)
		}
	}
}
