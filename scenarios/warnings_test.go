package scenarios_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

func TestRulesThatCanNeverFireAreWarnedOf(t *testing.T) {
	s, err := scenarios.Load("../testdata/warnings/faults-shadowed.yaml")
	require.NoError(t, err)
	var texts []string
	for _, w := range s.Warnings {
		w.File = "faults-shadowed.yaml"
		texts = append(texts, w.String())
	}
	got := strings.Join(texts, "\n") + "\n"
	golden := "../testdata/warnings/faults-shadowed.golden"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}
