package docs_test

// The page about sweeps gives a reason for each finding of the sweep that it shows.

import (
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	sweptFinding = regexp.MustCompile(`(?m)^\d+\. (\S+ \S+ \S+) \(\d+ drills?\)$`)
	reasonRow    = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (flaw|limit) \\| (.+) \\|$")
)

// Each signature has one reason, and each reason has a signature. A `*` in a row stands for a word.
func TestEachFindingOfTheSweepHasAReason(t *testing.T) {
	page, err := os.ReadFile("results/sweep.md")
	require.NoError(t, err)
	output, err := os.ReadFile("results/sweep-sdk.txt")
	require.NoError(t, err)
	rows := reasonRow.FindAllStringSubmatch(string(page), -1)
	require.NotEmpty(t, rows)
	used := make(map[string]bool)
	found := sweptFinding.FindAllStringSubmatch(string(output), -1)
	require.NotEmpty(t, found)
	for _, f := range found {
		var reasons []string
		for _, row := range rows {
			if ok, err := path.Match(strings.ReplaceAll(row[1], " ", "/"), strings.ReplaceAll(f[1], " ", "/")); ok {
				require.NoError(t, err)
				reasons = append(reasons, row[1])
				used[row[1]] = true
			}
		}
		require.Len(t, reasons, 1, "%s: want one row in results/sweep.md", f[1])
	}
	for _, row := range rows {
		require.True(t, used[row[1]], "%s: no finding has this signature", row[1])
	}
}
