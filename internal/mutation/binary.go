package mutation

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// This file has the mutants of binary expressions.

// generic are the functions of package active that stand for operators.
var generic = map[token.Token]string{
	token.LSS: "Less", token.LEQ: "LessEqual", token.GTR: "Greater", token.GEQ: "GreaterEqual",
	token.ADD: "Add", token.SUB: "Sub", token.MUL: "Mul", token.QUO: "Div",
}

func (f *finder) binary(e *ast.BinaryExpr) {
	if f.constant(e) {
		return
	}
	switch e.Op {
	case token.EQL, token.NEQ:
		f.negate(e)
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		f.negate(e)
		f.call(e, Boundary)
	case token.ADD, token.SUB, token.MUL, token.QUO:
		if t, ok := f.info.Types[e].Type.Underlying().(*types.Basic); ok &&
			t.Info()&(types.IsInteger|types.IsFloat) != 0 {
			f.call(e, Calculate)
		}
	case token.LAND, token.LOR:
		f.logical(e)
	}
}

// call writes a op b as a call: Less(17, a, b).
func (f *finder) call(e *ast.BinaryExpr, kind Kind) {
	id := f.mutant(e, kind)
	f.wrap(id, e, fmt.Sprintf("%s.%s(%d, ", alias, generic[e.Op], id), ")")
	f.source.edits = append(f.source.edits, edit{
		at: f.offset(e.OpPos), skip: len(e.Op.String()), text: ",", node: id,
	})
}

// logical writes a && b with its three mutants, and evaluates no operand twice: with x for "the
// mutant acts", ((a != x) && (b != x)) != x is a || b if x holds, by De Morgan.
func (f *finder) logical(e *ast.BinaryExpr) {
	first := *f.next
	on := func(kind Kind) string {
		id := f.mutant(e, kind)
		f.pkg.Mutants[len(f.pkg.Mutants)-1].node = first
		return fmt.Sprintf("%s.On(%d)", alias, id)
	}
	exchange, left, right := on(Exchange), on(DropLeft), on(DropRight)
	neutral := " || " // makes an operand of && true
	if e.Op == token.LOR {
		neutral = " && !" // makes an operand of || false
	}
	f.wrap(first, e, "((", ") != "+exchange+")")
	f.wrap(first, e.X, "((((", ")"+neutral+left+") != "+exchange+"))")
	f.wrap(first, e.Y, "((((", ")"+neutral+right+") != "+exchange+"))")
}
