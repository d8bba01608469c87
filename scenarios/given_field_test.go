package scenarios_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// Each file of testdata/given/field is a fault that a team injects by hand: ClickHouse, ScyllaDB,
// slatedb, Trino, the GCS testbench, Hadoop and wal-g. All pass as they stand, twice in the same
// way.
func TestFaultsThatTeamsInjectByHandPass(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/given/field/*.yaml")
	require.NoError(t, err)
	require.Len(t, files, 14)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			s, err := scenarios.Load(file)
			require.NoError(t, err)
			var hashes []string
			for range 2 {
				r := scenarios.Run(context.Background(), s, scenarios.Options{})
				require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
				hashes = append(hashes, r.JournalSHA256)
			}
			assert.Equal(t, hashes[0], hashes[1])
		})
	}
}
