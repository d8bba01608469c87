package script_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Each file in testdata/malformed has one mistake or more. The golden file beside it holds the
// exact error text.
func TestMalformedFileHasTheErrorOfItsGolden(t *testing.T) {
	files, err := filepath.Glob("../../testdata/malformed/*.yaml")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 40)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			s, err := script.Parse(filepath.Base(file), data)
			require.Error(t, err)
			assert.Nil(t, s, "nothing may run")
			var input *script.InputError
			require.True(t, errors.As(err, &input))

			golden := strings.TrimSuffix(file, ".yaml") + ".golden"
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(err.Error()+"\n"), 0o644))
			}
			want, readErr := os.ReadFile(golden)
			require.NoError(t, readErr, "go test ./scenarios/script -run Malformed -update writes it")
			assert.Equal(t, string(want), err.Error()+"\n")
		})
	}
}

func TestEachMalformedGoldenHasItsFile(t *testing.T) {
	goldens, err := filepath.Glob("../../testdata/malformed/*.golden")
	require.NoError(t, err)
	for _, golden := range goldens {
		assert.FileExists(t, strings.TrimSuffix(golden, ".golden")+".yaml")
	}
}
