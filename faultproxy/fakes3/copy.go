package fakes3

import (
	"bytes"
	"encoding/xml"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
)

type copyResult struct {
	XMLName      xml.Name
	Xmlns        string `xml:"xmlns,attr"`
	LastModified string `xml:"LastModified"`
	ETag         string `xml:"ETag"`
	partChecksum
	ChecksumType string `xml:"ChecksumType,omitempty"`
}

// source is what a copy reads: a value, and what of it.
type source struct {
	*value
	bucket, key string
	content     []byte
}

// readSource reads what x-amz-copy-source names, if its preconditions hold.
func (st *store) readSource(r *request, rangeHeader string) (*source, error) {
	invalid := failuref(codeInvalidArgument, "Copy Source must mention the source bucket and key: sourcebucket/sourcekey").
		with("ArgumentName", "x-amz-copy-source")
	name, version, _ := strings.Cut(r.Header.Get(headerCopySource), "?versionId=")
	name, err := url.QueryUnescape(name)
	if err != nil || version != "" && version != "null" {
		return nil, invalid
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(name, "/"), "/")
	if bucket == "" || key == "" {
		return nil, invalid
	}
	st.mu.RLock()
	defer st.mu.RUnlock()
	v, err := st.findLocked(bucket, key)
	if err != nil {
		return nil, err
	}
	if err := check(r.Header, "X-Amz-Copy-Source-", v); err != nil {
		return nil, err
	}
	content, err := st.contentLocked(bucket, key, v)
	if err != nil {
		return nil, err
	}
	if rangeHeader == "" {
		return &source{v, bucket, key, content}, nil
	}
	first, last, ok := parseRange(rangeHeader)
	if !ok || first < 0 || last >= v.size {
		return nil, failuref(codeInvalidArgument, "Range specified is not valid for source object of size: %d", v.size).
			with("ArgumentName", "x-amz-copy-source-range").with("ArgumentValue", rangeHeader)
	}
	return &source{v, bucket, key, content[first : last+1]}, nil
}

func (s *Server) copyObject(w *response, r *request) error {
	if err := checkKey(r.key); err != nil {
		return err
	}
	if err := checkWriteHeaders(r.Header); err != nil {
		return err
	}
	if _, err := readPayload(r, maxDocument); err != nil {
		return err
	}
	from, err := s.store.readSource(r, "")
	if err != nil {
		return err
	}
	attrs, err := copiedAttributes(r, from)
	if err != nil {
		return err
	}
	v := &value{size: from.size, attrs: attrs, sha256: from.sha256}
	if err := s.store.put(r.bucket, r.key, bytes.NewReader(from.content), v, func(current *value) error {
		return checkWrite(r.Header, r.key, current)
	}); err != nil {
		return err
	}
	w.Header().Set("X-Amz-Server-Side-Encryption", "AES256")
	return writeXML(w, copyResult{
		XMLName: xml.Name{Local: "CopyObjectResult"}, Xmlns: namespace, LastModified: isoTime(v.at), ETag: v.etag,
		partChecksum: checksumElement(attrs.checksum), ChecksumType: attrs.checksum.kind,
	})
}

// copiedAttributes are those of the source, or with REPLACE those of the request.
func copiedAttributes(r *request, from *source) (*attributes, error) {
	attrs, err := attributesOf(r.Header)
	if err != nil {
		return nil, err
	}
	switch directive := r.Header.Get("X-Amz-Metadata-Directive"); directive {
	case "REPLACE":
	case "", "COPY":
		class := attrs.header["X-Amz-Storage-Class"]
		if from.bucket == r.bucket && from.key == r.key && class == "" && r.Header.Get(headerChecksumAlgorithm) == "" {
			return nil, failuref(codeInvalidRequest, "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.")
		}
		attrs.header, attrs.metadata = maps.Clone(from.attrs.header), maps.Clone(from.attrs.metadata)
		delete(attrs.header, "X-Amz-Storage-Class")
		if class != "" {
			attrs.header["X-Amz-Storage-Class"] = class
		}
	default:
		return nil, failuref(codeInvalidArgument, "Unknown metadata directive.").
			with("ArgumentName", "x-amz-metadata-directive").with("ArgumentValue", directive)
	}
	a := from.attrs.checksum.algorithm
	if name := r.Header.Get(headerChecksumAlgorithm); name != "" {
		if a = algorithmNamed(name); a == nil {
			return nil, failuref(codeInvalidRequest, "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]")
		}
	}
	// The copy is in one piece, whatever the source was.
	attrs.checksum = &checksum{algorithm: a, sum: a.sum(from.content), kind: typeFullObject}
	return attrs, nil
}

func (s *Server) uploadPartCopy(w *response, r *request) error {
	number, err := partNumber(r)
	if err != nil {
		return err
	}
	if _, err := readPayload(r, maxDocument); err != nil {
		return err
	}
	from, err := s.store.readSource(r, r.Header.Get("X-Amz-Copy-Source-Range"))
	if err != nil {
		return err
	}
	p := &part{number: number, content: from.content, etag: md5ETag(from.content)}
	if err := s.store.addPart(r, p); err != nil {
		return err
	}
	return writeXML(w, copyResult{
		XMLName: xml.Name{Local: "CopyPartResult"}, Xmlns: namespace, LastModified: isoTime(time.Now()), ETag: p.etag,
		partChecksum: checksumElement(p.checksum),
	})
}

// deleteObjects deletes many keys with one request. S3 wants the request's body
// protected, as a flipped bit deletes the wrong thing.
func (s *Server) deleteObjects(w *response, r *request) error {
	var in struct {
		XMLName xml.Name `xml:"Delete"`
		Quiet   bool     `xml:"Quiet"`
		Objects []struct {
			Key       string `xml:"Key"`
			VersionID string `xml:"VersionId"`
			ETag      string `xml:"ETag"`
		} `xml:"Object"`
	}
	type deleted struct {
		Key string `xml:"Key"`
	}
	type failed struct {
		Key     string `xml:"Key"`
		Code    string `xml:"Code"`
		Message string `xml:"Message"`
	}
	var out struct {
		XMLName xml.Name  `xml:"DeleteResult"`
		Xmlns   string    `xml:"xmlns,attr"`
		Deleted []deleted `xml:"Deleted"`
		Errors  []failed  `xml:"Error"`
	}
	a, _, err := declaredChecksum(r.Header, nil)
	if err != nil {
		return err
	}
	if a == nil && r.Header.Get(headerContentMD5) == "" && r.Header.Get("X-Amz-Trailer") == "" {
		return failuref(codeInvalidRequest, "Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
	}
	if err := s.store.has(r.bucket); err != nil {
		return err
	}
	if err := readXML(r, &in); err != nil {
		return err
	}
	if len(in.Objects) == 0 || len(in.Objects) > maxKeys {
		return failure(codeMalformedXML)
	}
	out.Xmlns = namespace
	for _, object := range in.Objects {
		err := s.store.delete(r.bucket, object.Key, func(current *value) error {
			if object.VersionID != "" && object.VersionID != "null" {
				return failuref(codeInvalidArgument, "Invalid version id specified")
			}
			if object.ETag == "" {
				return nil
			}
			return checkWrite(http.Header{"If-Match": {object.ETag}}, object.Key, current)
		})
		switch {
		case err != nil:
			p := asProblem(err)
			out.Errors = append(out.Errors, failed{object.Key, string(p.code), p.message})
		case !in.Quiet:
			out.Deleted = append(out.Deleted, deleted{object.Key})
		}
	}
	return writeXML(w, out)
}
