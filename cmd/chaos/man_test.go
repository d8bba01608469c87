package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

func TestEachCommandHasAManPage(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	dir := filepath.Join(t.TempDir(), "share", "man1")
	var stdout, stderr bytes.Buffer
	require.Zero(t, run(t.Context(), []string{"man", dir}, strings.NewReader(""), &stdout, &stderr), &stderr)
	require.Contains(t, stdout.String(), filepath.Join(dir, "chaos.1"))

	commands := []*cobra.Command{newRoot()}
	for i := 0; i < len(commands); i++ { // with their own commands, as they are found
		commands = append(commands, commands[i].Commands()...)
	}
	var visible int
	for _, cmd := range commands {
		if cmd.Hidden {
			continue
		}
		visible++
		page, err := os.ReadFile(filepath.Join(dir, strings.ReplaceAll(cmd.CommandPath(), " ", "-")+".1"))
		require.NoError(t, err)
		require.Contains(t, string(page), cmd.Short)
		require.Contains(t, string(page), ".SH SYNOPSIS")
		require.Regexp(t, `(?m)^\.TH "CHAOS.*" "1" "[A-Z][a-z]{2} 20\d\d" "chaos `, string(page))
	}
	pages, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, pages, visible)
}
