package main

import (
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/mutation"
)

// A reason whose mutants are gone misleads its reader.
func TestEachReasonNamesMutantsThatExist(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it loads and type-checks three packages, which takes seconds")
	}
	packages, err := mutation.Load(t.Context(), ".", module+"/s3client", module+"/retry", module+"/faultproxy")
	require.NoError(t, err)
	exist := map[[4]string]bool{}
	for _, p := range packages {
		for _, m := range p.Mutants {
			for _, kind := range []string{"*", string(m.Kind)} {
				for _, text := range []string{"*", m.Text} {
					exist[[4]string{path.Base(m.Package), m.Func, kind, text}] = true
				}
			}
		}
	}
	classes := []string{"equivalent", "cost", "input", "api"}
	for i, line := range strings.Split(strings.TrimSpace(reasonLines), "\n") {
		f := strings.Split(line, "\t")
		require.Len(t, f, 6, "%q", line)
		require.NotContains(t, f, "", "%q", line)
		if i == 0 {
			continue // the names of the columns
		}
		require.Contains(t, classes, f[4], "%q", line)
		require.True(t, exist[[4]string{f[0], f[1], f[2], f[3]}], "no such mutant: %q", line)
	}
}

func TestReasonOfMutant(t *testing.T) {
	m := &mutation.Mutant{Package: module + "/s3client", Func: "Config.provider", Kind: mutation.Negate}
	require.Contains(t, reasonOf(m), "api: the client of a drill always gets")
	m.Func = "f"
	require.Empty(t, reasonOf(m))
}
