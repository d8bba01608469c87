package fakes3

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// store is what the server remembers. Content lives in the backend, one backend
// version for each value of a key; the rest lives here, because the backend
// carries metadata over from the object that is overwritten and knows neither
// checksums nor the entity tags of multipart uploads.
//
// The lock makes a commit one step: precondition, content, history. It is never
// held while a body is read or written.
type store struct {
	mu       sync.RWMutex
	backend  *s3mem.Backend
	buckets  map[string]*bucket
	gone     map[string]*bucket // deleted buckets, for their history
	commits  int64
	uploads  int64
	discards bool
}

type bucket struct {
	created   time.Time
	values    map[string][]*value // of each key, oldest first
	uploads   map[string]*upload
	completed map[string]*completion
}

// value is one committed state of a key. Only its lock-guarded list changes,
// never the value itself.
type value struct {
	id      gofakes3.VersionID // of the content in the backend
	seq     int64
	at      time.Time
	deleted bool
	size    int64
	etag    string
	sha256  *[sha256.Size]byte // nil: not computed on the way in
	attrs   *attributes
	upload  string
}

func newStore(discards bool) *store {
	return &store{
		// The seed spares the backend a clock reading and keeps its ids the same.
		backend:  s3mem.New(s3mem.WithVersionSeed(1)),
		buckets:  make(map[string]*bucket),
		gone:     make(map[string]*bucket),
		discards: discards,
	}
}

// createBucketLocked makes a bucket. In the backend it keeps every value, so that
// history costs no second copy, unless history is discarded. A bucket that was
// deleted is taken up again with its history.
func (st *store) createBucketLocked(name string) (*bucket, error) {
	b := st.gone[name]
	if b == nil {
		if err := gofakes3.ValidateBucketName(name); err != nil {
			return nil, failure(codeInvalidBucketName).with("BucketName", name)
		}
		if err := st.backend.CreateBucket(name); err != nil {
			return nil, err
		}
		if !st.discards {
			keep := gofakes3.VersioningConfiguration{Status: gofakes3.VersioningEnabled}
			if err := st.backend.SetVersioningConfiguration(name, keep); err != nil {
				return nil, err
			}
		}
		b = &bucket{values: make(map[string][]*value)}
	}
	delete(st.gone, name)
	b.created = time.Now()
	b.uploads = make(map[string]*upload)
	b.completed = make(map[string]*completion)
	st.buckets[name] = b
	return b, nil
}

// current is the live value of a key, or nil.
func (b *bucket) current(key string) *value {
	values := b.values[key]
	if len(values) == 0 {
		return nil
	}
	if last := values[len(values)-1]; !last.deleted {
		return last
	}
	return nil
}

// findLocked returns the live value of a key.
func (st *store) findLocked(bucket, key string) (*value, error) {
	b := st.buckets[bucket]
	if b == nil {
		return nil, noSuchBucket(bucket)
	}
	v := b.current(key)
	if v == nil {
		return nil, noSuchKey(key)
	}
	return v, nil
}

// has returns an error unless the bucket exists.
func (st *store) has(bucket string) error {
	st.mu.RLock()
	defer st.mu.RUnlock()
	if st.buckets[bucket] == nil {
		return noSuchBucket(bucket)
	}
	return nil
}

// putLocked commits v, whose content is read from r, as the new value of a key.
// An empty entity tag becomes the MD5 of the content, computed by the backend.
func (st *store) putLocked(b *bucket, name, key string, r io.Reader, v *value) error {
	// Nil metadata on purpose: the backend would merge in what was there before.
	if _, err := st.backend.PutObject(name, key, nil, r, v.size, nil); err != nil {
		return err
	}
	stored, err := st.backend.HeadObject(name, key)
	if err != nil {
		return err
	}
	v.id = stored.VersionID
	if v.etag == "" {
		v.etag = quote(hex.EncodeToString(stored.Hash))
	}
	st.appendLocked(b, key, v)
	return nil
}

// deleteLocked commits the absence of a key; of an absent key it commits nothing.
func (st *store) deleteLocked(b *bucket, name, key string) error {
	if b.current(key) == nil {
		return nil
	}
	if _, err := st.backend.DeleteObject(name, key); err != nil {
		return err
	}
	st.appendLocked(b, key, &value{deleted: true})
	return nil
}

func (st *store) appendLocked(b *bucket, key string, v *value) {
	st.commits++
	v.seq, v.at = st.commits, time.Now()
	b.values[key] = append(b.values[key], v)
}

// openLocked returns the content of a value from offset, length bytes long. What
// it returns stays readable after the lock is gone: the backend never changes
// content in place.
func (st *store) openLocked(bucket, key string, v *value, offset, length int64) (io.ReadCloser, error) {
	if length == 0 {
		return io.NopCloser(bytes.NewReader(nil)), nil
	}
	object, err := st.backend.GetObjectVersion(bucket, key, v.id, &gofakes3.ObjectRangeRequest{Start: offset, End: offset + length - 1})
	if err != nil {
		return nil, err
	}
	return object.Contents, nil
}

// contentLocked returns a copy of a value's content.
func (st *store) contentLocked(bucket, key string, v *value) ([]byte, error) {
	r, err := st.openLocked(bucket, key, v, 0, v.size)
	if err != nil {
		return nil, err
	}
	content := make([]byte, v.size)
	_, err = io.ReadFull(r, content)
	return content, errors.Join(err, r.Close())
}

// keysLocked lists the live keys of a bucket in the order of their bytes.
func (b *bucket) keysLocked() []string {
	keys := make([]string, 0, len(b.values))
	for key := range b.values {
		if b.current(key) != nil {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

func quote(s string) string { return `"` + s + `"` }

func md5ETag(content []byte) string {
	sum := md5.Sum(content)
	return quote(hex.EncodeToString(sum[:]))
}
