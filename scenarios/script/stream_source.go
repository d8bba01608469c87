package script

import "github.com/s3chaos/s3chaos/internal/strictyaml"

// StreamSource is what goes wrong with the reader that a stream comes from, after After bytes.
// Exactly one of the others is set.
type StreamSource struct {
	strictyaml.Block `yaml:"-"`
	After            Size       `yaml:"after"`
	Fails            *string    `yaml:"fails"`  // each Read returns an error with this text
	Panics           *string    `yaml:"panics"` // Read panics with this text
	Counts           WrongCount `yaml:"counts"` // Read returns a count that it cannot have
	Empty            bool       `yaml:"empty"`  // Read returns neither bytes nor an error, for ever
}

// WrongCount is a count of bytes that no Read can return.
type WrongCount string

// The counts that no Read can return.
const (
	CountNegative WrongCount = "negative" // -1
	CountBeyond   WrongCount = "beyond"   // one more than its buffer has
)

// source checks what goes wrong with the reader of a stream.
func (v *validator) source(u *UploadStream, path string) {
	if u.Source == nil || !u.Source.Decoded() {
		return
	}
	v.exactlyOne(&u.Source.Block, "source", "fails", "panics", "counts", "empty")
	if u.Source.Understood("empty") && !u.Source.Empty {
		v.Add(u.Source.ValueSpan("empty"), "leave it out", "%s.source.empty: want true", path)
	}
}
