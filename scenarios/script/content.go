package script

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// drawn is content that no other seed and no other name gives: size bytes from (seed, names…).
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

// contentOf is what the file gives, else what is drawn.
func contentOf(given *string, seed uint64, size Size, names ...string) []byte {
	if given != nil {
		return []byte(*given)
	}
	return drawn(seed, size, names...)
}

// Bytes is what the object holds at the beginning of a drill with that seed.
func (o *Object) Bytes(seed uint64) []byte {
	return contentOf(o.Content, seed, o.Size, o.Bucket, o.Key)
}

// Bytes is what the file holds at the beginning of a drill with that seed.
func (f *File) Bytes(seed uint64) []byte {
	return contentOf(f.Content, seed, f.Size, "file", f.Path)
}

// Bytes is what the step with that ID uploads in a drill with that seed.
func (u *Upload) Bytes(seed uint64, step string) []byte {
	return contentOf(u.Content, seed, u.Size, u.Bucket, u.Key, step)
}

// Bytes is what the step with that ID uploads in a drill with that seed.
func (u *UploadStream) Bytes(seed uint64, step string) []byte {
	return contentOf(u.Content, seed, u.Size, u.Bucket, u.Key, step)
}
