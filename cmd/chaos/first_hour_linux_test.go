package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFirstHourWorksAsWritten runs the shell commands of docs/FIRST-HOUR.md in one shell, from the
// clone.
func TestFirstHourWorksAsWritten(t *testing.T) {
	buildsPrograms(t)
	for _, program := range []string{"curl", "git"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(program + " is not installed")
		}
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "FIRST-HOUR.md"))
	require.NoError(t, err)
	var script strings.Builder
	for _, b := range block.FindAllSubmatch(page, -1) {
		switch kind, text := string(b[1]), string(b[2]); kind {
		case "sh":
			script.WriteString(text)
		case "go":
			require.Contains(t, goTests(t, root), text)
		}
	}
	caches, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE").Output()
	require.NoError(t, err)
	cache := strings.Fields(string(caches))
	home := t.TempDir()
	output, code := bash(t, root, script.String(), "HOME="+home, "GOCACHE="+cache[0], "GOMODCACHE="+cache[1],
		"GIT_AUTHOR_NAME=n", "GIT_AUTHOR_EMAIL=n@example.test",
		"GIT_COMMITTER_NAME=n",
		"GIT_COMMITTER_EMAIL=n@example.test")
	require.Zero(t, code, output)
	for _, shown := range []string{"1 drill: 1 pass", "1 drill: 1 fail", "exit code 1", "\nfetching\n"} {
		require.Contains(t, output, shown)
	}
	report, err := os.ReadFile(filepath.Join(home, "project", "chaos.html"))
	require.NoError(t, err)
	require.Contains(t, string(report), "retry/503-twice")
}
