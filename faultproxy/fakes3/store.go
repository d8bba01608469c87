package fakes3

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/johannesboyne/gofakes3"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/attribute"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/condition"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/lock"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/storage"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/tagging"
)

// store is the state of the server. The backend has the content, with a backend version for each
// value of a key. The store has the rest: a backend of gofakes3 would copy metadata from an
// overwritten object, and knows neither checksums nor the entity tags of multipart uploads.
//
// A commit holds the lock over precondition, content and history. The server never holds the lock
// while it reads or writes a body.
type store struct {
	mu       sync.RWMutex
	backend  *storage.Storage
	buckets  map[string]*bucket
	gone     map[string]*bucket // deleted buckets, for their history
	commits  int64
	uploads  int64
	discards bool
	now      func() time.Time
}

type bucket struct {
	created    time.Time
	versioning string        // versioningEnabled, versioningSuspended, or empty: never enabled
	tags       []tagging.Tag // nil: no tag set
	locks      bool          // Object Lock is on: S3 cannot turn it off again
	rule       lock.Rule
	values     map[string][]*value // the commits of each key, oldest first
	index      []string            // the keys that have a version, sorted
	uploads    map[string]*upload
	completed  map[string]*completion
}

// value is one committed state of a key: an object version or a delete marker. Only the fields
// below the lock's comment change after the commit.
type value struct {
	id      gofakes3.VersionID // of the content in the backend
	version string             // as S3 names it: nullVersion or an id
	seq     int64
	at      time.Time
	deleted bool
	size    int64
	etag    string
	attrs   *attribute.Set
	upload  string
	// uncovered says that the state is no version: the deletion of a newer one brought it back.
	uncovered bool

	// Guarded by the store's lock.
	tags []tagging.Tag
	lock lock.State
	gone bool // replaced, or deleted by its id: it stays for the history only
	pins int  // how many parts of open uploads read this content
}

// state is what preconditions ask about; nil for a nil value.
func (v *value) state() *condition.State {
	if v == nil {
		return nil
	}
	return &condition.State{ETag: v.etag, Modified: v.at, Size: v.size}
}

func newStore(discards bool, now func() time.Time) *store {
	return &store{
		backend:  new(storage.Storage),
		buckets:  make(map[string]*bucket),
		gone:     make(map[string]*bucket),
		discards: discards,
		now:      now,
	}
}

// createBucketLocked makes a bucket. The backend keeps every value, so that neither history nor
// versions cost a second copy; dropLocked removes what is discarded. A deleted bucket of the same
// name comes back with its history.
func (st *store) createBucketLocked(name string) (*bucket, error) {
	b := st.gone[name]
	if b == nil {
		if err := gofakes3.ValidateBucketName(name); err != nil {
			return nil, s3err.New(s3err.InvalidBucketName).With("BucketName", name)
		}
		if err := st.backend.CreateBucket(name); err != nil {
			return nil, err
		}
		b = &bucket{values: make(map[string][]*value)}
	}
	delete(st.gone, name)
	b.created, b.versioning, b.tags = st.now(), "", nil
	b.locks, b.rule = false, lock.Rule{}
	b.uploads = make(map[string]*upload)
	b.completed = make(map[string]*completion)
	st.buckets[name] = b
	return b, nil
}

// latest is the newest version of a key, which may be a delete marker, or nil.
func (b *bucket) latest(key string) *value {
	for _, v := range slices.Backward(b.values[key]) {
		if !v.gone {
			return v
		}
	}
	return nil
}

// current is the live value of a key, or nil.
func (b *bucket) current(key string) *value {
	if v := b.latest(key); v != nil && !v.deleted {
		return v
	}
	return nil
}

// has returns an error unless the bucket exists.
func (st *store) has(bucket string) error {
	if !st.holds(bucket) {
		return noSuchBucket(bucket)
	}
	return nil
}

// holds reports whether the bucket exists.
func (st *store) holds(bucket string) bool {
	st.mu.RLock()
	defer st.mu.RUnlock()
	return st.buckets[bucket] != nil
}

// putLocked commits v, whose content is read from r, as the new value of a key. An empty entity tag
// becomes the MD5 of the content, computed by the backend.
func (st *store) putLocked(b *bucket, name, key string, r io.Reader, v *value) error {
	put, err := st.backend.PutObject(name, key, nil, r, v.size, nil)
	if err != nil {
		return err
	}
	v.id = put.VersionID
	if !v.lock.Given() {
		v.lock = b.rule.State(st.now())
	}
	if v.etag == "" {
		stored, err := st.backend.HeadObject(name, key)
		if err != nil {
			return err
		}
		v.etag = quote(hex.EncodeToString(stored.Hash))
	}
	return st.commitLocked(b, name, key, v)
}

// commitLocked makes v the newest version of a key. In a bucket that does not version its objects v
// replaces what was there.
func (st *store) commitLocked(b *bucket, name, key string, v *value) error {
	v.version = nullVersion
	if b.versioning == versioningEnabled {
		v.version = newVersionID(name, key, len(b.values[key]))
	}
	replaced := b.version(key, v.version)
	st.appendLocked(b, key, v)
	if i, found := slices.BinarySearch(b.index, key); !found {
		b.index = slices.Insert(b.index, i, key)
	}
	if replaced == nil {
		return nil
	}
	return st.retireLocked(b, name, key, replaced)
}

// appendLocked adds a state to the history of a key.
func (st *store) appendLocked(b *bucket, key string, v *value) {
	st.commits++
	v.seq, v.at = st.commits, st.now()
	b.values[key] = append(b.values[key], v)
}

// retireLocked removes a version from its object. The history keeps it.
func (st *store) retireLocked(b *bucket, name, key string, v *value) error {
	v.gone = true
	if i, found := slices.BinarySearch(b.index, key); found && b.latest(key) == nil {
		b.index = slices.Delete(b.index, i, i+1)
	}
	return st.dropLocked(name, key, v)
}

// dropLocked frees the memory of a content that is no longer needed. The backend must hold a newer
// state of the key.
func (st *store) dropLocked(name, key string, v *value) error {
	if !st.discards || !v.gone || v.pins > 0 || v.id == "" {
		return nil
	}
	_, err := st.backend.DeleteObjectVersion(name, key, v.id)
	return err
}

// openLocked returns the content of a value from offset, length bytes long. The caller may read it
// without the lock: the backend never changes content in place.
func (st *store) openLocked(bucket, key string, v *value, offset, length int64) (io.ReadCloser, error) {
	if length == 0 {
		return io.NopCloser(bytes.NewReader(nil)), nil
	}
	object, err := st.backend.GetObjectVersion(bucket, key, v.id,
		&gofakes3.ObjectRangeRequest{Start: offset, End: offset + length - 1})
	if err != nil {
		return nil, err
	}
	return object.Contents, nil
}

// contentLocked returns a value's content.
func (st *store) contentLocked(bucket, key string, v *value) (*storage.Content, error) {
	if v.size == 0 {
		return storage.New([]byte{}), nil
	}
	r, err := st.openLocked(bucket, key, v, 0, v.size)
	if err != nil {
		return nil, err
	}
	whole, ok := r.(*storage.Reader)
	if !ok {
		return nil, errors.Join(errPartly, r.Close())
	}
	return whole.Content(), nil
}

// errPartly means that the storage has more bytes of a value than the store.
var errPartly = errors.New("the storage has another size")

// keysLocked lists the live keys of a bucket in the order of their bytes.
func (b *bucket) keysLocked() []string {
	keys := make([]string, 0, len(b.index))
	for _, key := range b.index {
		if b.current(key) != nil {
			keys = append(keys, key)
		}
	}
	return keys
}

func quote(s string) string { return `"` + s + `"` }

func md5ETag(content []byte) string {
	sum := md5.Sum(content)
	return quote(hex.EncodeToString(sum[:]))
}
