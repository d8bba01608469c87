package fakes3

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"io"
	"slices"
	"strconv"
	"strings"
)

// completion is what a successful Complete said, for a client that did not hear
// it and asks again.
type completion struct {
	key    string
	parts  []completedPart
	answer *completeResult
}

// completedPart is a part as the client lists it in a Complete.
type completedPart struct {
	PartNumber int
	ETag       string
	partChecksum
}

type completeResult struct {
	XMLName  xml.Name `xml:"CompleteMultipartUploadResult"`
	Xmlns    string   `xml:"xmlns,attr"`
	Location string   `xml:"Location"`
	Bucket   string   `xml:"Bucket"`
	Key      string   `xml:"Key"`
	ETag     string   `xml:"ETag"`
	partChecksum
	ChecksumType string `xml:"ChecksumType"`
}

func (s *Server) completeUpload(w *response, r *request) error {
	var document struct {
		XMLName xml.Name        `xml:"CompleteMultipartUpload"`
		Parts   []completedPart `xml:"Part"`
	}
	if err := checkWriteHeaders(r.Header); err != nil {
		return err
	}
	// The checksum headers of this request are about the object to be made.
	body, _, err := readContent(r, maxDocument)
	if err != nil {
		return err
	}
	if err := xml.Unmarshal(body.content, &document); err != nil || len(document.Parts) == 0 {
		return failure(codeMalformedXML)
	}
	answer, err := s.store.complete(r, document.Parts, s.minPart)
	if err != nil {
		return err
	}
	w.Header().Set("X-Amz-Server-Side-Encryption", "AES256")
	return writeXML(w, answer)
}

// complete makes the object. When the upload was completed before with the same
// parts it says again what it said then, and commits nothing. Preconditions come
// first even so: to a Complete with If-None-Match whose answer was lost, the
// object itself is in the way, and the client must look at it to know.
func (st *store) complete(r *request, listed []completedPart, minPart int64) (*completeResult, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	b, u, err := st.uploadLocked(r)
	if b == nil {
		return nil, err
	}
	if u == nil {
		done := b.completed[r.query.Get("uploadId")]
		if done == nil || done.key != r.key || !sameParts(done.parts, listed) {
			return nil, err
		}
		if err := checkWrite(r.Header, r.key, b.current(r.key)); err != nil {
			return nil, err
		}
		return done.answer, nil
	}
	parts, err := u.choose(listed, minPart)
	if err != nil {
		return nil, err
	}
	v, content, err := u.assemble(parts, r)
	if err != nil {
		return nil, err
	}
	if err := checkWrite(r.Header, r.key, b.current(r.key)); err != nil {
		return nil, err
	}
	if err := st.putLocked(b, r.bucket, r.key, content, v); err != nil {
		return nil, err
	}
	answer := &completeResult{
		Xmlns: namespace, Location: "http://" + r.Host + r.path, Bucket: r.bucket, Key: r.key, ETag: v.etag,
		partChecksum: checksumElement(v.attrs.checksum), ChecksumType: v.attrs.checksum.kind,
	}
	delete(b.uploads, u.id)
	b.completed[u.id] = &completion{key: r.key, parts: listed, answer: answer}
	return answer, nil
}

func sameParts(x, y []completedPart) bool {
	return slices.EqualFunc(x, y, func(a, b completedPart) bool {
		return a.PartNumber == b.PartNumber && strings.Trim(a.ETag, `"`) == strings.Trim(b.ETag, `"`)
	})
}

// choose picks the parts a Complete lists, and refuses the list where S3 would.
func (u *upload) choose(listed []completedPart, minPart int64) ([]*part, error) {
	parts := make([]*part, 0, len(listed))
	for i, want := range listed {
		if i > 0 && want.PartNumber <= listed[i-1].PartNumber {
			return nil, failure(codeInvalidPartOrder).with("UploadId", u.id)
		}
		p := u.parts[want.PartNumber]
		if p == nil || strings.Trim(want.ETag, `"`) != strings.Trim(p.etag, `"`) {
			return nil, u.invalidPart(want)
		}
		if u.algorithm != nil {
			text := *want.of(u.algorithm)
			if text == "" && u.kind == typeComposite {
				return nil, failuref(codeInvalidRequest, "The upload was created using a %s checksum. The complete request must include the checksum for each part. It was missing for part %d in the request.",
					strings.ToLower(u.algorithm.name), want.PartNumber)
			}
			if text != "" && text != p.checksum.String() {
				return nil, u.invalidPart(want)
			}
		}
		parts = append(parts, p)
	}
	for _, p := range parts[:len(parts)-1] {
		if size := int64(len(p.content)); size < minPart {
			return nil, failure(codeEntityTooSmall).
				with("ProposedSize", strconv.FormatInt(size, 10)).
				with("MinSizeAllowed", strconv.FormatInt(minPart, 10)).
				with("PartNumber", strconv.Itoa(p.number)).
				with("ETag", p.etag)
		}
	}
	return parts, nil
}

func (u *upload) invalidPart(p completedPart) error {
	return failure(codeInvalidPart).
		with("UploadId", u.id).
		with("PartNumber", strconv.Itoa(p.PartNumber)).
		with("ETag", strings.Trim(p.ETag, `"`))
}

// assemble makes the value of the parts, with its entity tag and checksum, and
// holds both against what the request says the object is.
func (u *upload) assemble(parts []*part, r *request) (*value, io.Reader, error) {
	v := &value{attrs: u.attrs.clone(), upload: u.id}
	contents := make([][]byte, len(parts))
	readers := make([]io.Reader, len(parts))
	tags := md5.New()
	for i, p := range parts {
		contents[i], readers[i] = p.content, bytes.NewReader(p.content)
		v.size += int64(len(p.content))
		v.attrs.parts = append(v.attrs.parts, partSize{p.number, int64(len(p.content)), p.checksum})
		raw, err := hex.DecodeString(strings.Trim(p.etag, `"`))
		if err != nil {
			return nil, nil, err
		}
		tags.Write(raw)
	}
	v.etag = quote(hex.EncodeToString(tags.Sum(nil)) + "-" + strconv.Itoa(len(parts)))
	v.attrs.checksum = u.sum(parts, contents)
	if text := r.Header.Get("X-Amz-Mp-Object-Size"); text != "" && text != strconv.FormatInt(v.size, 10) {
		return nil, nil, failuref(codeInvalidRequest, "The provided 'x-amz-mp-object-size' header does not match what was computed.")
	}
	if kind := r.Header.Get(headerChecksumType); kind != "" && kind != u.kind {
		return nil, nil, failuref(codeInvalidRequest, "The upload was created using the %s checksum mode. The complete request must use the same checksum mode.", u.kind)
	}
	a, text, err := declaredChecksum(r.Header, nil)
	if err != nil {
		return nil, nil, err
	}
	if a != nil && u.algorithm == nil && a.linear {
		v.attrs.checksum = &checksum{algorithm: a, sum: a.sum(contents...), kind: typeFullObject}
	}
	if a != nil && (a != v.attrs.checksum.algorithm || text != v.attrs.checksum.String()) {
		return nil, nil, failuref(codeBadDigest, "The %s you specified did not match the calculated checksum.", a.name)
	}
	return v, io.MultiReader(readers...), nil
}

// sum is the checksum of the finished object.
func (u *upload) sum(parts []*part, contents [][]byte) *checksum {
	a := u.algorithm
	if a == nil {
		a = crc64NVME
	}
	if u.kind == typeFullObject {
		return &checksum{algorithm: a, sum: a.sum(contents...), kind: typeFullObject}
	}
	sums := make([][]byte, len(parts))
	for i, p := range parts {
		sums[i] = p.checksum.sum
	}
	return &checksum{algorithm: a, sum: a.sum(sums...), kind: typeComposite, parts: len(parts)}
}
