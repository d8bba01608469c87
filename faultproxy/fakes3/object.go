package fakes3

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// overrides are the query parameters that replace a header of the answer.
var overrides = map[string]string{
	"response-cache-control":       "Cache-Control",
	"response-content-disposition": "Content-Disposition",
	"response-content-encoding":    "Content-Encoding",
	"response-content-language":    "Content-Language",
	"response-content-type":        "Content-Type",
	"response-expires":             "Expires",
}

func (s *Server) putObject(w *response, r *request) error {
	if err := checkKey(r.key); err != nil {
		return err
	}
	if err := checkWriteHeaders(r.Header); err != nil {
		return err
	}
	if r.Header.Get("X-Amz-Write-Offset-Bytes") != "" {
		return failure(codeNotImplemented).with("Header", "x-amz-write-offset-bytes")
	}
	attrs, err := attributesOf(r.Header)
	if err != nil {
		return err
	}
	if err := s.store.has(r.bucket); err != nil {
		return err
	}
	body, err := readPayload(r, maxObjectSize)
	if err != nil {
		return err
	}
	attrs.checksum = body.checksum
	if attrs.checksum == nil { // S3 computes one of its own
		attrs.checksum = &checksum{algorithm: crc64NVME, sum: crc64NVME.sum(body.content), kind: typeFullObject}
	}
	v := &value{size: int64(len(body.content)), sha256: body.sha256, attrs: attrs}
	if err := s.store.put(r.bucket, r.key, bytes.NewReader(body.content), v, func(current *value) error {
		return checkWrite(r.Header, r.key, current)
	}); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Etag", v.etag)
	h.Set("X-Amz-Server-Side-Encryption", "AES256")
	attrs.checksum.write(h)
	w.WriteHeader(http.StatusOK)
	return nil
}

func (s *Server) getObject(w *response, r *request) error {
	content, err := s.answerObject(w, r)
	if err != nil {
		return err
	}
	_, _ = io.Copy(w, content) // the client may be gone
	return content.Close()
}

func (s *Server) headObject(w *response, r *request) error {
	content, err := s.answerObject(w, r)
	if err != nil {
		return err
	}
	return content.Close()
}

// answerObject writes the head of an answer to GET or HEAD and returns the
// content that a GET sends after it.
func (s *Server) answerObject(w *response, r *request) (io.ReadCloser, error) {
	v, part, content, err := s.store.read(r)
	if err != nil {
		return nil, err
	}
	h := w.Header()
	v.attrs.write(h)
	for parameter, header := range overrides {
		if text := r.query.Get(parameter); text != "" {
			h.Set(header, text)
		}
	}
	h.Set("Etag", v.etag)
	h.Set("Last-Modified", v.at.UTC().Format(http.TimeFormat))
	h.Set("Accept-Ranges", "bytes")
	part.write(h, v.size)
	if r.has("partNumber") && len(v.attrs.parts) > 0 {
		h.Set("X-Amz-Mp-Parts-Count", strconv.Itoa(len(v.attrs.parts)))
	}
	// A sum of the whole says nothing about a part: clients would compare it
	// with what they got and see corruption.
	if strings.EqualFold(r.Header.Get(headerChecksumMode), "ENABLED") && !part.partial {
		v.attrs.checksum.write(h)
	}
	if part.partial {
		w.WriteHeader(http.StatusPartialContent)
	} else {
		w.WriteHeader(http.StatusOK)
	}
	return content, nil
}

// put commits a value unless the precondition refuses.
func (st *store) put(bucket, key string, content io.Reader, v *value, precondition func(current *value) error) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	b := st.buckets[bucket]
	if b == nil {
		return noSuchBucket(bucket)
	}
	if err := precondition(b.current(key)); err != nil {
		return err
	}
	return st.putLocked(b, bucket, key, content, v)
}

// read returns the live value a request asks for, what of it, and its content.
func (st *store) read(r *request) (*value, span, io.ReadCloser, error) {
	st.mu.RLock()
	defer st.mu.RUnlock()
	v, err := st.findLocked(r.bucket, r.key)
	if err != nil {
		return nil, span{}, nil, err
	}
	if err := checkRead(r.Header, v); err != nil {
		return nil, span{}, nil, err
	}
	part, err := spanOf(r, v)
	if err != nil {
		return nil, span{}, nil, err
	}
	content, err := st.openLocked(r.bucket, r.key, v, part.offset, part.length)
	return v, part, content, err
}

func (s *Server) deleteObject(w *response, r *request) error {
	if err := s.store.delete(r.bucket, r.key, func(current *value) error {
		match := r.Header.Get("If-Match")
		if match == "" {
			return nil
		}
		return checkWrite(http.Header{"If-Match": {match}}, r.key, current)
	}); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// delete commits the absence of a key unless the precondition refuses.
func (st *store) delete(bucket, key string, precondition func(current *value) error) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	b := st.buckets[bucket]
	if b == nil {
		return noSuchBucket(bucket)
	}
	if err := precondition(b.current(key)); err != nil {
		return err
	}
	return st.deleteLocked(b, bucket, key)
}

func checkKey(key string) error {
	if len(key) > maxKeyLength {
		return failure(codeKeyTooLong).
			with("Size", strconv.Itoa(len(key))).
			with("MaxSizeAllowed", strconv.Itoa(maxKeyLength))
	}
	return nil
}

// isoTime is how S3 writes times in XML.
func isoTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
