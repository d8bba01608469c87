package script_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

func TestUnreachableRuleHasTheWarningOfItsGolden(t *testing.T) {
	files, err := filepath.Glob("../../testdata/warnings/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			s, err := script.Load(file)
			require.NoError(t, err)
			var texts []string
			for _, w := range s.Warnings {
				w.File = filepath.Base(file)
				texts = append(texts, w.String())
			}
			got := strings.Join(texts, "\n") + "\n"
			golden := strings.TrimSuffix(file, ".yaml") + ".golden"
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), got)
		})
	}
}
