package main

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// block is a fenced block of the README.
var block = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// What the README shows is true: sessions print what stands there, to the letter; YAML is valid; Go code is part of a test.
func TestReadme(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	wrong, err := os.ReadFile(filepath.Join("testdata", "readme", "wrong.yaml"))
	require.NoError(t, err)
	tests := goTests(t, root)

	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("wrong.yaml", wrong, 0o600))
	shown := map[string]int{}
	rewritten := block.ReplaceAllFunc(readme, func(b []byte) []byte {
		parts := block.FindSubmatch(b)
		kind, text := string(parts[1]), string(parts[2])
		shown[kind]++
		switch kind {
		case "console":
			printed := session(text)
			if !*update {
				require.Equal(t, printed, text, "go test ./cmd/chaos -update writes it")
			}
			return []byte("```console\n" + printed + "```")
		case "yaml":
			_, err := scenarios.Parse("README.md", []byte(text))
			require.NoError(t, err)
		case "go":
			require.Contains(t, tests, text, "the README's Go code stands in no test")
		}
		return b
	})
	for _, kind := range []string{"console", "yaml", "go", "sh"} {
		require.NotZero(t, shown[kind], "the README has no %s block", kind)
	}
	if *update {
		require.NoError(t, os.WriteFile(filepath.Join(root, "README.md"), rewritten, 0o644))
	}
}

// session runs the commands of a block, those after "$ chaos", and returns it with what they print.
func session(text string) string {
	var printed bytes.Buffer
	for line := range strings.Lines(text) {
		if command, found := strings.CutPrefix(line, "$ chaos "); found {
			printed.WriteString(line)
			run(context.Background(), strings.Fields(command), strings.NewReader(""), &printed, &printed)
		}
	}
	return printed.String()
}

// CI runs make check, which runs the two commands of the README.
func TestReadmeCommandsAreThoseOfCI(t *testing.T) {
	read := func(name ...string) string {
		text, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, name...)...))
		require.NoError(t, err)
		return string(text)
	}
	readme, makefile := read("README.md"), read("Makefile")
	require.Contains(t, read(".ci", "run"), "\nmake check\n")
	require.Regexp(t, `(?m)^check:.* race\b.* drill\b`, makefile)
	require.Contains(t, readme, "\ngo run ./cmd/chaos run ")
	require.Contains(t, makefile, "\n\tgo run ./cmd/chaos run\n")
	require.Contains(t, readme, "\ngo test ./... ")
	require.Contains(t, makefile, "\n\tgo test -race ./...\n")
}

// goTests is the text of all tests of the module.
func goTests(t *testing.T, root string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	})
	require.NoError(t, err)
	return all.String()
}
