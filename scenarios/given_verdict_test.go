package scenarios_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// Each file of testdata/verdict once got a wrong verdict. The texts occur in its first reason or in
// its input error.
func TestOnceMisjudgedFilesGetTheirVerdict(t *testing.T) {
	t.Parallel()
	given := map[string]struct {
		verdict scenarios.Verdict // "": an input error
		texts   []string
	}{
		"argv-typo":                    {"", []string{"placeholder ${endpont}", "did you mean ${endpoint}?"}},
		"hardcoded2":                   {scenarios.Vacuous, []string{"no request", "${endpoint}"}},
		"list-of-operations-vacuous":   {scenarios.Vacuous, []string{"1 GetObject of demo/a, none ListObjects or "}},
		"no-expect":                    {scenarios.Fail, []string{"outcome", "exit code"}},
		"timeout-before-first-request": {scenarios.Pass, nil},
		"two-lists-one-request":        {scenarios.Pass, nil},
		"twoheads":                     {scenarios.Pass, nil},
		"unfired-idle_close":           {scenarios.Vacuous, []string{"1 request matched", "on a new connection"}},
		"unfired-stale":                {scenarios.Vacuous, []string{"1 request matched, but", "no older version"}},
	}
	files, err := filepath.Glob("testdata/verdict/*.yaml")
	require.NoError(t, err)
	require.Len(t, files, len(given), "each file has its verdict here")
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, known := given[name]
			require.True(t, known)
			s, err := scenarios.Load(file)
			var text string
			if want.verdict == "" {
				input, ok := errors.AsType[*scenarios.InputError](err)
				require.True(t, ok, "%v", err)
				text = input.Error()
			} else {
				require.NoError(t, err)
				r := scenarios.Run(context.Background(), s, scenarios.Options{})
				require.Equal(t, want.verdict, r.Verdict, "%v", r.Reasons)
				if len(r.Reasons) > 0 {
					text = r.Reasons[0].String()
				}
			}
			for _, part := range want.texts {
				require.Contains(t, text, part)
			}
		})
	}
}
