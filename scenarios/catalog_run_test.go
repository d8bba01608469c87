package scenarios_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

func TestCatalogPasses(t *testing.T) {
	var list []*scenarios.Scenario
	for _, entry := range scenarios.Catalog() {
		cases, err := entry.Scenarios()
		require.NoError(t, err)
		if raced {
			cases = cases[len(cases)/2:][:1] // the cases of a family differ in data
		}
		list = append(list, cases...)
	}
	for _, r := range scenarios.RunAll(context.Background(), list, scenarios.Options{}, nil) {
		if r.Verdict != scenarios.Skip {
			require.Equal(t, scenarios.Pass, r.Verdict, "%s: %v", r.ID, r.Reasons)
		}
	}
}
