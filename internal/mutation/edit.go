package mutation

import (
	"bytes"
	"go/ast"
	"slices"
)

// alias is the name under which instrumented files import package active.
const (
	alias      = "mutantsOfThisFile"
	activePath = "github.com/s3chaos/s3chaos/internal/mutation/active"
)

// An edit inserts text into a file, or replaces the next skip bytes by it.
type edit struct {
	at, skip int
	text     string
	node     int  // the number of the node's first mutant; 0 for text of the whole file
	closes   bool // the text ends a node: it stands before what begins at the same place
}

// wrap puts text around a node, whose first mutant is given. Nodes must be wrapped from the outside
// to the inside.
func (f *finder) wrap(node int, n ast.Node, before, after string) {
	f.source.edits = append(f.source.edits,
		edit{at: f.offset(n.Pos()), text: before, node: node},
		edit{at: f.offset(n.End()), text: after, node: node, closes: true})
}

// apply returns the text with the edits. Edits at one place keep their order, except that ends of
// nodes come first and from the inside to the outside.
func apply(text []byte, edits []edit) []byte {
	var opens, closes []edit
	for _, e := range edits {
		if e.closes {
			closes = append(closes, e)
		} else {
			opens = append(opens, e)
		}
	}
	slices.Reverse(closes)
	all := append(closes, opens...)
	slices.SortStableFunc(all, func(a, b edit) int { return a.at - b.at })
	var out bytes.Buffer
	done := 0
	for _, e := range all {
		out.Write(text[done:e.at])
		out.WriteString(e.text)
		done = e.at + e.skip
	}
	out.Write(text[done:])
	return out.Bytes()
}
