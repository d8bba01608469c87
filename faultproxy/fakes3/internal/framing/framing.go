// Package framing takes the framing off the body of a request: [Read] reads a plain body or one in
// aws-chunked framing, whole, and verifies its length, its signatures and its SHA-256.
package framing

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sigv4"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sums"
)

// firstAllocation bounds how much memory a Content-Length alone makes the server allocate.
const firstAllocation = 16 << 20

// Body is the content of a request.
type Body struct {
	Content []byte
	SHA256  *[sha256.Size]byte // nil: the request did not ask for it
	Trailer map[string]string  // by lower-case names; nil: none
}

// Read reads the body of a request, of at most limit bytes. A nil signature verifies no chunk. The
// error is an [s3err.Error]; the caller must not use the body after an error.
func Read(r *http.Request, signature *sigv4.Signature, limit int64) (*Body, error) {
	b := &Body{}
	var err error
	declared := r.Header.Get(sigv4.HeaderPayload)
	switch declared {
	case sigv4.StreamingSigned, sigv4.StreamingSignedTrailer, sigv4.StreamingUnsignedTrailer:
		b.Content, b.Trailer, err = readStreaming(r, declared, signature, limit)
	default:
		b.Content, err = readPlain(r, limit)
	}
	if err != nil {
		return nil, err
	}
	return b, b.verify(declared)
}

// readPlain reads exactly Content-Length bytes.
func readPlain(r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength < 0 {
		return nil, s3err.New(s3err.NotImplemented).With("Header", "Transfer-Encoding")
	}
	if r.ContentLength > limit {
		return nil, TooLarge(r.ContentLength, limit)
	}
	content := make([]byte, 0, min(r.ContentLength, firstAllocation))
	content, err := readInto(content, r.Body, r.ContentLength)
	if err != nil {
		return nil, err
	}
	return content, atEnd(r.Body)
}

// readStreaming reads a body in aws-chunked framing.
func readStreaming(r *http.Request, declared string, signature *sigv4.Signature, limit int64,
) (content []byte, trailer map[string]string, err error) {
	text := r.Header.Get("X-Amz-Decoded-Content-Length")
	length, err := strconv.ParseInt(text, 10, 64)
	if text == "" || err != nil || length < 0 {
		return nil, nil, s3err.New(s3err.MissingContentLength)
	}
	if length > limit {
		return nil, nil, TooLarge(length, limit)
	}
	d := &chunkedDecoder{r: bufio.NewReader(r.Body), length: length}
	if declared != sigv4.StreamingUnsignedTrailer {
		d.signed = true
		d.auth = signature
	}
	if declared != sigv4.StreamingSigned {
		if d.trailers, err = announcedTrailers(r.Header); err != nil {
			return nil, nil, err
		}
	}
	content, trailer, err = d.decode()
	if err != nil {
		return nil, nil, err
	}
	return content, trailer, atEnd(d.r)
}

// announcedTrailers reads the name of the trailer that a request announces, in lower case. S3
// accepts checksums only.
func announcedTrailers(h http.Header) ([]string, error) {
	name := strings.ToLower(strings.TrimSpace(h.Get("X-Amz-Trailer")))
	if name != "" && sums.OfHeader(name) == nil {
		return nil, s3err.Errorf(s3err.InvalidRequest,
			"The value specified in the x-amz-trailer header is not supported")
	}
	return []string{name}, nil
}

// readInto appends exactly n bytes from r.
func readInto(content []byte, r io.Reader, n int64) ([]byte, error) {
	for n > 0 {
		if len(content) == cap(content) {
			content = append(content, 0)[:len(content)]
		}
		room := content[len(content):cap(content)]
		if int64(len(room)) > n {
			room = room[:n]
		}
		read, err := r.Read(room)
		content = content[:len(content)+read]
		n -= int64(read)
		if err != nil && n > 0 {
			return nil, s3err.New(s3err.IncompleteBody)
		}
	}
	return content, nil
}

// atEnd refuses a body that is longer than it declared.
func atEnd(r io.Reader) error {
	var one [1]byte
	n, err := io.ReadFull(r, one[:])
	if n == 0 && errors.Is(err, io.EOF) {
		return nil
	}
	return s3err.New(s3err.IncompleteBody)
}

// TooLarge is the error of a body above a limit, both in bytes.
func TooLarge(size, limit int64) error {
	return s3err.New(s3err.EntityTooLarge).
		With("ProposedSize", strconv.FormatInt(size, 10)).
		With("MaxSizeAllowed", strconv.FormatInt(limit, 10))
}

// verify checks the content against x-amz-content-sha256.
func (b *Body) verify(declared string) error {
	want, err := sigv4.PayloadSum(declared)
	if want == nil || err != nil {
		return err
	}
	sum := sha256.Sum256(b.Content)
	if string(sum[:]) != string(want) {
		return s3err.New(s3err.XAmzContentSHA256Mismatch).
			With("ClientComputedContentSHA256", declared).
			With("S3ComputedContentSHA256", hex.EncodeToString(sum[:]))
	}
	b.SHA256 = &sum
	return nil
}
