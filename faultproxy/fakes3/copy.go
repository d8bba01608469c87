package fakes3

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/johannesboyne/gofakes3"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/attribute"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/checksum"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/condition"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/span"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sums"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/tagging"
)

type copyResult struct {
	XMLName      xml.Name
	Xmlns        string `xml:"xmlns,attr"`
	LastModified string `xml:"LastModified"`
	ETag         string `xml:"ETag"`
	checksum.Element
	ChecksumType string `xml:"ChecksumType,omitempty"`
}

// source is the content that a copy reads: a span of a value. The store never changes a content in
// place.
type source struct {
	*value
	bucket, key    string
	versionID      string // the version id that the response shows
	store          *store
	offset, length int64
}

// open reads the span from its start. It needs no lock, because the pin keeps the content.
func (s *source) open() io.Reader {
	content, err := s.store.openLocked(s.bucket, s.key, s.value, s.offset, s.length)
	if err != nil {
		return failedReader{err}
	}
	return content
}

// failedReader is a content that cannot be read.
type failedReader struct{ err error }

func (r failedReader) Read([]byte) (int, error) { return 0, r.err }

// copySource reads which object x-amz-copy-source names.
func copySource(r *request) (bucket, key, id string, err error) {
	text := r.Header.Get(headerCopySource)
	invalid := func(what string) error {
		return s3err.Argument("x-amz-copy-source", text,
			"Invalid copy source %s", what)
	}
	name, id, given := strings.Cut(text, "?versionId=")
	if name, err = url.QueryUnescape(name); err != nil {
		return "", "", "", invalid("encoding")
	}
	bucket, key, _ = strings.Cut(strings.TrimPrefix(name, "/"), "/")
	switch {
	case gofakes3.ValidateBucketName(bucket) != nil:
		return "", "", "", invalid("bucket name")
	case key == "" || checkPath(key) != nil:
		return "", "", "", invalid("object key")
	case given:
		err = checkVersionID(id)
	}
	return bucket, key, id, err
}

// readSource finds the source of a copy and checks the preconditions on it. It pins the value: the
// store keeps its content until release.
func (st *store) readSource(r *request, rangeHeader string) (*source, error) {
	bucket, key, id, err := copySource(r)
	if err != nil {
		return nil, err
	}
	var first, last int64
	if rangeHeader != "" {
		if first, last, err = span.OfCopy(rangeHeader); err != nil {
			return nil, err
		}
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	b, v, err := st.findLocked(bucket, key, id)
	if err != nil {
		if id != "" && s3Error(err).Code == s3err.MethodNotAllowed {
			return nil, s3err.Errorf(s3err.InvalidRequest,
				"The source of a copy request may not specifically refer to a delete marker by version id.")
		}
		return nil, err
	}
	if err := v.checkKey(r.Header, attribute.OfCopySource); err != nil {
		return nil, err
	}
	if err := condition.Copy(r.Header, v.state()); err != nil {
		return nil, err
	}
	if v.attrs.Archived() {
		return nil, s3err.New(s3err.ObjectNotInActiveTierError)
	}
	if rangeHeader == "" {
		last = v.size - 1
	}
	if last >= v.size {
		return nil, s3err.Argument("x-amz-copy-source-range", rangeHeader,
			"Range specified is not valid for source object of size: %d", v.size)
	}
	v.pins++
	return &source{v, bucket, key, b.shownVersion(v), st, first, last - first + 1}, nil
}

// release removes the pin from a source.
func (st *store) release(from *source) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.unpinLocked(&part{from: from})
}

func (s *Server) copyObject(w *response, r *request) (err error) {
	if err := checkKey(r.key); err != nil {
		return err
	}
	if err := condition.CheckWrite(r.Header); err != nil {
		return err
	}
	if _, err := readPayload(r, maxDocument); err != nil {
		return err
	}
	if err := s.store.has(r.bucket); err != nil {
		return err
	}
	if err := checkDirectives(r.Header); err != nil {
		return err
	}
	if name := r.Header.Get(checksum.HeaderAlgorithm); name != "" && sums.Named(name) == nil {
		return checksum.UnknownAlgorithm()
	}
	from, err := s.store.readSource(r, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.store.release(from)) }()
	attrs, err := copiedAttributes(r, from)
	if err != nil {
		return err
	}
	tags, err := s.copiedTags(r, from)
	if err != nil {
		return err
	}
	locked, err := s.store.lockFor(r)
	if err != nil {
		return err
	}
	v := &value{size: from.size, attrs: attrs, tags: tags, lock: locked}
	if err := v.encrypt(from.open()); err != nil {
		return err
	}
	versionID, err := s.store.put(r.bucket, r.key, from.open(), v, func(current *value) error {
		return condition.Write(r.Header, r.key, current.state())
	})
	if err != nil {
		return err
	}
	setVersion(w.Header(), versionID)
	if from.versionID != "" {
		w.Header().Set("X-Amz-Copy-Source-Version-Id", from.versionID)
	}
	attrs.Customer.Write(w.Header())
	return writeXML(w, copyResult{
		XMLName: xml.Name{Local: "CopyObjectResult"}, Xmlns: namespace, LastModified: isoTime(v.at), ETag: v.etag,
		Element: checksum.ElementOf(attrs.Checksum), ChecksumType: attrs.Checksum.Kind,
	})
}

// checkDirectives refuses a directive that is neither COPY, the default, nor REPLACE.
func checkDirectives(h http.Header) error {
	for _, what := range []string{"metadata", "tagging"} {
		name := "x-amz-" + what + "-directive"
		if text := h.Get(name); text != "" && text != "COPY" && text != replace {
			return s3err.Argument(name, text, "Unknown %s directive.", what)
		}
	}
	return nil
}

// headerCopySource names the source of a copy.
const headerCopySource = "X-Amz-Copy-Source"

// replace is the directive that makes a copy take the attributes of the request instead of those of
// its source.
const replace = "REPLACE"

// copiedTags are those of the source, or with REPLACE those of the request.
func (s *Server) copiedTags(r *request, from *source) ([]tagging.Tag, error) {
	if r.Header.Get("X-Amz-Tagging-Directive") == replace {
		return tagging.FromHeader(r.Header)
	}
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	return from.tags, nil
}

// copiedAttributes are those of the source, or with REPLACE those of the request.
func copiedAttributes(r *request, from *source) (*attribute.Set, error) {
	attrs, err := attribute.FromHeaders(r.Header)
	if err != nil {
		return nil, err
	}
	if r.Header.Get("X-Amz-Metadata-Directive") != replace {
		own := maps.Clone(attrs.Header)
		itself := from.bucket == r.bucket && from.key == r.key
		if itself && !changes(own) && attrs.Customer == nil && r.Header.Get(checksum.HeaderAlgorithm) == "" {
			return nil, s3err.Errorf(s3err.InvalidRequest, "This copy request is illegal because it is trying to "+
				"copy an object to itself without changing the object's metadata, storage class, website redirect "+
				"location or encryption attributes.")
		}
		attrs.Header, attrs.Metadata = maps.Clone(from.attrs.Header), maps.Clone(from.attrs.Metadata)
		for _, name := range uncopied {
			delete(attrs.Header, name)
			if text := own[name]; text != "" {
				attrs.Header[name] = text
			}
		}
	}
	a := sums.CRC64NVME // S3 adds it to the copy of an object without a checksum
	if c := from.attrs.Checksum; c != nil {
		a = c.Algorithm
	}
	if name := r.Header.Get(checksum.HeaderAlgorithm); name != "" {
		if a = sums.Named(name); a == nil {
			return nil, checksum.UnknownAlgorithm()
		}
	}
	// The copy is one piece, even if the source has parts.
	attrs.Checksum, err = checksum.OfReader(a, from.open())
	return attrs, err
}

// uncopied are the attributes that a copy never takes from its source.
var uncopied = []string{"X-Amz-Storage-Class", "X-Amz-Website-Redirect-Location"}

// changes reports whether a copy gives one of these attributes itself.
func changes(header map[string]string) bool {
	return slices.ContainsFunc(uncopied, func(name string) bool { return header[name] != "" })
}

func (s *Server) uploadPartCopy(w *response, r *request) (err error) {
	number, err := span.PartNumber(r.query.Get("partNumber"))
	if err != nil {
		return err
	}
	if _, err := readPayload(r, maxDocument); err != nil {
		return err
	}
	if err := s.store.has(r.bucket); err != nil {
		return err
	}
	from, err := s.store.readSource(r, r.Header.Get("X-Amz-Copy-Source-Range"))
	if err != nil {
		return err
	}
	tag := md5.New()
	if _, err := io.Copy(tag, from.open()); err != nil {
		return errors.Join(err, s.store.release(from))
	}
	p := &part{number: number, from: from, size: from.length, etag: quote(hex.EncodeToString(tag.Sum(nil)))}
	key, err := s.store.addPart(r, p)
	if err != nil {
		return errors.Join(err, s.store.release(from))
	}
	key.Write(w.Header())
	if from.versionID != "" {
		w.Header().Set("X-Amz-Copy-Source-Version-Id", from.versionID)
	}
	return writeXML(w, copyResult{
		XMLName: xml.Name{Local: "CopyPartResult"}, Xmlns: namespace, LastModified: isoTime(s.now()), ETag: p.etag,
		Element: checksum.ElementOf(p.checksum),
	})
}
