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

// block matches a fenced block of the README.
var block = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// TestReadmeBlocks runs what the README shows: sessions print exactly the shown text, YAML is
// valid, and Go code is part of a test.
func TestReadmeBlocks(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	wrong, err := os.ReadFile(filepath.Join("testdata", "readme", "wrong.yaml"))
	require.NoError(t, err)
	tests := goTests(t, root)

	t.Setenv("HOME", t.TempDir())
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
				require.Equal(t, printed, text, "go test ./cmd/chaos -update rewrites the README")
			}
			return []byte("```console\n" + printed + "```")
		case "yaml":
			_, err := scenarios.Parse("README.md", []byte(text))
			require.NoError(t, err)
		case "go":
			require.Contains(t, tests, text, "no test holds the README's Go code")
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

// session runs the commands of a console block, the lines that start with "$ chaos", and returns
// the block with what they print.
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

// TestReadmeCommandsAreThoseOfCI requires that CI runs the README's two commands: .ci/run runs make
// check, and the words of check run them.
func TestReadmeCommandsAreThoseOfCI(t *testing.T) {
	read := func(path ...string) string {
		text, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, path...)...))
		require.NoError(t, err)
		return string(text)
	}
	readme, makefile := read("README.md"), read("Makefile")
	require.Contains(t, read(".ci", "run"), "\nmake check\n")
	check := regexp.MustCompile(`(?m)^check:([a-z -]*)`).FindStringSubmatch(makefile)
	require.NotNil(t, check)
	for word, command := range map[string]string{"drill": "go run ./cmd/chaos run", "race": "go test -race ./..."} {
		require.Contains(t, strings.Fields(check[1]), word)
		require.Regexp(t, `(?m)^`+word+`:.*\n\t`+regexp.QuoteMeta(command)+`$`, makefile)
		require.Contains(t, readme, "\n"+strings.Replace(command, " -race", "", 1)+" ")
	}
}

// TestReadmeBisectsAsTheScriptDoes requires that the README's git bisect is the one that a script
// runs.
func TestReadmeBisectsAsTheScriptDoes(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	require.NoError(t, err)
	script, err := os.ReadFile(filepath.Join("testdata", "bisect.txtar"))
	require.NoError(t, err)
	line := regexp.MustCompile(`(?m)^git bisect run .*$`)
	require.NotEmpty(t, line.Find(readme))
	require.Equal(t, string(line.Find(readme)), string(line.Find(script)))
}

// goTests returns the text of all Go test files of the module.
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
