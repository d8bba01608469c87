package fakes3

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/attribute"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/checksum"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/condition"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/lock"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/span"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sums"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/tagging"
)

// upload is an open multipart upload.
type upload struct {
	id, key   string
	ordinal   int64
	initiated time.Time
	attrs     *attribute.Set
	tags      []tagging.Tag
	lock      lock.State
	algorithm *sums.Algorithm // nil: the client asked for none
	kind      string          // checksum.FullObject or checksum.Composite
	parts     map[int]*part
}

// part is an uploaded part. It never changes: a new upload replaces it. A copied part has no
// content of its own. It reads a span of its source, which stays pinned until the upload ends.
type part struct {
	number   int
	content  []byte
	from     *source // the source of a copied part; nil: the part has content
	size     int64
	etag     string
	checksum *checksum.Checksum // nil: the client neither gave one nor asked for one
	at       time.Time
}

// uploadsLocked returns the open uploads by key and age.
func (b *bucket) uploadsLocked() []*upload {
	return slices.SortedFunc(maps.Values(b.uploads), func(x, y *upload) int {
		return cmp.Or(strings.Compare(x.key, y.key), cmp.Compare(x.ordinal, y.ordinal))
	})
}

func (u *upload) sortedParts() []*part {
	return slices.SortedFunc(maps.Values(u.parts), func(x, y *part) int { return cmp.Compare(x.number, y.number) })
}

// uploadLocked finds the open upload of a request. It returns the bucket even if the bucket has no
// such upload.
func (st *store) uploadLocked(r *request) (*bucket, *upload, error) {
	b := st.buckets[r.bucket]
	if b == nil {
		return nil, nil, noSuchBucket(r.bucket)
	}
	id := r.query.Get("uploadId")
	u := b.uploads[id]
	if u == nil || u.key != r.key {
		return b, nil, s3err.New(s3err.NoSuchUpload).With("UploadId", id)
	}
	return b, u, nil
}

func (s *Server) createUpload(w *response, r *request) error {
	if err := checkKey(r.key); err != nil {
		return err
	}
	attrs, err := attribute.FromHeaders(r.Header)
	if err != nil {
		return err
	}
	u := &upload{key: r.key, attrs: attrs, parts: make(map[int]*part), initiated: s.now()}
	if u.tags, err = tagging.FromHeader(r.Header); err != nil {
		return err
	}
	if u.algorithm, u.kind, err = checksum.Plan(r.Header); err != nil {
		return err
	}
	if _, err := readPayload(r, maxDocument); err != nil {
		return err
	}
	if u.lock, err = s.store.lockFor(r); err != nil {
		return err
	}
	if err := s.store.open(r.bucket, u); err != nil {
		return err
	}
	if u.algorithm != nil {
		w.Header().Set(checksum.HeaderAlgorithm, u.algorithm.Name)
		w.Header().Set(checksum.HeaderType, u.kind)
	}
	u.attrs.Customer.Write(w.Header())
	return writeXML(w, struct {
		XMLName  xml.Name `xml:"InitiateMultipartUploadResult"`
		Xmlns    string   `xml:"xmlns,attr"`
		Bucket   string   `xml:"Bucket"`
		Key      string   `xml:"Key"`
		UploadID string   `xml:"UploadId"`
	}{Xmlns: namespace, Bucket: r.bucket, Key: r.key, UploadID: u.id})
}

// open gives an upload its id and adds it to the bucket.
func (st *store) open(bucket string, u *upload) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	b := st.buckets[bucket]
	if b == nil {
		return noSuchBucket(bucket)
	}
	st.uploads++
	u.ordinal = st.uploads
	u.id = fmt.Sprintf("upload-%06d", u.ordinal)
	b.uploads[u.id] = u
	return nil
}

func (s *Server) uploadPart(w *response, r *request) error {
	number, err := span.PartNumber(r.query.Get("partNumber"))
	if err != nil {
		return err
	}
	s.store.mu.RLock()
	_, _, err = s.store.uploadLocked(r)
	s.store.mu.RUnlock()
	if err != nil {
		return err
	}
	if err := r.checkLength(); err != nil {
		return err
	}
	body, err := readPayload(r, maxObjectSize, func(a *sums.Algorithm) error {
		return s.store.checkAlgorithm(r, a)
	})
	if err != nil {
		return err
	}
	p := &part{
		number: number, content: body.content, size: int64(len(body.content)),
		etag: md5ETag(body.content), checksum: body.checksum,
	}
	key, err := s.store.addPart(r, p)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Etag", p.etag)
	key.Write(h)
	if p.checksum != nil {
		h.Set(p.checksum.Algorithm.Header, p.checksum.String())
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// addPart commits a part, unless its upload ended while the part was on its way. It returns the key
// of the upload.
func (st *store) addPart(r *request, p *part) (*attribute.CustomerKey, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	_, u, err := st.uploadLocked(r)
	if err != nil {
		return nil, err
	}
	given, err := attribute.CustomerKeyOf(r.Header, attribute.OfCustomer)
	if err != nil {
		return nil, err
	}
	key := u.attrs.Customer
	if err := key.CheckPart(given); err != nil {
		return nil, err
	}
	if key != nil {
		if p.etag, err = key.ETag(p.open()); err != nil {
			return nil, err
		}
	}
	if err := u.checkPart(p); err != nil {
		return nil, err
	}
	p.at = st.now()
	replaced := u.parts[p.number]
	u.parts[p.number] = p
	return key, st.unpinLocked(replaced)
}

// checkPart compares the checksum of a part with the algorithm of its upload. If the checksum of
// the object covers the content, S3 computes a checksum that the client left out.
func (u *upload) checkPart(p *part) error {
	if u.algorithm == nil {
		return nil
	}
	if p.checksum == nil && (u.kind == checksum.FullObject || p.from != nil) {
		var err error
		p.checksum, err = checksum.OfReader(u.algorithm, p.open())
		return err
	}
	if p.checksum == nil {
		return u.mismatch("null")
	}
	return u.checkAlgorithm(p.checksum.Algorithm)
}

// checkAlgorithm refuses a part whose sum is of another algorithm than its upload announced.
func (u *upload) checkAlgorithm(a *sums.Algorithm) error {
	if u.algorithm == nil || u.algorithm == a {
		return nil
	}
	return u.mismatch(strings.ToLower(a.Name))
}

// checkAlgorithm checks an algorithm against the open upload of a request. It ignores an upload
// that has ended: the commit of the part returns that error.
func (st *store) checkAlgorithm(r *request, a *sums.Algorithm) error {
	st.mu.RLock()
	defer st.mu.RUnlock()
	if _, u, err := st.uploadLocked(r); err == nil {
		return u.checkAlgorithm(a)
	}
	return nil
}

// mismatch is the error of a part that does not have the sum that its upload announced.
func (u *upload) mismatch(given string) error {
	return s3err.Errorf(s3err.InvalidRequest, "Checksum Type mismatch occurred, expected checksum Type: %s, "+
		"actual checksum Type: %s", strings.ToLower(u.algorithm.Name), given)
}

// open reads the content of a part from its start.
func (p *part) open() io.Reader {
	if p.from != nil {
		return p.from.open()
	}
	return bytes.NewReader(p.content)
}

// unpinLocked removes the pin from the content that a copied part reads. A nil part has no pin.
func (st *store) unpinLocked(p *part) error {
	if p == nil || p.from == nil {
		return nil
	}
	p.from.value.pins--
	return st.dropLocked(p.from.bucket, p.from.key, p.from.value)
}

// endLocked forgets an upload and its parts.
func (st *store) endLocked(b *bucket, u *upload) error {
	delete(b.uploads, u.id)
	var errs []error
	for _, p := range u.parts {
		errs = append(errs, st.unpinLocked(p))
	}
	return errors.Join(errs...)
}

func (s *Server) abortUpload(w *response, r *request) error {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	b, u, err := s.store.uploadLocked(r)
	if err != nil {
		return err
	}
	if err := condition.Abort(r.Header, u.initiated); err != nil {
		return err
	}
	if err := s.store.endLocked(b, u); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
