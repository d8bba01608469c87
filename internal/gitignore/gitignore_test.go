package gitignore_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/gitignore"
)

func TestTheLastPatternThatMatchesDecides(t *testing.T) {
	for _, c := range []struct {
		patterns string
		path     string // a path that ends in "/" is a directory
		ignored  bool
	}{
		{"", "a.yaml", false},
		{"# a.yaml\n\n", "a.yaml", false},
		{"a.yaml", "a.yaml", true},
		{"a.yaml", "sub/a.yaml", true},
		{"/a.yaml", "sub/a.yaml", false},
		{"sub/a.yaml", "deep/sub/a.yaml", false},
		{"*.yaml\n!a.yaml", "a.yaml", false},
		{"!a.yaml\n*.yaml", "a.yaml", true},
		{"wip/", "wip", false},
		{"wip/", "wip/", true},
		{"**/wip", "a/b/wip", true},
		{"a/**", "a/", false},
		{"a/**", "a/b/c", true},
		{"a/**/c", "a/c", true},
		{"a/**/c", "a/b/b/c", true},
		{"a*c", "abc", true},
		{"a/*", "a/b/c", false},
		{"[a-c].yaml", "b.yaml", true},
		{"[!a-c].yaml", "b.yaml", false},
		{"a.yaml  ", "a.yaml", true},
		{"a\\ ", "a ", true},
		{"\\#a", "#a", true},
		{"\\!a", "!a", true},
		{"a.yaml\r\n", "a.yaml", true},
		{"\ufeffa.yaml", "a.yaml", true},
		{"[a", "[a", false},
		{"/", "a", false},
	} {
		var tree gitignore.Tree
		tree.Add(".", []byte(c.patterns))
		path, isDir := strings.CutSuffix(c.path, "/")
		require.Equal(t, c.ignored, tree.Ignores(path, isDir), "%q for %s", c.patterns, c.path)
	}
}

func TestADeeperFileComesFirst(t *testing.T) {
	var tree gitignore.Tree
	require.False(t, tree.Ignores("sub/a.yaml", false))
	tree.Add(".", []byte("*.yaml"))
	tree.Add("sub", []byte("!a.yaml\n/b/c"))
	require.True(t, tree.Ignores("a.yaml", false))
	require.False(t, tree.Ignores("sub/a.yaml", false))
	require.True(t, tree.Ignores("sub/b/c", true))
	require.False(t, tree.Ignores("b/c", true))
}

// words are what a pattern or a name of the test against git is made of.
var words = []string{
	"a", "b", "ab", "x.yaml", "y.yaml", " ", "#a", "!b", "*", "**", "?", "[ab]", "[!a]", "\\a", "a*b", "***", "/",
}

func randomPatterns(random *rand.Rand) string {
	var lines []string
	for range 1 + random.IntN(4) {
		var line strings.Builder
		line.WriteString([]string{"", "", "", "!", "/", "!/", "#"}[random.IntN(7)])
		for i := range 1 + random.IntN(3) {
			if i > 0 {
				line.WriteString("/")
			}
			line.WriteString(words[random.IntN(len(words))])
		}
		lines = append(lines, line.String()+[]string{"", "", "", "/", " ", "\\ ", "/**"}[random.IntN(7)])
	}
	return strings.Join(lines, "\n")
}

// walk returns the files that are left.
func walk(t *testing.T, dir string) []string {
	var tree gitignore.Tree
	var left []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		name, err := filepath.Rel(dir, path)
		require.NoError(t, err)
		switch {
		case name == ".git", name != "." && tree.Ignores(name, entry.IsDir()):
			if entry.IsDir() {
				return fs.SkipDir
			}
		case entry.IsDir():
			if text, err := os.ReadFile(filepath.Join(path, ".ignore")); err == nil {
				tree.Add(name, text)
			}
		case entry.Name() != ".ignore":
			left = append(left, name)
		}
		return nil
	}))
	slices.Sort(left)
	return left
}

// TestAgreesWithGit compares random patterns on a tree of files with what git lists.
func TestAgreesWithGit(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not installed: ", err)
	}
	dir := t.TempDir()
	run := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), git, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
		out, err := cmd.Output()
		require.NoError(t, err)
		return string(out)
	}
	run("init", "-q")
	folders := []string{".", "a", "a/b", "a/b/ab", "ab", "ab/a", "ab/x.yaml", "!b", " "}
	for _, folder := range folders {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, folder), 0o755))
	}
	for _, folder := range folders {
		for _, name := range []string{"x.yaml", "y.yaml", "b", "#a", "aab", "a "} {
			if file := filepath.Join(dir, folder, name); !isDir(file) {
				require.NoError(t, os.WriteFile(file, nil, 0o600))
			}
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		top, deep := randomPatterns(random), ""
		require.NoError(t, os.WriteFile(filepath.Join(dir, ".ignore"), []byte(top), 0o600))
		if random.IntN(2) == 0 {
			deep = randomPatterns(random)
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, "a", ".ignore"), []byte(deep), 0o600))
		var want []string
		listed := run("ls-files", "-z", "--others", "--exclude-per-directory=.ignore")
		for name := range strings.SplitSeq(listed, "\x00") {
			if name != "" && filepath.Base(name) != ".ignore" {
				want = append(want, name)
			}
		}
		slices.Sort(want)
		require.Equal(t, want, walk(t, dir), fmt.Sprintf("%q, in a: %q", top, deep))
	}
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
