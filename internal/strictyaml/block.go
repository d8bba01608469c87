package strictyaml

import "cmp"

// Place is where something stands in a scenario file. Lines and columns count from 1, columns in
// characters; the zero Place is nowhere, as in a scenario built in Go.
type Place struct {
	Line, Column int
}

// Block remembers where a mapping and each of its keys stand, so that a failure found long after
// decoding can still name its line. Its zero value belongs to a mapping that was built in Go.
type Block struct {
	Place `yaml:"-"`
	keys  map[string]entry

	unknown bool // it also has unknown keys
}

// entry is one key of a Block: where it stands, where its value does, and whether that value could
// be read.
type entry struct {
	key, value Span
	items      []Span // of a list
	broken     bool
}

// Has reports whether the mapping has the key.
func (b *Block) Has(key string) bool {
	_, ok := b.keys[key]
	return ok
}

// At is the place of the key, or of the mapping when it has no such key.
func (b *Block) At(key string) Place {
	if e, ok := b.keys[key]; ok {
		return e.key.Place
	}
	return b.Place
}

// KeySpan is where the key stands, or the mapping when it has no such key.
func (b *Block) KeySpan(key string) Span {
	if e, ok := b.keys[key]; ok {
		return e.key
	}
	return Span{Place: b.Place}
}

// ValueSpan is where the key's value stands, or the mapping when it has no such key.
func (b *Block) ValueSpan(key string) Span {
	if e, ok := b.keys[key]; ok {
		return e.value
	}
	return Span{Place: b.Place}
}

// Understood reports whether the key is there and its value was understood. What was not understood
// has been reported already and is judged no further.
func (b *Block) Understood(key string) bool {
	e, ok := b.keys[key]
	return ok && !e.broken
}

// ItemSpan is where the n-th item of the key's list stands, from 0.
func (b *Block) ItemSpan(key string, n int) Span {
	if e := b.keys[key]; n < len(e.items) {
		return e.items[n]
	}
	return b.ValueSpan(key)
}

// Decoded reports whether the Block belongs to a mapping that was read from a file.
func (b *Block) Decoded() bool { return b.keys != nil }

// Empty reports whether the mapping was read and has no keys at all.
func (b *Block) Empty() bool { return b.keys != nil && len(b.keys) == 0 && !b.unknown }

// HasUnknown reports whether the mapping has keys that the format does not know.
func (b *Block) HasUnknown() bool { return b.unknown }

func (b *Block) block() *Block { return b }

func (p Place) Compare(other Place) int {
	return cmp.Or(cmp.Compare(p.Line, other.Line), cmp.Compare(p.Column, other.Column))
}
