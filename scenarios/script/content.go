package script

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/maphash"
	"math/rand/v2"
	"sync"
)

// A Drawing is drawn content that drills share. Its bytes must not change.
type Drawing struct {
	Bytes  []byte
	digest uint64 // of the bytes when they were drawn

	once sync.Once
	kept any
}

// Keep returns what make returned at the first call of Keep. The value lives as long as the
// drawing.
func (d *Drawing) Keep(make func(content []byte) any) any {
	d.once.Do(func() { d.kept = make(d.Bytes) })
	return d.kept
}

// drawings holds contents that were drawn before: a search plays the same objects many thousand
// times.
var drawings = struct {
	sync.Mutex
	known map[string]*Drawing
	size  Size
	seed  maphash.Seed
}{known: make(map[string]*Drawing), seed: maphash.MakeSeed()}

// The most bytes that the process keeps of drawn contents, and the most of one of them.
const (
	drawingsLimit = 32 << 20
	drawingLimit  = 8 << 20
)

// drawn returns size pseudorandom bytes. They depend on the seed and the names only.
func drawn(seed uint64, size Size, names ...string) *Drawing {
	text := binary.BigEndian.AppendUint64(nil, seed)
	for _, name := range names {
		text = binary.AppendUvarint(text, uint64(len(name)))
		text = append(text, name...)
	}
	key := string(binary.BigEndian.AppendUint64(text, uint64(size)))
	drawings.Lock()
	known := drawings.known[key]
	drawings.Unlock()
	if known != nil && maphash.Bytes(drawings.seed, known.Bytes) == known.digest {
		return known
	}
	content := make([]byte, size)
	rand.NewChaCha8(sha256.Sum256(text)).Read(content) //nolint:errcheck // never fails, by its documentation
	d := &Drawing{Bytes: content, digest: maphash.Bytes(drawings.seed, content)}
	if size <= drawingLimit {
		remember(key, d)
	}
	return d
}

// remember lets drawn find the drawing. If there are too many, it forgets all others.
func remember(key string, d *Drawing) {
	drawings.Lock()
	defer drawings.Unlock()
	if old := drawings.known[key]; old != nil {
		drawings.size -= Size(len(old.Bytes))
	}
	size := Size(len(d.Bytes))
	if drawings.size+size > drawingsLimit || len(drawings.known) > drawingsLimit>>10 {
		clear(drawings.known)
		drawings.size = 0
	}
	drawings.known[key] = d
	drawings.size += size
}

// contentOf returns the content of the file if it gives one, and drawn bytes otherwise. Callers
// must not change the content.
func contentOf(given *string, seed uint64, size Size, names ...string) []byte {
	if given != nil {
		return []byte(*given)
	}
	return drawn(seed, size, names...).Bytes
}

// LoadPool returns the bytes of which the uploads of a load are parts: twice as many as the largest
// upload has, so that parts of equal size differ. Callers must not change them.
func LoadPool(seed uint64, step string, largest Size) []byte {
	return drawn(seed, 2*largest, "load", step).Bytes
}

// Bytes returns the content of the file at the start of a drill with that seed. Callers must not
// change it.
func (f *File) Bytes(seed uint64) []byte {
	return contentOf(f.Content, seed, f.Size, "file", f.Path)
}

// Bytes returns the content that the step with that ID uploads in a drill with that seed. Callers
// must not change it.
func (u *Upload) Bytes(seed uint64, step string) []byte {
	return contentOf(u.Content, seed, u.Size, u.Bucket, u.Key, step)
}

// Bytes returns the content that the step with that ID uploads in a drill with that seed. Callers
// must not change it.
func (u *UploadStream) Bytes(seed uint64, step string) []byte {
	return contentOf(u.Content, seed, u.Size, u.Bucket, u.Key, step)
}

// Bytes returns the content that the step with that ID stores in a drill with that seed. Callers
// must not change it.
func (p *Presign) Bytes(seed uint64, step string) []byte {
	return contentOf(p.Content, seed, p.Size, p.Bucket, p.Key, step)
}
