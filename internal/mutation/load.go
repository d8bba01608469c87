package mutation

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// A Package is a package with its mutants.
type Package struct {
	Path    string
	Dir     string
	Mutants []*Mutant
	sources []*source
}

// A source is one file and the edits that put the mutants into it.
type source struct {
	path  string
	text  []byte
	edits []edit
}

// Load reads packages by their import paths and finds their mutants. dir is a directory of the
// module. The numbers of the mutants are unique among all packages.
func Load(ctx context.Context, dir string, paths ...string) ([]*Package, error) {
	var list []*Package
	next := 1
	for _, path := range paths {
		p, err := load(ctx, dir, path, &next)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		list = append(list, p)
	}
	return list, nil
}

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
}

func load(ctx context.Context, dir, path string, next *int) (*Package, error) {
	found, exports, err := list(ctx, dir, path)
	if err != nil {
		return nil, err
	}
	p := &Package{Path: found.ImportPath, Dir: found.Dir}
	fset := token.NewFileSet()
	imports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})
	var files []*ast.File
	for _, name := range found.GoFiles {
		s := &source{path: filepath.Join(found.Dir, name)}
		if s.text, err = os.ReadFile(s.path); err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(fset, s.path, s.text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
		p.sources = append(p.sources, s)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	config := types.Config{Importer: imports}
	if _, err := config.Check(p.Path, fset, files, info); err != nil {
		return nil, err
	}
	for i, file := range files {
		f := &finder{pkg: p, source: p.sources[i], fset: fset, info: info, next: next}
		f.file(file)
	}
	if *next > 1<<15 {
		return nil, errors.New("too many mutants: name fewer packages")
	}
	return p, p.settle(exports)
}

// list asks the go command for the package's files and for the export data of its imports.
func list(ctx context.Context, dir, path string) (*listed, map[string]string, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles",
		path, activePath)
	cmd.Dir = dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, nil, fmt.Errorf("go list: %w: %s", err, stderr.Bytes())
	}
	var found *listed
	exports := map[string]string{}
	for d := json.NewDecoder(&stdout); ; {
		var l listed
		err := d.Decode(&l)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, fmt.Errorf("go list: %w", err)
		}
		exports[l.ImportPath] = l.Export
		if l.ImportPath == path {
			found = &l
		}
	}
	if found == nil {
		return nil, nil, errors.New("no such package")
	}
	return found, exports, nil
}
