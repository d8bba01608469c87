package scenarios_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// lacking are the files of testdata/given/field that use a word that the format does not have yet,
// with that word. The test fails if such a file passes: its line must then go.
var lacking = map[string]string{
	"clickhouse-slow-put-by-size": "min_length",
}

// Each file of testdata/given/field is a fault that a team injects by hand: ClickHouse, ScyllaDB,
// slatedb, Trino, the GCS testbench, Hadoop and wal-g. All pass as they stand, twice in the same
// way.
func TestFaultsThatTeamsInjectByHandPass(t *testing.T) {
	files, err := filepath.Glob("testdata/given/field/*.yaml")
	require.NoError(t, err)
	require.Len(t, files, 14)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			s, err := scenarios.Load(file)
			if word, ok := lacking[name]; ok {
				input, isInput := errors.AsType[*scenarios.InputError](err)
				require.True(t, isInput, "the format has %s: take the file off the list", word)
				require.Contains(t, input.Error(), word)
				return
			}
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
