// Package docs_test keeps the documents true: the files that they name exist, and the table of
// rooms agrees with the code.
package docs_test

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the table of rooms in ARCHITECTURE.md")

var (
	table   = regexp.MustCompile(`(?s)<!-- rooms -->\n(.*?)<!-- /rooms -->`)
	quoted  = regexp.MustCompile("`([a-z0-9_]+/[A-Za-z0-9_./*]+)`")
	linked  = regexp.MustCompile(`\]\(([^)#:]+)\)`)
	makes   = regexp.MustCompile("`make ([a-z-]+)")
	targets = regexp.MustCompile(`(?m)^([a-z-]+):`)
)

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", file))
	require.NoError(t, err)
	return string(text)
}

// slack is how far a size in the table may be off, as a share: small changes need no update.
const slack = 0.25

func TestTableOfRoomsAgreesWithTheCode(t *testing.T) {
	text := read(t, "docs/ARCHITECTURE.md")
	rooms := findRooms(t, "..")
	if *update {
		var b strings.Builder
		b.WriteString("| room | files | lines | face | what it is |\n|---|---|---|---|---|\n")
		for _, r := range rooms {
			fmt.Fprintln(&b, r.row())
		}
		text = table.ReplaceAllLiteralString(text, "<!-- rooms -->\n"+b.String()+"<!-- /rooms -->")
		require.NoError(t, os.WriteFile("ARCHITECTURE.md", []byte(text), 0o644))
	}

	found := table.FindStringSubmatch(text)
	require.NotNil(t, found, "ARCHITECTURE.md has no table of rooms")
	rows := map[string][]string{}
	for row := range strings.Lines(found[1]) {
		if name, rest, ok := strings.Cut(strings.TrimPrefix(row, "| `"), "` | "); ok {
			rows[name] = strings.Split(rest, " | ")
		}
	}
	for _, r := range rooms {
		row := rows[r.name]
		delete(rows, r.name)
		if len(row) != 4 {
			t.Errorf("%s: the table has no such room: make update", r.name)
			continue
		}
		for i, size := range []int{r.files, r.lines} {
			listed, err := strconv.Atoi(row[i])
			require.NoError(t, err)
			if math.Abs(float64(listed-size)) > max(2, slack*float64(size)) {
				t.Errorf("%s: the table has %d, the code %d: make update", r.name, listed, size)
			}
		}
		if face := r.face(); row[2] != face && len(r.exported) <= smallFace {
			t.Errorf("%s: the table has the face %s, the code %s: make update", r.name, row[2], face)
		}
	}
	for name := range rows {
		t.Errorf("%s: the table has a room that does not exist: make update", name)
	}
}

// documents are those that the tests below read.
func documents(t *testing.T) []string {
	t.Helper()
	list := []string{"docs/ARCHITECTURE.md"}
	top, err := filepath.Glob("../*.md")
	require.NoError(t, err)
	for _, file := range top {
		list = append(list, filepath.Base(file))
	}
	require.Greater(t, len(list), 3)
	return list
}

func TestFilesThatDocumentsNameExist(t *testing.T) {
	named := 0
	for _, document := range documents(t) {
		text := read(t, document)
		for _, m := range linked.FindAllStringSubmatch(text, -1) {
			named++
			if !exists(t, path.Join(path.Dir(document), m[1])) {
				t.Errorf("%s: link %s: no such file", document, m[1])
			}
		}
		for _, m := range quoted.FindAllStringSubmatch(text, -1) {
			if first, _, _ := strings.Cut(m[1], "/"); exists(t, first) && !strings.Contains(m[1], "NAME") {
				named++
				if !exists(t, m[1]) {
					t.Errorf("%s: %s: no such file", document, m[1])
				}
			}
		}
	}
	require.Greater(t, named, 50)
}

// exists reports whether the pattern of a path, from the module's root, matches a file or folder.
func exists(t *testing.T, pattern string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", pattern))
	require.NoError(t, err)
	return len(files) > 0
}

func TestMakeWordsOfDocumentsExist(t *testing.T) {
	words := map[string]bool{}
	for _, m := range targets.FindAllStringSubmatch(read(t, "Makefile"), -1) {
		words[m[1]] = true
	}
	for _, document := range documents(t) {
		for _, m := range makes.FindAllStringSubmatch(read(t, document), -1) {
			require.True(t, words[m[1]], "%s names make %s", document, m[1])
		}
	}
}
