package guide

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// exported collects the exported names of packages as the guide writes them: package.Name,
// package.Type.Method and package.Type.Field.
func exported(t *testing.T, folders map[string]string) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	for name, folder := range folders {
		entries, err := os.ReadDir(folder)
		require.NoError(t, err)
		for _, entry := range entries {
			if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(folder, entry.Name()), nil, 0)
			require.NoError(t, err)
			for _, declaration := range file.Decls {
				collect(known, name, declaration)
			}
		}
	}
	return known
}

func collect(known map[string]bool, name string, declaration ast.Decl) {
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			known[name+"."+d.Name.Name] = true
		} else {
			known[name+"."+receiver(d.Recv.List[0].Type)+"."+d.Name.Name] = true
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.ValueSpec:
				for _, ident := range spec.Names {
					known[name+"."+ident.Name] = true
				}
			case *ast.TypeSpec:
				known[name+"."+spec.Name.Name] = true
				fields := &ast.FieldList{}
				switch kind := spec.Type.(type) {
				case *ast.StructType:
					fields = kind.Fields
				case *ast.InterfaceType:
					fields = kind.Methods
				}
				for _, field := range fields.List {
					for _, ident := range field.Names {
						known[name+"."+spec.Name.Name+"."+ident.Name] = true
					}
				}
			}
		}
	}
}
