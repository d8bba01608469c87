package fakes3

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/checksum"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/condition"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/lock"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/span"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sums"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/tagging"
)

// overrides are the query parameters that replace a header of the response.
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
	if err := condition.CheckWrite(r.Header); err != nil {
		return err
	}
	if r.Header.Get("X-Amz-Write-Offset-Bytes") != "" {
		return s3err.New(s3err.NotImplemented).With("Header", "x-amz-write-offset-bytes")
	}
	attrs, err := attributesOf(r.Header)
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
	v, shown, err := s.commit(r, attrs, tags, locked, body)
	if err != nil {
		return err
	}
	v.writeStored(w.Header(), shown)
	w.WriteHeader(http.StatusOK)
	return nil
}

// commit stores the body of an upload in one piece, and returns the id of the version as the
// response shows it.
func (s *Server) commit(r *request, attrs *attributes, tags []tagging.Tag, locked lock.State, body *payload,
) (*value, string, error) {
	attrs.checksum = body.checksum
	if attrs.checksum == nil { // S3 computes a checksum itself
		sum := sums.CRC64NVME.Sum(body.content)
		attrs.checksum = &checksum.Checksum{Algorithm: sums.CRC64NVME, Sum: sum, Kind: checksum.FullObject}
	}
	v := &value{size: int64(len(body.content)), sha256: body.sha256, attrs: attrs, tags: tags, lock: locked}
	shown, err := s.store.put(r.bucket, r.key, bytes.NewReader(body.content), v, func(current *value) error {
		return condition.Write(r.Header, r.key, current.state())
	})
	return v, shown, err
}

// writeStored describes a stored object in the headers of the response to its upload.
func (v *value) writeStored(h http.Header, shown string) {
	setVersion(h, shown)
	h.Set("Etag", v.etag)
	h.Set("X-Amz-Server-Side-Encryption", "AES256")
	v.attrs.checksum.Write(h)
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

// answerObject writes the headers of a response to GET or HEAD, and returns the content for the
// body of a GET.
func (s *Server) answerObject(w *response, r *request) (io.ReadCloser, error) {
	if r.has("partNumber") { // S3 refuses a wrong number before it looks for the key
		if _, err := span.PartNumber(r.query.Get("partNumber")); err != nil {
			return nil, err
		}
	}
	v, part, content, err := s.store.read(w.Header(), r)
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
	part.Write(h, v.size)
	if r.has("partNumber") && len(v.attrs.parts) > 0 {
		h.Set("X-Amz-Mp-Parts-Count", strconv.Itoa(len(v.attrs.parts)))
	}
	// The sum must be that of the sent bytes: a client compares them and reports a difference as
	// corruption.
	if strings.EqualFold(r.Header.Get(checksum.HeaderMode), "ENABLED") && part.Checksum != nil {
		part.Checksum.Write(h)
		h.Set(checksum.HeaderType, v.attrs.checksum.Kind)
	}
	if part.Partial {
		w.WriteHeader(http.StatusPartialContent)
	} else {
		w.WriteHeader(http.StatusOK)
	}
	return content, nil
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

// setVersion tells the client which version a response is about.
func setVersion(h http.Header, shown string) {
	if shown != "" {
		h.Set(headerVersionID, shown)
	}
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

// read returns the value that a request asks for, the span of it, and the content of the span. It
// writes into h what may change after the commit of the value: tags and lock.
func (st *store) read(h http.Header, r *request) (*value, span.Span, io.ReadCloser, error) {
	st.mu.RLock()
	defer st.mu.RUnlock()
	b, v, err := st.findLocked(r.bucket, r.key, r.versionID())
	if err != nil {
		return nil, span.Span{}, nil, err
	}
	setVersion(h, b.shownVersion(v))
	tagging.WriteCount(h, v.tags)
	v.lock.Write(h)
	if err := condition.Read(r.Header, v.state()); err != nil {
		return nil, span.Span{}, nil, err
	}
	if r.Method == http.MethodGet && v.attrs.archived() {
		return nil, span.Span{}, nil, s3err.New(s3err.InvalidObjectState).With("StorageClass", v.attrs.storageClass())
	}
	part, err := spanOf(r, v)
	if err != nil {
		return nil, span.Span{}, nil, err
	}
	content, err := st.openLocked(r.bucket, r.key, v, part.Offset, part.Length)
	return v, part, content, err
}

// spanOf is the span of a value that the headers or the part number of a request ask for.
func spanOf(r *request, v *value) (span.Span, error) {
	whole := span.Whole{Size: v.size, Checksum: v.attrs.checksum, Parts: v.attrs.parts}
	text := r.Header.Get("Range")
	if !condition.RangeHolds(r.Header, v.state()) {
		text = ""
	}
	if !r.has("partNumber") {
		return span.Of(text, whole)
	}
	number, err := span.PartNumber(r.query.Get("partNumber"))
	switch {
	case err != nil:
		return span.Span{}, err
	case text != "":
		return span.Span{}, s3err.Errorf(s3err.InvalidRequest,
			"Cannot specify both Range header and partNumber query parameter")
	}
	return span.OfPart(number, whole)
}

func (s *Server) deleteObject(w *response, r *request) error {
	done, err := s.store.delete(r.bucket, r.key, r.versionID(), lock.Bypass(r.Header), func(current *value) error {
		return condition.Delete(r.Header, r.key, current.state())
	})
	if err != nil {
		return err
	}
	done.write(w.Header())
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// delete deletes a key, or a version of it, unless the precondition or the version's lock refuses.
// A bypass overrides locks in governance mode.
func (st *store) delete(bucket, key, id string, bypass bool, precondition func(current *value) error,
) (deletion, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	b := st.buckets[bucket]
	if b == nil {
		return deletion{}, noSuchBucket(bucket)
	}
	current := b.current(key)
	if id != "" {
		current = b.version(key, id)
	}
	if err := precondition(current); err != nil {
		return deletion{}, err
	}
	if id != "" && current != nil {
		if err := current.lock.CheckDelete(bypass, st.now()); err != nil {
			return deletion{}, err
		}
	}
	return st.deleteLocked(b, bucket, key, id)
}

func checkKey(key string) error {
	if len(key) > maxKeyLength {
		return s3err.New(s3err.KeyTooLongError).
			With("Size", strconv.Itoa(len(key))).
			With("MaxSizeAllowed", strconv.Itoa(maxKeyLength))
	}
	return checkPath(key)
}

// checkPath refuses a key whose elements ".." lead out of the bucket: read from left to right, it
// has more of them than of other elements at some place. S3 refuses such a key in every request,
// before it looks at anything else.
func checkPath(key string) error {
	depth := 0
	for element := range strings.SplitSeq(key, "/") {
		switch element {
		case "", ".":
		case "..":
			depth--
		default:
			depth++
		}
		if depth < 0 {
			e := s3err.Errorf(s3err.BadRequest, "key %q: its elements .. lead out of the bucket", key)
			e.NoBody = true
			return e
		}
	}
	return nil
}

// isoTime is how S3 writes times in XML: with milliseconds that are always zero.
func isoTime(t time.Time) string {
	return t.UTC().Truncate(time.Second).Format("2006-01-02T15:04:05.000Z")
}
