package fakes3

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const maxPartNumber = 10_000

// upload is an open multipart upload.
type upload struct {
	id, key   string
	ordinal   int64
	initiated time.Time
	attrs     *attributes
	algorithm *algorithm // nil: the client asked for none
	kind      string     // typeFullObject or typeComposite
	parts     map[int]*part
}

// part is an uploaded part. It is replaced whole, never changed.
type part struct {
	number   int
	content  []byte
	etag     string
	checksum *checksum // nil: none given and none asked for
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

// uploadLocked finds the open upload of a request. It returns the bucket even
// when there is no such upload in it.
func (st *store) uploadLocked(r *request) (*bucket, *upload, error) {
	b := st.buckets[r.bucket]
	if b == nil {
		return nil, nil, noSuchBucket(r.bucket)
	}
	id := r.query.Get("uploadId")
	u := b.uploads[id]
	if u == nil || u.key != r.key {
		return b, nil, failure(codeNoSuchUpload).with("UploadId", id)
	}
	return b, u, nil
}

func (s *Server) createUpload(w *response, r *request) error {
	if err := checkKey(r.key); err != nil {
		return err
	}
	attrs, err := attributesOf(r.Header)
	if err != nil {
		return err
	}
	u := &upload{key: r.key, attrs: attrs, parts: make(map[int]*part), initiated: time.Now()}
	if u.algorithm, u.kind, err = checksumPlan(r.Header); err != nil {
		return err
	}
	if _, err := readPayload(r, maxDocument); err != nil {
		return err
	}
	if err := s.store.open(r.bucket, u); err != nil {
		return err
	}
	if u.algorithm != nil {
		w.Header().Set(headerChecksumAlgorithm, u.algorithm.name)
		w.Header().Set(headerChecksumType, u.kind)
	}
	w.Header().Set("X-Amz-Server-Side-Encryption", "AES256")
	return writeXML(w, struct {
		XMLName  xml.Name `xml:"InitiateMultipartUploadResult"`
		Xmlns    string   `xml:"xmlns,attr"`
		Bucket   string   `xml:"Bucket"`
		Key      string   `xml:"Key"`
		UploadID string   `xml:"UploadId"`
	}{Xmlns: namespace, Bucket: r.bucket, Key: r.key, UploadID: u.id})
}

// open gives an upload its id.
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

// checksumPlan reads what sum the finished object shall have. The table of which
// algorithm goes with which type is that of the S3 user guide, "Checking object
// integrity".
func checksumPlan(h http.Header) (*algorithm, string, error) {
	name, kind := h.Get(headerChecksumAlgorithm), h.Get(headerChecksumType)
	if name == "" {
		if kind != "" {
			return nil, "", failuref(codeInvalidRequest, "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")
		}
		return nil, typeFullObject, nil
	}
	a := algorithmNamed(name)
	if a == nil {
		return nil, "", failuref(codeInvalidRequest, "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]")
	}
	switch {
	case kind == "" && a == crc64NVME:
		kind = typeFullObject
	case kind == "":
		kind = typeComposite
	case kind != typeFullObject && kind != typeComposite:
		return nil, "", failuref(codeInvalidRequest, "Value for x-amz-checksum-type header is invalid.")
	case kind == typeFullObject && !a.linear, kind == typeComposite && a == crc64NVME:
		return nil, "", failuref(codeInvalidRequest, "The %s checksum type cannot be used with the %s checksum algorithm.", kind, strings.ToLower(a.name))
	}
	return a, kind, nil
}

func (s *Server) uploadPart(w *response, r *request) error {
	number, err := partNumber(r)
	if err != nil {
		return err
	}
	s.store.mu.RLock()
	_, _, err = s.store.uploadLocked(r)
	s.store.mu.RUnlock()
	if err != nil {
		return err
	}
	body, err := readPayload(r, maxObjectSize)
	if err != nil {
		return err
	}
	p := &part{number: number, content: body.content, etag: md5ETag(body.content), checksum: body.checksum}
	if err := s.store.addPart(r, p); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Etag", p.etag)
	h.Set("X-Amz-Server-Side-Encryption", "AES256")
	if p.checksum != nil {
		h.Set(p.checksum.algorithm.header, p.checksum.String())
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// addPart commits a part, unless its upload ended while the part was on its way.
func (st *store) addPart(r *request, p *part) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	_, u, err := st.uploadLocked(r)
	if err != nil {
		return err
	}
	if u.algorithm != nil {
		if p.checksum == nil {
			p.checksum = &checksum{algorithm: u.algorithm, sum: u.algorithm.sum(p.content), kind: typeFullObject}
		} else if p.checksum.algorithm != u.algorithm {
			return failuref(codeInvalidRequest, "Checksum Type mismatch occurred, expected checksum Type: %s, actual checksum Type: %s",
				strings.ToLower(u.algorithm.name), strings.ToLower(p.checksum.algorithm.name))
		}
	}
	p.at = time.Now()
	u.parts[p.number] = p
	return nil
}

func partNumber(r *request) (int, error) {
	text := r.query.Get("partNumber")
	number, err := strconv.Atoi(text)
	if err != nil || number < 1 || number > maxPartNumber {
		return 0, invalidPartNumber(text)
	}
	return number, nil
}

func invalidPartNumber(text string) error {
	return failuref(codeInvalidArgument, "Part number must be an integer between 1 and 10000, inclusive").
		with("ArgumentName", "partNumber").with("ArgumentValue", text)
}

func (s *Server) abortUpload(w *response, r *request) error {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	b, u, err := s.store.uploadLocked(r)
	if err != nil {
		return err
	}
	delete(b.uploads, u.id)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
