package fakes3

import (
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/attribute"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/checksum"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/condition"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/span"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/tagging"
)

// This file serves GetObject and HeadObject.

// overrides are the query parameters that replace a header of the response.
var overrides = map[string]string{
	"response-cache-control":       "Cache-Control",
	"response-content-disposition": "Content-Disposition",
	"response-content-encoding":    "Content-Encoding",
	"response-content-language":    "Content-Language",
	"response-content-type":        "Content-Type",
	"response-expires":             "Expires",
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
	v.attrs.Write(h)
	for parameter, header := range overrides {
		if text := r.query.Get(parameter); text != "" {
			h.Set(header, text)
		}
	}
	h.Set("Etag", v.etag)
	h.Set("Last-Modified", v.at.UTC().Format(http.TimeFormat))
	h.Set("Accept-Ranges", "bytes")
	part.Write(h, v.size)
	if r.has("partNumber") && len(v.attrs.Parts) > 0 {
		h.Set("X-Amz-Mp-Parts-Count", strconv.Itoa(len(v.attrs.Parts)))
	}
	// The sum must be that of the sent bytes: a client compares them and reports a difference as
	// corruption.
	if strings.EqualFold(r.Header.Get(checksum.HeaderMode), "ENABLED") && part.Checksum != nil {
		part.Checksum.Write(h)
		h.Set(checksum.HeaderType, v.attrs.Checksum.Kind)
	}
	if part.Partial {
		w.WriteHeader(http.StatusPartialContent)
	} else {
		w.WriteHeader(http.StatusOK)
	}
	return content, nil
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
	if err := v.checkKey(r.Header, attribute.OfCustomer); err != nil {
		return nil, span.Span{}, nil, err
	}
	tagging.WriteCount(h, v.tags)
	v.lock.Write(h)
	if err := condition.Read(r.Header, v.state()); err != nil {
		return nil, span.Span{}, nil, err
	}
	if r.Method == http.MethodGet && v.attrs.Archived() {
		return nil, span.Span{}, nil, s3err.New(s3err.InvalidObjectState).With("StorageClass", v.attrs.StorageClass())
	}
	part, err := spanOf(r, v)
	if err != nil {
		return nil, span.Span{}, nil, err
	}
	content, err := st.openLocked(r.bucket, r.key, v, part.Offset, part.Length)
	return v, part, content, err
}

// checkKey compares the key of the customer in the headers that begin with prefix with that of the
// value.
func (v *value) checkKey(h http.Header, prefix string) error {
	given, err := attribute.CustomerKeyOf(h, prefix)
	if err != nil {
		return err
	}
	return v.attrs.Customer.Check(given)
}

// spanOf is the span of a value that the headers or the part number of a request ask for.
func spanOf(r *request, v *value) (span.Span, error) {
	whole := span.Whole{Size: v.size, Checksum: v.attrs.Checksum, Parts: v.attrs.Parts}
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
