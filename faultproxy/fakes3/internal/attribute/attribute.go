// Package attribute holds what S3 keeps of an object besides its content: [FromHeaders] reads it
// from a request, and [Set.Write] puts it into a response.
package attribute

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/checksum"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/span"
)

const (
	// MetadataPrefix begins the headers that carry user metadata.
	MetadataPrefix = "X-Amz-Meta-"

	maxMetadata = 2 << 10
)

// systemHeaders are the request headers that S3 keeps with an object and gives back with it.
// Nothing else of a request is kept: credentials and session tokens are headers too.
var systemHeaders = []string{
	"Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language",
	"Content-Type", "Expires", "X-Amz-Storage-Class", "X-Amz-Website-Redirect-Location",
}

// Kept reports whether S3 keeps a header of a request with the object. The name is canonical.
func Kept(name string) bool { return slices.Contains(systemHeaders, name) }

// Set is all that S3 keeps of an object besides its content.
type Set struct {
	Header   map[string]string  // system headers, canonical names
	Metadata map[string]string  // user metadata, lower case names without prefix
	Checksum *checksum.Checksum // nil: the object has none
	Parts    []span.Part        // of a multipart upload; nil: put in one piece
	Customer *CustomerKey       // nil: the server has the key
}

// FromHeaders takes an object's attributes from the headers of a request.
func FromHeaders(h http.Header) (*Set, error) {
	a := &Set{Header: map[string]string{}, Metadata: map[string]string{}}
	for _, name := range systemHeaders {
		if text := h.Get(name); text != "" {
			a.Header[name] = text
		}
	}
	if encoding, ok := a.Header["Content-Encoding"]; ok {
		if encoding = withoutChunked(encoding); encoding == "" {
			delete(a.Header, "Content-Encoding")
		} else {
			a.Header["Content-Encoding"] = encoding
		}
	}
	if a.Header["Content-Type"] == "" {
		a.Header["Content-Type"] = "binary/octet-stream"
	}
	if a.Header["X-Amz-Storage-Class"] == "STANDARD" {
		delete(a.Header, "X-Amz-Storage-Class")
	}
	size := 0
	for name, values := range h {
		if name, ok := strings.CutPrefix(name, MetadataPrefix); ok {
			text := strings.Join(values, ",")
			a.Metadata[strings.ToLower(name)] = text
			size += len(name) + len(text)
		}
	}
	if size > maxMetadata {
		return nil, s3err.New(s3err.MetadataTooLarge).
			With("Size", strconv.Itoa(size)).With("MaxSizeAllowed", strconv.Itoa(maxMetadata))
	}
	var err error
	a.Customer, err = CustomerKeyOf(h, OfCustomer)
	return a, err
}

// withoutChunked removes aws-chunked, the framing of the transfer, from a Content-Encoding.
func withoutChunked(encoding string) string {
	var kept []string
	for coding := range strings.SplitSeq(encoding, ",") {
		if !strings.EqualFold(strings.TrimSpace(coding), "aws-chunked") {
			kept = append(kept, coding)
		}
	}
	return strings.TrimSpace(strings.Join(kept, ","))
}

// StorageClass returns the storage class of the object.
func (a *Set) StorageClass() string {
	return cmp.Or(a.Header["X-Amz-Storage-Class"], "STANDARD")
}

// Archived reports whether the object's storage class keeps the content out of reach until it is
// restored.
func (a *Set) Archived() bool {
	class := a.StorageClass()
	return class == "GLACIER" || class == "DEEP_ARCHIVE"
}

// Clone returns a copy whose headers and metadata can change.
func (a *Set) Clone() *Set {
	c := *a
	c.Header, c.Metadata = maps.Clone(a.Header), maps.Clone(a.Metadata)
	return &c
}

// Write puts headers and metadata into the headers of a response.
func (a *Set) Write(h http.Header) {
	for name, text := range a.Header {
		h.Set(name, text)
	}
	for name, text := range a.Metadata {
		// The name is not canonical on purpose: S3 sends these names in lower case, and clients
		// take the names of their metadata from the wire.
		h["x-amz-meta-"+name] = []string{text}
	}
	a.Customer.Write(h)
}
