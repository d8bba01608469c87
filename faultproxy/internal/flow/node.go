package flow

// Node is a piece of parsed text: a scalar, a mapping or a sequence.
type Node struct {
	Kind   Kind
	Text   string  // of a scalar, without quotes and escapes
	Quoted bool    // the scalar was in quotes
	Pairs  []Pair  // of a mapping
	Items  []*Node // of a sequence

	at int // byte offset in the text
}

// Pair is a key of a mapping, which is a scalar, and its value.
type Pair struct{ Key, Value *Node }

// Kind is the kind of a Node.
type Kind uint8

// The kinds of nodes.
const (
	Scalar Kind = iota
	Mapping
	Sequence
)

// String returns the kind as error messages call it.
func (k Kind) String() string {
	return [...]string{"a value", "a mapping {…}", "a sequence […]"}[k]
}
