package mutation

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
)

// A finder finds the mutants of one file and notes the edits that put them into the source. An edit
// only inserts text, or replaces an operator, so that edits of nested expressions compose.
type finder struct {
	pkg    *Package
	source *source
	fset   *token.FileSet
	info   *types.Info
	next   *int
	fn     string // the function around the place
}

func (f *finder) file(file *ast.File) {
	f.source.edits = append(f.source.edits, edit{
		at:   f.offset(file.Name.End()),
		text: fmt.Sprintf("; import %s %q", alias, activePath),
	})
	for _, d := range file.Decls {
		if d, ok := d.(*ast.FuncDecl); ok && d.Body != nil {
			f.fn = funcName(d)
			ast.Inspect(d.Body, f.node)
		}
	}
	f.source.edits = append(f.source.edits, edit{
		at:   len(f.source.text),
		text: fmt.Sprintf("\nvar _ = %s.On\n", alias),
	})
}

// funcName returns the function's name with its receiver: "(*Client).Upload".
func funcName(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return d.Name.Name
	}
	receiver := types.ExprString(d.Recv.List[0].Type)
	if strings.HasPrefix(receiver, "*") {
		receiver = "(" + receiver + ")"
	}
	return receiver + "." + d.Name.Name
}

// node offers the mutants of one node. The walk goes from the outside to the inside, which is the
// order that wrap needs.
func (f *finder) node(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BlockStmt:
		f.statements(n.List)
	case *ast.CaseClause:
		f.statements(n.Body)
	case *ast.CommClause:
		f.statements(n.Body)
	case *ast.IfStmt:
		f.condition(n.Cond)
	case *ast.ForStmt:
		f.condition(n.Cond)
	case *ast.ReturnStmt:
		f.returned(n)
	case *ast.BinaryExpr:
		f.binary(n)
	case *ast.Ident:
		f.literal(n)
	}
	return true
}

// statements offers to remove each statement of a block that has an effect and whose absence
// compiles.
func (f *finder) statements(list []ast.Stmt) {
	for _, s := range list {
		if removable(s) {
			id := f.mutant(s, Remove)
			f.wrap(id, s, fmt.Sprintf("if !%s.On(%d) { ", alias, id), " }")
		}
	}
}

func removable(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.ExprStmt:
		call, ok := s.X.(*ast.CallExpr)
		if !ok {
			return true
		}
		name, ok := call.Fun.(*ast.Ident)
		return !ok || name.Name != "panic" // the end of a function may need it
	case *ast.AssignStmt:
		return s.Tok != token.DEFINE && !discards(s)
	case *ast.BranchStmt:
		return s.Tok == token.BREAK || s.Tok == token.CONTINUE
	case *ast.IncDecStmt, *ast.DeferStmt, *ast.GoStmt, *ast.SendStmt:
		return true
	}
	return false
}

// discards reports whether the statement is `_ = x`, of a value that was computed before.
func discards(s *ast.AssignStmt) bool {
	left, ok := s.Lhs[0].(*ast.Ident)
	_, call := s.Rhs[0].(*ast.CallExpr)
	return ok && len(s.Lhs) == 1 && left.Name == "_" && !call
}

// condition offers the opposite of a condition. Comparisons offer it themselves, and && and || have
// better mutants.
func (f *finder) condition(e ast.Expr) {
	if e == nil || f.constant(e) {
		return
	}
	if _, ok := e.(*ast.BinaryExpr); !ok {
		f.negate(e)
	}
}

func (f *finder) negate(e ast.Expr) {
	id := f.mutant(e, Negate)
	f.wrap(id, e, "((", fmt.Sprintf(") != %s.On(%d))", alias, id))
}

// returned offers to return nil instead of an error.
func (f *finder) returned(r *ast.ReturnStmt) {
	if len(r.Results) == 0 {
		return
	}
	last := r.Results[len(r.Results)-1]
	t := f.info.Types[last]
	if t.Type != nil && !t.IsNil() && types.Identical(t.Type, types.Universe.Lookup("error").Type()) {
		id := f.mutant(last, Swallow)
		f.wrap(id, last, fmt.Sprintf("%s.Err(%d, ", alias, id), ")")
	}
}

// literal offers the other boolean.
func (f *finder) literal(n *ast.Ident) {
	t := f.info.Types[n]
	if n.Name != "true" && n.Name != "false" || t.Value == nil || t.Type == nil {
		return
	}
	id := f.mutant(n, Flip)
	f.wrap(id, n, "(", fmt.Sprintf(" != %s.On(%d))", alias, id))
}

// mutant adds a mutant of the package and returns its number.
func (f *finder) mutant(n ast.Node, kind Kind) int {
	m := &Mutant{
		ID: *f.next, Package: f.pkg.Path, File: filepath.Base(f.source.path), Line: f.fset.Position(n.Pos()).Line,
		Func: f.fn, Kind: kind, node: *f.next, Text: short(string(f.source.text[f.offset(n.Pos()):f.offset(n.End())])),
	}
	*f.next++
	f.pkg.Mutants = append(f.pkg.Mutants, m)
	return m.ID
}

// short returns the text on one line of at most 60 characters.
func short(text string) string {
	line := []rune(strings.Join(strings.Fields(text), " "))
	if len(line) > 60 {
		return string(line[:59]) + "…"
	}
	return string(line)
}

func (f *finder) offset(p token.Pos) int { return f.fset.Position(p).Offset }

// constant reports whether the compiler knows the value of the expression.
func (f *finder) constant(e ast.Expr) bool { return f.info.Types[e].Value != nil }
