package fakes3

import (
	"cmp"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/checksum"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/span"
)

const (
	headerCopySource = "X-Amz-Copy-Source"
	metadataPrefix   = "X-Amz-Meta-"
	maxMetadata      = 2 << 10
)

// systemHeaders are the request headers that S3 keeps with an object and gives back with it.
// Nothing else of a request is kept: credentials and session tokens are headers too.
var systemHeaders = []string{
	"Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language",
	"Content-Type", "Expires", "X-Amz-Storage-Class", "X-Amz-Website-Redirect-Location",
}

// attributes are the data of an object beside its content.
type attributes struct {
	header   map[string]string // system headers, canonical names
	metadata map[string]string // user metadata, lower case names without prefix
	checksum *checksum.Checksum
	parts    []span.Part // of a multipart upload
}

// attributesOf takes an object's attributes from the headers of a request.
func attributesOf(h http.Header) (*attributes, error) {
	a := &attributes{header: map[string]string{}, metadata: map[string]string{}}
	for _, name := range systemHeaders {
		if text := h.Get(name); text != "" {
			a.header[name] = text
		}
	}
	if encoding, ok := a.header["Content-Encoding"]; ok {
		if encoding = withoutChunked(encoding); encoding == "" {
			delete(a.header, "Content-Encoding")
		} else {
			a.header["Content-Encoding"] = encoding
		}
	}
	if a.header["Content-Type"] == "" {
		a.header["Content-Type"] = "binary/octet-stream"
	}
	if a.header["X-Amz-Storage-Class"] == "STANDARD" {
		delete(a.header, "X-Amz-Storage-Class")
	}
	size := 0
	for name, values := range h {
		if name, ok := strings.CutPrefix(name, metadataPrefix); ok {
			text := strings.Join(values, ",")
			a.metadata[strings.ToLower(name)] = text
			size += len(name) + len(text)
		}
	}
	if size > maxMetadata {
		return nil, s3err.New(s3err.MetadataTooLarge).
			With("Size", strconv.Itoa(size)).With("MaxSizeAllowed", strconv.Itoa(maxMetadata))
	}
	return a, nil
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

func (a *attributes) storageClass() string {
	return cmp.Or(a.header["X-Amz-Storage-Class"], "STANDARD")
}

// archived reports whether the object's storage class keeps the content out of reach until it is
// restored.
func (a *attributes) archived() bool {
	class := a.storageClass()
	return class == "GLACIER" || class == "DEEP_ARCHIVE"
}

// composite reports whether the checksum of the object is one of the checksums of its parts.
func (a *attributes) composite() bool {
	return a.checksum != nil && a.checksum.Kind == checksum.Composite
}

func (a *attributes) clone() *attributes {
	c := *a
	c.header, c.metadata = maps.Clone(a.header), maps.Clone(a.metadata)
	return &c
}

// write puts the attributes into the headers of a response.
func (a *attributes) write(h http.Header) {
	for name, text := range a.header {
		h.Set(name, text)
	}
	for name, text := range a.metadata {
		// The name is not canonical on purpose: S3 sends these names in lower case, and clients
		// take the names of their metadata from the wire.
		h["x-amz-meta-"+name] = []string{text}
	}
	h.Set("X-Amz-Server-Side-Encryption", "AES256")
}
