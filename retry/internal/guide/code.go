package guide

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
)

// source holds the declarations of Go files that the guide may show.
type source struct {
	text map[string]string // by name; methods as Type.Method
}

// readSource reads files. Of an example or test only the body is shown; of any other declaration
// all, with its comment.
func readSource(paths ...string) (*source, error) {
	s := &source{text: map[string]string{}}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, content, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		at := func(p token.Pos) int { return files.Position(p).Offset }
		for _, declaration := range file.Decls {
			switch d := declaration.(type) {
			case *ast.FuncDecl:
				name := d.Name.Name
				if strings.HasPrefix(name, "Example") || strings.HasPrefix(name, "Test") {
					s.text[name] = body(string(content[at(d.Body.Lbrace)+1 : at(d.Body.Rbrace)]))
					continue
				}
				if d.Recv != nil {
					name = receiver(d.Recv.List[0].Type) + "." + name
				}
				s.text[name] = string(content[at(start(d.Doc, d.Pos())):at(d.End())])
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						s.text[spec.Name.Name] = string(content[at(start(d.Doc, d.Pos())):at(d.End())])
					case *ast.ValueSpec:
						s.text[spec.Names[0].Name] = string(content[at(start(d.Doc, d.Pos())):at(d.End())])
					}
				}
			}
		}
	}
	return s, nil
}

// show joins the declarations called names.
func (s *source) show(names ...string) (string, error) {
	var parts []string
	for _, name := range names {
		text, ok := s.text[name]
		if !ok {
			return "", fmt.Errorf("no declaration %s", name)
		}
		parts = append(parts, strings.TrimSpace(text))
	}
	return fenced("go", strings.Join(parts, "\n\n")), nil
}

func start(doc *ast.CommentGroup, p token.Pos) token.Pos {
	if doc != nil {
		return doc.Pos()
	}
	return p
}

func receiver(e ast.Expr) string {
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	if name, ok := e.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

// body is a function's body, one tab less deep. What an example prints is part of what it shows.
func body(text string) string {
	lines := strings.Split(strings.Trim(text, "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], "\t")
	}
	return strings.Join(lines, "\n")
}
