package fakes3

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/attribute"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/checksum"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/lock"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/storage"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sums"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/tagging"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/unsupported"
)

// This file stores objects without a request, for tests that begin with a bucket that is not empty.

// CreateBucket makes an empty bucket. A bucket that exists stays as it is. The only error is a name
// that S3 does not allow.
func (s *Server) CreateBucket(name string) error {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	_, err := s.store.ensureLocked(name)
	return err
}

// ensureLocked returns the bucket, and makes it if it is missing.
func (st *store) ensureLocked(name string) (*bucket, error) {
	if b := st.buckets[name]; b != nil {
		return b, nil
	}
	return st.createBucketLocked(name)
}

// Put stores content under a key. It makes the bucket if the bucket is missing. The history has the
// same commit as for a PutObject. It returns an error for a bucket name that S3 does not allow and
// a key above 1,024 bytes. [Server.Seed] also stores attributes, parts and versions.
func (s *Server) Put(bucket, key string, content []byte) error {
	return s.Seed(bucket, key, Seed{Content: content})
}

// NoChecksum as the Checksum of a [Seed] makes an object without a checksum, like those that
// clients stored before S3 computed one for every object.
const NoChecksum = "NONE"

// Seed is an object, or one version of it, for [Server.Seed]. The zero value is an empty object
// with the attributes that S3 gives to a plain PutObject.
type Seed struct {
	Content []byte
	// Shared is the content instead of Content, if it is not nil. The server neither copies it nor
	// computes its checksums again.
	Shared *Content
	// Deleted stores a delete marker, or in a bucket without versions deletes the object. All other
	// fields have no effect then.
	Deleted bool

	// Header holds what S3 keeps of an upload's headers: Content-Type, Content-Encoding,
	// Content-Language, Content-Disposition, Cache-Control, Expires, X-Amz-Storage-Class and
	// X-Amz-Website-Redirect-Location. Names may have any case; another header is an error.
	Header map[string]string
	// Metadata is the user metadata, without x-amz-meta- in its names. S3 keeps at most 2 KiB.
	Metadata map[string]string
	// Tags are the tags of the object, at most 10.
	Tags map[string]string

	// Checksum is the algorithm of the checksum, by its name in S3 and in any case, such as SHA256,
	// or [NoChecksum]. Empty: CRC64NVME, which S3 computes itself.
	Checksum string
	// ChecksumType is FULL_OBJECT or COMPOSITE. Only an object in parts can have a composite
	// checksum. Empty: the type that S3 gives by default.
	ChecksumType string
	// Parts are the sizes in bytes of the parts of the multipart upload that the object came from.
	// Their sum must be the size of Content, and no part has a least size. Nil: the object was put
	// in one piece.
	Parts []int64

	// LockMode is GOVERNANCE or COMPLIANCE, with LockUntil the end of the retention, or empty for
	// no retention. LegalHold adds a legal hold. The bucket needs Object Lock for any of them.
	LockMode  string
	LockUntil time.Time
	LegalHold bool
}

// Seed stores an object or a delete marker as the newest version of a key. It makes the bucket if
// the bucket is missing. The history has the same commit as for a request. The error is the refusal
// that S3 has for such an upload, or says which field of the seed is wrong.
func (s *Server) Seed(bucket, key string, o Seed) error {
	if key == "" {
		return fmt.Errorf("put into %s: empty key", bucket)
	}
	if err := checkKey(key); err != nil {
		return err
	}
	v, content, err := o.value()
	if err != nil {
		return err
	}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	b, err := s.store.ensureLocked(bucket)
	switch {
	case err != nil:
		return err
	case o.Deleted:
		_, err := s.store.deleteLocked(b, bucket, key, "")
		return err
	case v.lock.Given() && !b.locks:
		return missingLock()
	}
	return s.store.putLocked(b, bucket, key, content, v)
}

// A Content is bytes that never change, with their checksums, each computed once. Servers can share
// it: see [NewContent] and [Seed].
type Content = storage.Content

// NewContent returns the Content of these bytes. The caller must not change them later.
func NewContent(content []byte) *Content { return storage.New(content) }

// content returns the content that the server keeps.
func (o *Seed) content() *Content {
	if o.Shared != nil {
		return o.Shared
	}
	return storage.New(bytes.Clone(o.Content))
}

// wholeSum returns the checksum of a content.
func wholeSum(a *sums.Algorithm, content *Content) *checksum.Checksum {
	return &checksum.Checksum{Algorithm: a, Sum: content.Sum(a), Kind: checksum.FullObject}
}

// value returns the value of a seed, and its content for the store.
func (o *Seed) value() (*value, io.Reader, error) {
	attrs, err := o.attributes()
	if err != nil {
		return nil, nil, err
	}
	var tags []tagging.Tag
	for _, name := range slices.Sorted(maps.Keys(o.Tags)) {
		tags = append(tags, tagging.Tag{Key: name, Value: o.Tags[name]})
	}
	if err := tagging.CheckObject(tags); err != nil {
		return nil, nil, err
	}
	locked, err := lock.New(o.LockMode, o.LockUntil, o.LegalHold)
	if err != nil {
		return nil, nil, err
	}
	algorithm, kind, err := o.plan()
	if err != nil {
		return nil, nil, err
	}
	if o.Parts != nil {
		u := &upload{attrs: attrs, tags: tags, lock: locked, algorithm: algorithm, kind: kind}
		return o.assemble(u)
	}
	content := o.content()
	v := &value{size: int64(len(content.Bytes())), attrs: attrs, tags: tags, lock: locked}
	if o.Checksum != NoChecksum {
		attrs.Checksum = wholeSum(cmp.Or(algorithm, sums.CRC64NVME), content)
	}
	return v, content.Open(), nil
}

// attributes reads the headers and the metadata as those of an upload.
func (o *Seed) attributes() (*attribute.Set, error) {
	h := http.Header{}
	for name, text := range o.Header {
		name = http.CanonicalHeaderKey(name)
		if !attribute.Kept(name) {
			return nil, fmt.Errorf("header %s: S3 does not keep it with an object", name)
		}
		h.Set(name, text)
	}
	for name, text := range o.Metadata {
		h.Set(attribute.MetadataPrefix+name, text)
	}
	for _, check := range []func(http.Header) error{unsupported.StorageClass, unsupported.Redirect} {
		if err := check(h); err != nil {
			return nil, err
		}
	}
	return attribute.FromHeaders(h)
}

// plan returns algorithm and type of the checksum, as of a request that asks for them. The
// algorithm is nil if the request asks for none.
func (o *Seed) plan() (*sums.Algorithm, string, error) {
	if o.Checksum == NoChecksum {
		if o.ChecksumType != "" {
			return nil, "", fmt.Errorf("checksum type %s: the object has no checksum", o.ChecksumType)
		}
		return nil, checksum.FullObject, nil
	}
	if o.Parts != nil {
		return checksum.PlanOf(o.Checksum, o.ChecksumType)
	}
	if o.ChecksumType != "" && o.ChecksumType != checksum.FullObject { // every algorithm can cover one piece
		return nil, "", fmt.Errorf("checksum type %s: want %s, or an object in parts", o.ChecksumType,
			checksum.FullObject)
	}
	return checksum.PlanOf(o.Checksum, "")
}

// assemble cuts the content into the parts of an upload, and completes the upload.
func (o *Seed) assemble(u *upload) (*value, io.Reader, error) {
	var parts []*part
	rest := o.Content
	if o.Shared != nil {
		rest = o.Shared.Bytes()
	}
	for i, size := range o.Parts {
		if size < 0 || size > int64(len(rest)) {
			return nil, nil, fmt.Errorf("part %d has %d bytes: want 0 to %d", i+1, size, len(rest))
		}
		p := &part{number: i + 1, content: rest[:size], size: size, etag: md5ETag(rest[:size])}
		rest = rest[size:]
		if u.algorithm != nil {
			p.checksum = checksum.Of(u.algorithm, p.content)
		}
		parts = append(parts, p)
	}
	if len(parts) == 0 || len(rest) > 0 {
		return nil, nil, fmt.Errorf("%d parts leave %d bytes of the content: want all of it in one part or more",
			len(parts), len(rest))
	}
	v, content, err := u.assemble(parts, http.Header{})
	if err == nil && o.Checksum == NoChecksum {
		v.attrs.Checksum = nil
	}
	return v, content, err
}

// BucketSettings are the settings of a bucket for [Server.Configure].
type BucketSettings struct {
	// Versioning is Enabled or Suspended. Empty: it stays as it is.
	Versioning string
	// ObjectLock switches Object Lock on, and versioning with it, for good.
	ObjectLock bool
	// LockMode is the retention that new versions get, GOVERNANCE or COMPLIANCE, for LockDays days.
	// Empty: none. It needs ObjectLock.
	LockMode string
	LockDays int
}

// Configure makes the bucket if it is missing, and changes its settings. The error is the refusal
// that S3 has for such a change.
func (s *Server) Configure(bucket string, settings BucketSettings) error {
	rule, err := lock.NewRule(settings.LockMode, settings.LockDays)
	if err != nil {
		return err
	}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	b, err := s.store.ensureLocked(bucket)
	if err != nil {
		return err
	}
	if settings.ObjectLock {
		b.locks, b.versioning = true, versioningEnabled
	}
	if settings.LockMode != "" {
		if !b.locks {
			return missingLock()
		}
		b.rule = rule
	}
	if settings.Versioning == "" {
		return nil
	}
	return b.setVersioning(settings.Versioning)
}
