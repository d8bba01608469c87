package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// findings runs one of the finders on a source.
func findings(t *testing.T, content string, find func(*source, reporter)) []string {
	t.Helper()
	src, err := parse("x.go", long.Replace(content))
	require.NoError(t, err)
	var found []string
	find(src, func(_ *source, at int, format string, args ...any) {
		found = append(found, fmt.Sprintf("%d: ", at+1)+fmt.Sprintf(format, args...))
	})
	return found
}

func TestLongLines(t *testing.T) {
	wide := strings.Repeat("x", 120)
	const want = "3: 121 columns: break the line, want at most 120"
	for _, c := range []struct {
		name, given string
		want        []string
	}{
		{"code of 120 columns", "package x\n\nvar _ = a(" + strings.Repeat("x, ", 36) + "x)\n", nil},
		{"code of 121 columns", "package x\n\nvar _ = a(" + strings.Repeat("x, ", 36) + "xx)\n", []string{want}},
		{"tab of four columns", "package x\n\n\tvar _ = a(" + strings.Repeat("x, ", 35) + "x)\n", []string{want}},
		{"letter of two bytes", "package x\n\nvar _ = a(" + strings.Repeat("ä, ", 36) + "x)\n", nil},
		{"word of 121 columns", "package x\n\n// a " + wide + "\n", nil},
		{"string that fits alone", "package x\n\nvar _ = a(\"" + wide[:108] + "\")\n", []string{want}},
		{"string that does not", "package x\n\nvar _ = a(\"" + wide + "\")\n", nil},
		{"raw string of lines", "package x\n\nvar _ = `\n" + wide + " x\n`\n", nil},
		{"directive", "package x\n\n//go:generate WORDS WORDS\nvar _ int\n", nil},
		{"comment behind code", "package x\n\nvar _ int //" + strings.Repeat(" x", 54) + "x\n", []string{want}},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, findings(t, c.given, findLong))
		})
	}
}

func TestUnwrappedCommentIsReportedAtItsFirstLineThatChanges(t *testing.T) {
	const want = "comment is not filled to 100 columns: run make format"
	for _, c := range []struct {
		given string
		line  int
	}{
		{"package x\n\n// One.\n//\n// WORDS\n", 5},
		{"package x\n\n// One\n// two.\n", 3},
		{"package x\n\n// FIRST\n// aaa\n// b\n", 4},
	} {
		require.Equal(t, []string{fmt.Sprintf("%d: %s", c.line, want)}, findings(t, c.given, findUnwrapped))
	}
	require.Empty(t, findings(t, "package x\n\n// One.\n//\n//\tcode\n", findUnwrapped))
}

func TestForbiddenPhrases(t *testing.T) {
	list, err := parsePhrases("# a comment\n\nis blue\t\tsay the colour\nsomeone\tname the actor\n")
	require.NoError(t, err)
	find := func(src *source, report reporter) { findPhrases(src, list, report) }
	const blue, someone = `"is blue": say the colour`, `"someone": name the actor`
	for _, c := range []struct {
		name, given string
		want        []string
	}{
		{"comment", "package x\n\n// It is blue.\n", []string{"3: " + blue}},
		{"over a line end", "package x\n\n// It is\n// blue.\n", []string{"3: " + blue}},
		{"later line", "package x\n\n// It\n// is blue.\n", []string{"4: " + blue}},
		{"other comment", "package x\n\n// It is\n\n// blue.\n", nil},
		{"block comment", "package x\n\n/* It\nis\nblue */\n", []string{"4: " + blue}},
		{"behind code", "package x\n\nvar a int // Someone's\n", []string{"3: " + someone}},
		{"string", "package x\n\nvar a = \"a %s is blue\"\n", []string{"3: " + blue}},
		{"raw string", "package x\n\nvar a = `a\nis blue`\n", []string{"4: " + blue}},
		{"name", "package x\n\nvar TheSkyIsBlueToday, someoneElse int\n", []string{"3: " + blue, "3: " + someone}},
		{"longer words", "package x\n\n// this is bluer, someones, SomeOne\nvar aSomeOne, IsBluer int\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, findings(t, c.given, find))
		})
	}
}

func TestPhraseWithoutAdviceIsRefused(t *testing.T) {
	_, err := parsePhrases("is blue\n")
	require.EqualError(t, err, `phrase "is blue": want a tab and an advice behind it`)
}

func TestBuiltInPhrasesAreUsable(t *testing.T) {
	list, err := parsePhrases(phraseList)
	require.NoError(t, err)
	require.NotEmpty(t, list)
}

// command runs the program on a folder with the given files, and returns its exit code and output.
func command(t *testing.T, files map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for path, content := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(long.Replace(content)), 0o600))
	}
	var out, errs strings.Builder
	code = run(args, &out, &errs)
	return code, out.String(), errs.String()
}

var tree = map[string]string{
	"a/one.go":            "// WORDS\npackage a\n",
	"a/two.go":            "// Two\n// words.\npackage a\n",
	"a/good.go":           "// Good.\npackage a\n\n//nolint:all\nvar _ int // Behind code.\n",
	"a/testdata/three.go": "// Three\n// words.\npackage a\n",
	"a/.hidden/four.go":   "not Go",
	"a/five.txt":          "not Go",
}

func TestWrapCommandRewritesAndNamesTheFiles(t *testing.T) {
	code, stdout, stderr := command(t, tree, "-wrap", "a")
	require.Equal(t, []any{0, "a/one.go\na/two.go\n", ""}, []any{code, stdout, stderr})
	content, err := os.ReadFile("a/two.go")
	require.NoError(t, err)
	require.Equal(t, "// Two words.\npackage a\n", string(content))
}

func TestCheckCommandExitsWithOneAfterFindings(t *testing.T) {
	code, stdout, stderr := command(t, tree, "-check", "a/one.go", "a")
	require.Equal(t, 1, code)
	require.Equal(t, "a/one.go:1: comment is not filled to 100 columns: run make format\n"+
		"a/two.go:1: comment is not filled to 100 columns: run make format\n", stdout)
	require.Empty(t, stderr)
}

func TestCheckCommandExitsWithZeroOnAGoodFile(t *testing.T) {
	code, stdout, stderr := command(t, tree, "-check", "a/good.go")
	require.Equal(t, []any{0, "", ""}, []any{code, stdout, stderr})
}

func TestSampleCommandDrawsBySeed(t *testing.T) {
	_, all, _ := command(t, tree, "-sample", "100", "a")
	require.Equal(t, long.Replace("a/good.go:1\n// Good.\n\na/good.go:5\n// Behind code.\n\na/one.go:1\n// WORDS\n\n"+
		"a/two.go:1\n// Two\n// words.\n\n"), all)
	samples := map[string]bool{}
	for seed := range 20 {
		_, two, _ := command(t, tree, "-sample", "2", "-seed", fmt.Sprint(seed), "a")
		_, again, _ := command(t, tree, "-sample", "2", "-seed", fmt.Sprint(seed), "a")
		require.Equal(t, two, again)
		require.Equal(t, 2, strings.Count(two, ".go:"))
		samples[two] = true
	}
	require.Greater(t, len(samples), 1, "20 seeds, one sample")
}

func TestBadUsageAndBadFilesExitWithTwo(t *testing.T) {
	for _, c := range []struct {
		args   []string
		stderr string
	}{
		{[]string{"-check"}, "prose: want -wrap, -check or -sample, and a path\n"},
		{[]string{"a"}, "prose: want -wrap, -check or -sample, and a path\n"},
		{[]string{"-wrap", "-check", "a"}, "prose: want -wrap, -check or -sample, and a path\n"},
		{[]string{"-check", "bad.go"}, "prose: bad.go:2:1: illegal character U+0023 '#'\n"},
		{[]string{"-wrap", "absent"}, "prose: lstat absent: no such file or directory\n"},
	} {
		code, stdout, stderr := command(t, map[string]string{"bad.go": "package x\n#\n"}, c.args...)
		require.Equal(t, []any{2, "", c.stderr}, []any{code, stdout, stderr})
	}
}
