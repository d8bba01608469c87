package scenarios_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// The oracle once misjudged each program in testdata/programs. Each file states the flaw of its
// program.
func TestOnceMisjudgedProgramsGetTheirFinding(t *testing.T) {
	files, err := filepath.Glob("testdata/programs/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			s, err := scenarios.Load(file)
			require.NoError(t, err)
			r := scenarios.Run(t.Context(), s, scenarios.Options{})
			if r.Verdict == scenarios.Skip {
				t.Skip(r.Reasons)
			}
			require.Equal(t, scenarios.Pass, r.Verdict, "%v %v\n%s", r.Reasons, r.Notes, r.Stderr)
			require.Empty(t, r.Notes)
		})
	}
}
