package fakes3

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"maps"
	"slices"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sums"
)

// Object is the live value of a key.
type Object struct {
	Content  []byte
	ETag     string            // with its quotes, as in the header
	Metadata map[string]string // user metadata, lower case names without x-amz-meta-
	Header   map[string]string // Content-Type and its like, canonical names
	Modified time.Time
	Checksum string // as in the header x-amz-checksum-…, Base64; empty: the object has none
	// ChecksumAlgorithm is a name of S3, such as CRC32 or XXHASH64.
	ChecksumAlgorithm string
	ChecksumType      string // FULL_OBJECT or COMPOSITE
	// CustomerKeyMD5 is that of the customer's key (SSE-C), Base64; empty: the object has none.
	CustomerKeyMD5 string
	Parts          int     // parts of the upload that made it; 0: put in one piece
	PartSizes      []int64 // of these parts in their order, in bytes
	Tags           map[string]string
	// LockMode is GOVERNANCE or COMPLIANCE until LockUntil, or empty for no retention.
	LockMode  string
	LockUntil time.Time
	LegalHold bool
}

// Version is one committed state of a key: a value, or its deletion.
type Version struct {
	ID      string // as S3 names the version; "null" in a bucket without versioning
	Seq     int64  // place in the order of all commits of the server, from 1
	At      time.Time
	Deleted bool
	Size    int64  // in bytes
	SHA256  string // of the content, hex; empty for a deletion or discarded content
	ETag    string // with its quotes
	Content []byte // nil for a deletion or discarded content
	Upload  string // the multipart upload that made it, or empty
	// Gone says that S3 no longer has this version: it was deleted by its id, or replaced in a
	// bucket that keeps no versions.
	Gone bool
	// Uncovered says that no write made this state. The deletion of the newest version by its id
	// made an older version, or none, the current one again. The state has the ID of that version.
	Uncovered bool
}

// Upload is a multipart upload that was neither completed nor aborted.
type Upload struct {
	Key       string
	ID        string
	Initiated time.Time
	Parts     []Part // in order of their numbers
}

// Part is an uploaded part.
type Part struct {
	Number int
	Size   int64 // in bytes
	ETag   string
}

// Object returns a copy of the live value of a key, or false if the key has no value.
func (s *Server) Object(bucket, key string) (Object, bool) {
	o, ok := s.SharedObject(bucket, key)
	o.Content = bytes.Clone(o.Content)
	return o, ok
}

// SharedObject does what [Server.Object] does, but the content is the server's own memory. The
// caller must not change it.
func (s *Server) SharedObject(bucket, key string) (Object, bool) {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	_, v, err := s.store.findLocked(bucket, key, "")
	if err != nil {
		return Object{}, false
	}
	content, err := s.store.contentLocked(bucket, key, v)
	if err != nil {
		return Object{}, false
	}
	o := Object{
		Content: content.Bytes(), ETag: v.etag, Modified: v.at,
		Metadata: maps.Clone(v.attrs.Metadata), Header: maps.Clone(v.attrs.Header),
		Parts: len(v.attrs.Parts), Tags: make(map[string]string, len(v.tags)),
	}
	for _, tag := range v.tags {
		o.Tags[tag.Key] = tag.Value
	}
	for _, part := range v.attrs.Parts {
		o.PartSizes = append(o.PartSizes, part.Size)
	}
	o.CustomerKeyMD5 = v.attrs.Customer.MD5()
	o.LockMode, o.LockUntil, o.LegalHold = v.lock.Mode, v.lock.Until, v.lock.Hold == "ON"
	if c := v.attrs.Checksum; c != nil {
		o.Checksum, o.ChecksumAlgorithm, o.ChecksumType = c.String(), c.Algorithm.Name, c.Kind
	}
	return o, true
}

// Buckets returns the names of the buckets, sorted.
func (s *Server) Buckets() []string {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	return slices.Sorted(maps.Keys(s.store.buckets))
}

// Keys returns the live keys of a bucket in the order of their bytes; nil if there is no such
// bucket.
func (s *Server) Keys(bucket string) []string {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	if b := s.store.buckets[bucket]; b != nil {
		return b.keysLocked()
	}
	return nil
}

// Uploads returns the open multipart uploads of a bucket, by key and then by age.
func (s *Server) Uploads(bucket string) []Upload {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	b := s.store.buckets[bucket]
	if b == nil {
		return nil
	}
	var uploads []Upload
	for _, u := range b.uploadsLocked() {
		open := Upload{Key: u.key, ID: u.id, Initiated: u.initiated}
		for _, p := range u.sortedParts() {
			open.Parts = append(open.Parts, Part{Number: p.number, Size: p.size, ETag: p.etag})
		}
		uploads = append(uploads, open)
	}
	return uploads
}

// History returns a copy of every state that was ever committed to a key, deletions included, in
// the order of the commits. Deleting a key that has no value commits nothing. The history outlives
// the bucket.
func (s *Server) History(bucket, key string) []Version {
	versions := s.SharedHistory(bucket, key)
	for i := range versions {
		versions[i].Content = bytes.Clone(versions[i].Content)
	}
	return versions
}

// SharedHistory does what [Server.History] does, but the contents are the server's own memory. The
// caller must not change them.
func (s *Server) SharedHistory(bucket, key string) []Version {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	b := s.store.buckets[bucket]
	if b == nil {
		b = s.store.gone[bucket]
	}
	if b == nil {
		return nil
	}
	var versions []Version
	for _, v := range b.values[key] {
		version := Version{
			ID: v.version, Seq: v.seq, At: v.at, Deleted: v.deleted, Size: v.size, ETag: v.etag, Upload: v.upload,
			Gone: v.gone, Uncovered: v.uncovered,
		}
		if content, err := s.store.contentLocked(bucket, key, v); err == nil && !v.deleted {
			version.Content, version.SHA256 = content.Bytes(), hex.EncodeToString(content.Sum(sumSHA256))
		}
		versions = append(versions, version)
	}
	return versions
}

// Verify returns an error if a caller has changed a content that the server shares: one of
// [Server.SharedObject], [Server.SharedHistory] or [NewContent].
func (s *Server) Verify() error { return s.store.backend.Verify() }

// sumSHA256 is the algorithm of Version.SHA256.
var sumSHA256 = sums.Named("SHA256")

// Commits returns the number of states that were ever committed, to all keys. It is the Seq of the
// latest one.
func (s *Server) Commits() int64 {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	return s.store.commits
}

// Touched returns every key of a bucket that ever had a value, in the order of their bytes. Some of
// them may have been deleted since.
func (s *Server) Touched(bucket string) []string {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	b := cmp.Or(s.store.buckets[bucket], s.store.gone[bucket])
	if b == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(b.values))
}
