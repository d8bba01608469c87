package docs_test

// The comparison of clients names files that play its failed drills again.

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

var replayLink = regexp.MustCompile(`(?m)^\[(.+)\.yaml\]\((replay/.+\.yaml)\)$`)

func TestEachFailedMustHasAFileThatPlaysItAgain(t *testing.T) {
	page, err := os.ReadFile("results/README.md")
	require.NoError(t, err)
	require.Equal(t, strings.Count(string(page), "\n### "), len(replayLink.FindAll(page, -1)))
	linked := make(map[string]bool)
	for _, link := range replayLink.FindAllStringSubmatch(string(page), -1) {
		linked[link[2]] = true
		s, err := scenarios.Load(filepath.Join("results", filepath.FromSlash(link[2])))
		require.NoError(t, err)
		require.NotNil(t, s.Conformance, "another client owes something")
		require.Empty(t, s.Case.Name, "%s plays one drill", link[1])
	}
	require.NotEmpty(t, linked)
	err = filepath.WalkDir(filepath.Join("results", "replay"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			name, err := filepath.Rel("results", path)
			require.NoError(t, err)
			require.True(t, linked[filepath.ToSlash(name)], "no link names %s: make replays", path)
		}
		return err
	})
	require.NoError(t, err)
}
