package fakes3

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/checksum"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/condition"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/framing"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/span"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sums"
)

// completion is the response to a successful Complete, for a client that did not receive it and
// sends the request again.
type completion struct {
	key     string
	parts   []completedPart
	answer  *completeResult
	version string // as the response shows it
}

// completedPart is a part as the client lists it in a Complete.
type completedPart struct {
	PartNumber *int
	ETag       string
	checksum.Element
}

type completeResult struct {
	XMLName  xml.Name `xml:"CompleteMultipartUploadResult"`
	Xmlns    string   `xml:"xmlns,attr"`
	Location string   `xml:"Location"`
	Bucket   string   `xml:"Bucket"`
	Key      string   `xml:"Key"`
	ETag     string   `xml:"ETag"`
	checksum.Element
	ChecksumType string `xml:"ChecksumType"`

	keyOfCustomer bool // the object is encrypted with one
}

func (s *Server) completeUpload(w *response, r *request) error {
	var document struct {
		XMLName xml.Name        `xml:"CompleteMultipartUpload"`
		Parts   []completedPart `xml:"Part"`
	}
	if err := condition.CheckWrite(r.Header); err != nil {
		return err
	}
	// The checksum headers of this request describe the object, not the body.
	body, err := framing.Read(r.Request, r.signature, maxDocument)
	if err != nil {
		return err
	}
	if err := xml.Unmarshal(body.Content, &document); err != nil || len(document.Parts) == 0 {
		return s3err.New(s3err.MalformedXML)
	}
	for _, p := range document.Parts {
		if p.PartNumber == nil || p.ETag == "" {
			return s3err.New(s3err.MalformedXML)
		}
		if *p.PartNumber < 1 {
			return s3err.Argument("PartNumber", strconv.Itoa(*p.PartNumber),
				"PartNumber must be >= 1")
		}
	}
	answer, versionID, err := s.store.complete(r, document.Parts, s.minPart, s.scheme(r))
	if err != nil {
		return err
	}
	setVersion(w.Header(), versionID)
	if !answer.keyOfCustomer {
		w.Header().Set("X-Amz-Server-Side-Encryption", "AES256")
	}
	return writeXML(w, answer)
}

// scheme is the scheme of the URL that the client uses: http or https.
func (s *Server) scheme(r *request) string {
	switch {
	case s.options.Scheme != "":
		return s.options.Scheme
	case r.TLS != nil:
		return "https"
	}
	return "http"
}

// complete makes the object. If the upload was completed before with the same parts, it returns the
// earlier response and commits nothing. It still checks the preconditions first. A repeated
// Complete with If-None-Match therefore fails, because its own object exists: the client must look
// it up.
func (st *store) complete(r *request, listed []completedPart, minPart int64, scheme string,
) (*completeResult, string, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	b, u, err := st.uploadLocked(r)
	if b == nil {
		return nil, "", err
	}
	if u == nil {
		done := b.completed[r.query.Get("uploadId")]
		if done == nil || done.key != r.key || !sameParts(done.parts, listed) {
			return nil, "", err
		}
		if err := condition.Write(r.Header, r.key, b.current(r.key).state()); err != nil {
			return nil, "", err
		}
		return done.answer, done.version, nil
	}
	parts, err := u.choose(listed, minPart)
	if err != nil {
		return nil, "", err
	}
	v, content, err := u.assemble(parts, r.Header)
	if err != nil {
		return nil, "", err
	}
	if err := condition.Write(r.Header, r.key, b.current(r.key).state()); err != nil {
		return nil, "", err
	}
	if err := st.putLocked(b, r.bucket, r.key, content, v); err != nil {
		return nil, "", err
	}
	answer := &completeResult{
		Xmlns: namespace, Location: scheme + "://" + r.Host + r.path, Bucket: r.bucket, Key: r.key, ETag: v.etag,
		Element: checksum.ElementOf(v.attrs.Checksum), ChecksumType: v.attrs.Checksum.Kind,
		keyOfCustomer: v.attrs.Customer != nil,
	}
	b.completed[u.id] = &completion{key: r.key, parts: listed, answer: answer, version: b.shownVersion(v)}
	return answer, b.shownVersion(v), st.endLocked(b, u)
}

func sameParts(x, y []completedPart) bool {
	return slices.EqualFunc(x, y, func(a, b completedPart) bool {
		return *a.PartNumber == *b.PartNumber && strings.Trim(a.ETag, `"`) == strings.Trim(b.ETag, `"`)
	})
}

// choose returns the parts that a Complete lists, or the error that S3 has for the list.
func (u *upload) choose(listed []completedPart, minPart int64) ([]*part, error) {
	parts := make([]*part, 0, len(listed))
	for i, want := range listed {
		if i > 0 && *want.PartNumber <= *listed[i-1].PartNumber {
			return nil, s3err.New(s3err.InvalidPartOrder).With("UploadId", u.id)
		}
		p := u.parts[*want.PartNumber]
		if p == nil || strings.Trim(want.ETag, `"`) != strings.Trim(p.etag, `"`) {
			return nil, u.invalidPart(want)
		}
		given, err := want.Given()
		if err != nil {
			return nil, err
		}
		if u.algorithm != nil {
			if given != nil && given != u.algorithm {
				return nil, s3err.Errorf(s3err.BadDigest,
					"The %s you specified for part %d did not match what we received.",
					strings.ToLower(given.Name), *want.PartNumber)
			}
			text := *want.Of(u.algorithm)
			if text == "" && u.kind == checksum.Composite {
				return nil, s3err.Errorf(s3err.InvalidRequest, "The upload was created using a %s checksum. The complete request must include the checksum for each part. It was missing for part %d in the request.",
					strings.ToLower(u.algorithm.Name), *want.PartNumber)
			}
			if text != "" && text != p.checksum.String() {
				return nil, u.invalidPart(want)
			}
		}
		parts = append(parts, p)
	}
	for _, p := range parts[:len(parts)-1] {
		if size := p.size; size < minPart {
			return nil, s3err.New(s3err.EntityTooSmall).
				With("ProposedSize", strconv.FormatInt(size, 10)).
				With("MinSizeAllowed", strconv.FormatInt(minPart, 10)).
				With("PartNumber", strconv.Itoa(p.number)).
				With("ETag", p.etag)
		}
	}
	return parts, nil
}

func (u *upload) invalidPart(p completedPart) error {
	return s3err.New(s3err.InvalidPart).
		With("UploadId", u.id).
		With("PartNumber", strconv.Itoa(*p.PartNumber)).
		With("ETag", strings.Trim(p.ETag, `"`))
}

// assemble makes the value of the parts, with its entity tag and checksum. It refuses a Complete
// whose headers give the object another size or checksum.
func (u *upload) assemble(parts []*part, h http.Header) (*value, io.Reader, error) {
	v := &value{attrs: u.attrs.Clone(), upload: u.id, tags: u.tags, lock: u.lock}
	tags := md5.New()
	for _, p := range parts {
		v.size += p.size
		v.attrs.Parts = append(v.attrs.Parts, span.Part{Number: p.number, Size: p.size, Checksum: p.checksum})
		raw, err := hex.DecodeString(strings.Trim(p.etag, `"`))
		if err != nil {
			return nil, nil, err
		}
		tags.Write(raw)
	}
	v.etag = quote(hex.EncodeToString(tags.Sum(nil)) + "-" + strconv.Itoa(len(parts)))
	if err := u.checkClaims(h, v.size); err != nil {
		return nil, nil, err
	}
	sum, err := u.sum(parts)
	if err != nil {
		return nil, nil, err
	}
	v.attrs.Checksum = sum
	a, text, err := checksum.Declared(h, nil)
	if err != nil {
		return nil, nil, err
	}
	if a != nil && !checksum.IsSum(text, a, u.kind) {
		return nil, nil, s3err.Errorf(s3err.InvalidRequest, "Value for %s header is invalid.",
			strings.ToLower(a.Header))
	}
	if a != nil && u.algorithm == nil && a.FullObject {
		if v.attrs.Checksum, err = checksum.OfReader(a, contentOf(parts)); err != nil {
			return nil, nil, err
		}
	}
	// S3 takes a composite checksum with its number of parts and without it: minio/minio#19670.
	whole := v.attrs.Checksum.String()
	digest, _, _ := strings.Cut(whole, "-")
	if a != nil && (a != v.attrs.Checksum.Algorithm || text != whole && text != digest) {
		return nil, nil, s3err.Errorf(s3err.BadDigest, "The %s you specified did not match the calculated checksum.",
			a.Name)
	}
	return v, contentOf(parts), nil
}

// checkClaims compares what a Complete says about the size and the checksum type of the object.
func (u *upload) checkClaims(h http.Header, size int64) error {
	if text := h.Get("X-Amz-Mp-Object-Size"); text != "" {
		switch claimed, err := strconv.ParseInt(text, 10, 64); {
		case err == nil && claimed < 0:
			return s3err.Errorf(s3err.InvalidRequest, "Value for x-amz-mp-object-size header is less than zero: '%s'",
				text)
		case err != nil || claimed != size:
			return s3err.Errorf(s3err.InvalidRequest, "The provided 'x-amz-mp-object-size' header value %s does not "+
				"match what was computed: %d", text, size)
		}
	}
	kind := h.Get(checksum.HeaderType)
	if err := checksum.CheckType(kind); err != nil {
		return err
	}
	if kind != "" && kind != u.kind {
		return s3err.Errorf(s3err.InvalidRequest, "The upload was created using the %s checksum mode. The complete "+
			"request must use the same checksum mode.", u.kind)
	}
	return nil
}

// contentOf reads parts one after the other.
func contentOf(parts []*part) io.Reader {
	readers := make([]io.Reader, len(parts))
	for i, p := range parts {
		readers[i] = p.open()
	}
	return io.MultiReader(readers...)
}

// sum is the checksum of the finished object.
func (u *upload) sum(parts []*part) (*checksum.Checksum, error) {
	a := u.algorithm
	if a == nil {
		a = sums.CRC64NVME
	}
	if u.kind == checksum.FullObject {
		return checksum.OfReader(a, contentOf(parts))
	}
	pieces := make([][]byte, len(parts))
	for i, p := range parts {
		pieces[i] = p.checksum.Sum
	}
	return &checksum.Checksum{Algorithm: a, Sum: a.Sum(pieces...), Kind: checksum.Composite, Parts: len(parts)}, nil
}
