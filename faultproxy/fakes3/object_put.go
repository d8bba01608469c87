package fakes3

import (
	"io"
	"net/http"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/attribute"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/condition"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/lock"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/storage"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sums"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/tagging"
)

// This file serves PutObject.

func (s *Server) putObject(w *response, r *request) error {
	if err := checkKey(r.key); err != nil {
		return err
	}
	if err := condition.CheckWrite(r.Header); err != nil {
		return err
	}
	if r.Header.Get("X-Amz-Write-Offset-Bytes") != "" {
		return s3err.New(s3err.NotImplemented).With("Header", "x-amz-write-offset-bytes")
	}
	attrs, err := attribute.FromHeaders(r.Header)
	if err != nil {
		return err
	}
	tags, err := tagging.FromHeader(r.Header)
	if err != nil {
		return err
	}
	if err := s.store.has(r.bucket); err != nil {
		return err
	}
	locked, err := s.store.lockFor(r)
	if err != nil {
		return err
	}
	if err := r.checkLength(); err != nil {
		return err
	}
	body, err := readPayload(r, maxObjectSize)
	if err != nil {
		return err
	}
	v, versionID, err := s.commit(r, attrs, tags, locked, body)
	if err != nil {
		return err
	}
	v.writeStored(w.Header(), versionID)
	w.WriteHeader(http.StatusOK)
	return nil
}

// commit stores the body of an upload in one piece, and returns the id of the version as the
// response shows it.
func (s *Server) commit(r *request, attrs *attribute.Set, tags []tagging.Tag, locked lock.State, body *payload,
) (*value, string, error) {
	content := storage.New(body.content)
	if body.sha256 != nil {
		content.Know(sumSHA256, body.sha256[:])
	}
	attrs.Checksum = body.checksum
	if attrs.Checksum == nil { // S3 computes a checksum itself
		attrs.Checksum = wholeSum(sums.CRC64NVME, content)
	}
	v := &value{size: int64(len(body.content)), attrs: attrs, tags: tags, lock: locked}
	if err := v.encrypt(content.Open()); err != nil {
		return nil, "", err
	}
	versionID, err := s.store.put(r.bucket, r.key, content.Open(), v, func(current *value) error {
		return condition.Write(r.Header, r.key, current.state())
	})
	return v, versionID, err
}

// writeStored describes a stored object in the headers of the response to its upload.
func (v *value) writeStored(h http.Header, versionID string) {
	setVersion(h, versionID)
	h.Set("Etag", v.etag)
	v.attrs.Customer.Write(h)
	v.attrs.Checksum.Write(h)
}

// encrypt gives the value the ETag of an object that is encrypted with a key of the customer.
func (v *value) encrypt(content io.Reader) (err error) {
	if v.attrs.Customer != nil {
		v.etag, err = v.attrs.Customer.ETag(content)
	}
	return err
}

// put commits a value unless the precondition refuses, and returns the version id that the response
// shows.
func (st *store) put(bucket, key string, content io.Reader, v *value, precondition func(current *value) error,
) (string, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	b := st.buckets[bucket]
	if b == nil {
		return "", noSuchBucket(bucket)
	}
	if err := precondition(b.current(key)); err != nil {
		return "", err
	}
	err := st.putLocked(b, bucket, key, content, v)
	return b.shownVersion(v), err
}

// checkLength refuses an upload without Content-Length. It allows one that did not come over a
// connection.
func (r *request) checkLength() error {
	if r.Context().Value(http.ServerContextKey) == nil { // the request did not come over a connection
		return nil
	}
	if r.ContentLength == 0 && r.Header.Get("Content-Length") == "" {
		return s3err.New(s3err.MissingContentLength)
	}
	return nil
}
