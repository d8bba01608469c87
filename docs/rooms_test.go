package docs_test

// The rooms of the module: each package with its size, its face and its purpose.

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// smallFace is the number of exported names up to which the table lists them.
const smallFace = 8

// docLink matches a link of a doc comment, such as [New] or [http.Handler].
var docLink = regexp.MustCompile(`\[([A-Za-z.]+)\]`)

// room is a package of the module, without its tests.
type room struct {
	name         string // the folder
	files, lines int
	exported     []string // names at the top level, sorted
	purpose      string   // the first sentence of the package comment
}

func (r room) row() string {
	return fmt.Sprintf("| `%s` | %d | %d | %s | %s |", r.name, r.files, r.lines, r.face(), r.purpose)
}

func (r room) face() string {
	switch n := len(r.exported); {
	case n == 0:
		return "none"
	case n <= smallFace:
		return "`" + strings.Join(r.exported, "`, `") + "`"
	default:
		return fmt.Sprintf("%d names", n)
	}
}

// findRooms returns the packages of the module at root that are not tests only, sorted by folder.
func findRooms(t *testing.T, root string) []room {
	t.Helper()
	var rooms []room
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		if d.Name() == "testdata" || name == "bench" || name != "." && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		if r := readRoom(t, file); r.files > 0 && name != "." {
			r.name = filepath.ToSlash(name)
			rooms = append(rooms, r)
		}
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, len(rooms), 10)
	return rooms
}

func readRoom(t *testing.T, folder string) room {
	t.Helper()
	var r room
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	require.NoError(t, err)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ParseComments)
		require.NoError(t, err)
		r.files++
		r.lines += bytes.Count(text, []byte("\n"))
		if parsed.Name.Name != "main" {
			r.exported = append(r.exported, exportedNames(parsed)...)
		}
		if comment := parsed.Doc.Text(); comment != "" {
			r.purpose = docLink.ReplaceAllString(new(doc.Package).Synopsis(comment), "`$1`")
		}
	}
	slices.Sort(r.exported)
	r.exported = slices.Compact(r.exported) // a name can have a file for each operating system
	return r
}

// exportedNames returns the exported names that a file declares at its top level.
func exportedNames(file *ast.File) []string {
	var names []string
	add := func(ids ...*ast.Ident) {
		for _, id := range ids {
			if id.IsExported() {
				names = append(names, id.Name)
			}
		}
	}
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				add(d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					add(s.Name)
				case *ast.ValueSpec:
					add(s.Names...)
				}
			}
		}
	}
	return names
}
