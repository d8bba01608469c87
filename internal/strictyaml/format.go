package strictyaml

import (
	"reflect"

	"go.yaml.in/yaml/v4"
)

// A Format tells the reader what the Go types alone do not say.
type Format struct {
	// Document is the word for a whole file in messages: "scenario".
	Document string
	// Types are the types that have a name, words or a reader of their own; see [Named], [Words]
	// and [Custom].
	Types map[reflect.Type]Type
	// Text checks a text that is no word of a few and has no reader of its own; it reports its
	// mistakes and returns false if there were any. Nil: every text is fine.
	Text func(p *Problems, at Span, text, path string) bool
	// Labels are the keys of structs whose texts are for readers only: Text does not see them.
	Labels []string
	// Explain splits the error of an UnmarshalText method into a message and a hint. Nil: the hint
	// is empty.
	Explain func(error) (message, hint string)
}

// A Type is what a [Format] says of one Go type.
type Type struct {
	name  string   // in "expected a size"; empty: by the Go kind
	words []string // of a text that has few values
	read  func(d *Decoder, n *yaml.Node, v reflect.Value, path string) bool
}

// Values returns the values of a type that has only a few, or nil.
func (t Type) Values() []string { return t.words }

// Named gives a type its name in messages, article included: "a size".
func Named(name string) Type { return Type{name: name} }

// Words says that a type of text has only these values.
func Words[T ~string](words ...T) Type {
	t := Type{words: []string{}}
	for _, word := range words {
		t.words = append(t.words, string(word))
	}
	return t
}

// Custom says that read decodes the type. It reports its own mistakes, and returns false if there
// were any.
func Custom[T any](name string, read func(v *T, d *Decoder, n *yaml.Node, path string) bool) Type {
	return Type{name: name, read: func(d *Decoder, n *yaml.Node, v reflect.Value, path string) bool {
		return read(v.Addr().Interface().(*T), d, n, path)
	}}
}
