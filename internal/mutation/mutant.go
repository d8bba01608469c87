package mutation

import (
	"fmt"
	"hash/fnv"
	"slices"
)

// A Mutant is one change of a package.
type Mutant struct {
	ID      int    // from 1, in the order of packages, files and places
	Package string // import path
	File    string // base name
	Line    int
	Func    string // as in "(*Client).Upload"
	Kind    Kind
	Text    string // what the source has at the place, shortened to one line

	node int // the number of the first mutant of the same node
}

// String names the mutant in one line. It does not contain the number, which changes with the
// source.
func (m *Mutant) String() string {
	return fmt.Sprintf("%s:%d %s: %s: %s", m.File, m.Line, m.Func, m.Kind, m.Text)
}

// A Kind says how a mutant differs from the source.
type Kind string

// The kinds.
const (
	Negate    Kind = "negated"        // a comparison or a condition has the opposite value
	Boundary  Kind = "boundary moved" // < and <=, > and >= are exchanged
	Exchange  Kind = "&& and || swapped"
	DropLeft  Kind = "left dropped"     // of && or ||
	DropRight Kind = "right dropped"    // of && or ||
	Calculate Kind = "operator swapped" // + and -, * and / are exchanged
	Flip      Kind = "literal flipped"  // true and false are exchanged
	Swallow   Kind = "error swallowed"  // nil is returned instead of an error
	Remove    Kind = "removed"          // a statement does nothing
)

// Sample draws at most n of the mutants and returns them in the order of the draw. It depends on
// the seed and on the mutants' text: a change of one function keeps the drawn mutants of the
// others.
func Sample(list []*Mutant, n int, seed uint64) []*Mutant {
	type ranked struct {
		*Mutant
		rank uint64
	}
	all := make([]ranked, len(list))
	same := map[string]int{} // mutants of one function with the same text have a number
	for i, m := range list {
		text := fmt.Sprint(seed, m.Package, m.Func, m.Kind, m.Text)
		same[text]++
		h := fnv.New64a()
		fmt.Fprint(h, text, same[text])
		all[i] = ranked{m, scatter(h.Sum64())}
	}
	slices.SortStableFunc(all, func(a, b ranked) int {
		switch {
		case a.rank < b.rank:
			return -1
		case a.rank > b.rank:
			return 1
		}
		return 0
	})
	chosen := make([]*Mutant, 0, min(n, len(all)))
	for _, r := range all[:min(n, len(all))] {
		chosen = append(chosen, r.Mutant)
	}
	return chosen
}

// scatter spreads a hash over all bits: FNV leaves the first bits of similar texts alike.
func scatter(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	return x ^ x>>33
}
