package storage

import (
	"bytes"
	"hash/maphash"
	"slices"
	"sync"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sums"
)

// A Content is bytes that never change, with their checksums. It computes each checksum once.
// Servers share a Content instead of copying it. All methods may be called from any goroutine.
type Content struct {
	bytes  []byte
	digest uint64 // of the bytes when the Content was made

	mu   sync.Mutex
	sums map[*sums.Algorithm][]byte
}

// digestSeed seeds the digests of this process.
var digestSeed = maphash.MakeSeed()

// New returns the Content of these bytes, without a copy. The caller must not change them later.
func New(content []byte) *Content {
	return &Content{
		bytes: slices.Clip(content), digest: maphash.Bytes(digestSeed, content),
		sums: make(map[*sums.Algorithm][]byte),
	}
}

// Bytes returns the bytes. The caller must not change them.
func (c *Content) Bytes() []byte { return c.bytes }

// Changed reports whether a caller has changed the bytes.
func (c *Content) Changed() bool { return maphash.Bytes(digestSeed, c.bytes) != c.digest }

// Sum returns the checksum of the bytes. The caller must not change it.
func (c *Content) Sum(a *sums.Algorithm) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum, known := c.sums[a]
	if !known {
		sum = a.Sum(c.bytes)
		c.sums[a] = sum
	}
	return sum
}

// Know saves Sum the work: sum is the checksum of the bytes.
func (c *Content) Know(a *sums.Algorithm, sum []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sums[a] = sum
}

// Open returns a reader of the whole Content. [Storage.PutObject] keeps its Content without a copy.
func (c *Content) Open() *Reader { return &Reader{*bytes.NewReader(c.bytes), c} }

// A Reader reads a Content from its start.
type Reader struct {
	bytes.Reader
	content *Content
}

// Close does nothing.
func (r *Reader) Close() error { return nil }

// Content returns what the reader reads.
func (r *Reader) Content() *Content { return r.content }
