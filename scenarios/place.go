package scenarios

// Place is where something stands in a scenario file. Lines and columns
// count from 1, columns in characters; the zero Place is nowhere, as in a
// scenario built in Go.
type Place struct {
	Line, Column int
}

// Block remembers where a mapping and each of its keys stand, so that a
// failure found long after decoding can still name its line. Its zero value
// belongs to a mapping that was built in Go.
type Block struct {
	Place `yaml:"-"`
	keys  map[string]entry
}

// entry is one key of a Block: where it stands, where its value does, and
// whether that value could be read.
type entry struct {
	key, value Place
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
		return e.key
	}
	return b.Place
}

// valueAt is the place of the key's value, or of the mapping when there is none.
func (b *Block) valueAt(key string) Place {
	if e, ok := b.keys[key]; ok {
		return e.value
	}
	return b.Place
}

// read reports whether the key is there and its value was understood. What
// was not understood has been reported already and is judged no further.
func (b *Block) read(key string) bool {
	e, ok := b.keys[key]
	return ok && !e.broken
}

func (b *Block) block() *Block { return b }
