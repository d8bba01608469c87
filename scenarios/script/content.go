package script

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// drawn returns size pseudorandom bytes. They depend on the seed and the names only.
func drawn(seed uint64, size Size, names ...string) []byte {
	text := binary.BigEndian.AppendUint64(nil, seed)
	for _, name := range names {
		text = binary.AppendUvarint(text, uint64(len(name)))
		text = append(text, name...)
	}
	content := make([]byte, size)
	rand.NewChaCha8(sha256.Sum256(text)).Read(content) //nolint:errcheck // never fails, by its documentation
	return content
}

// contentOf returns the content of the file if it gives one, and drawn bytes otherwise.
func contentOf(given *string, seed uint64, size Size, names ...string) []byte {
	if given != nil {
		return []byte(*given)
	}
	return drawn(seed, size, names...)
}

// LoadPool returns the bytes of which the uploads of a load are parts: twice as many as the largest
// upload has, so that parts of equal size differ.
func LoadPool(seed uint64, step string, largest Size) []byte {
	return drawn(seed, 2*largest, "load", step)
}

// Bytes returns the content of the file at the start of a drill with that seed.
func (f *File) Bytes(seed uint64) []byte {
	return contentOf(f.Content, seed, f.Size, "file", f.Path)
}

// Bytes returns the content that the step with that ID uploads in a drill with that seed.
func (u *Upload) Bytes(seed uint64, step string) []byte {
	return contentOf(u.Content, seed, u.Size, u.Bucket, u.Key, step)
}

// Bytes returns the content that the step with that ID uploads in a drill with that seed.
func (u *UploadStream) Bytes(seed uint64, step string) []byte {
	return contentOf(u.Content, seed, u.Size, u.Bucket, u.Key, step)
}

// Bytes returns the content that the step with that ID stores in a drill with that seed.
func (p *Presign) Bytes(seed uint64, step string) []byte {
	return contentOf(p.Content, seed, p.Size, p.Bucket, p.Key, step)
}
