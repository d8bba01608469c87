package mutation

import (
	"bytes"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"slices"
)

// settle type-checks the package with its mutants, and takes back those on lines that do not
// compile, such as a condition of a named boolean type.
func (p *Package) settle(exports map[string]string) error {
	for range 10 {
		bad, err := p.misfits(exports)
		if err != nil {
			return err
		}
		if len(bad) == 0 {
			return nil
		}
		nodes := map[int]bool{}
		for _, s := range p.sources {
			for _, e := range s.edits {
				line := 1 + bytes.Count(s.text[:e.at], []byte("\n"))
				nodes[e.node] = nodes[e.node] || bad[place{s.path, line}]
			}
		}
		delete(nodes, 0)
		for _, s := range p.sources {
			s.edits = slices.DeleteFunc(s.edits, func(e edit) bool { return nodes[e.node] })
		}
		p.Mutants = slices.DeleteFunc(p.Mutants, func(m *Mutant) bool { return nodes[m.node] })
	}
	return errors.New("the instrumented package does not compile")
}

// A place is a line of a file.
type place struct {
	path string
	line int
}

// misfits returns the lines whose mutants do not compile.
func (p *Package) misfits(exports map[string]string) (map[place]bool, error) {
	fset := token.NewFileSet()
	bad := map[place]bool{}
	var files []*ast.File
	for _, s := range p.sources {
		file, err := parser.ParseFile(fset, s.path, s.instrumented(), parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	config := types.Config{
		Importer: importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
			return os.Open(exports[path])
		}),
		Error: func(err error) {
			if e, ok := errors.AsType[types.Error](err); ok {
				at := fset.Position(e.Pos)
				bad[place{at.Filename, at.Line}] = true
			}
		},
	}
	_, err := config.Check(p.Path, fset, files, nil)
	if err != nil && len(bad) == 0 {
		return nil, err
	}
	return bad, nil
}
