package fakes3

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sums"
)

const (
	unsignedPayload          = "UNSIGNED-PAYLOAD"
	streamingSigned          = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	streamingSignedTrailer   = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
	streamingUnsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

	// firstAllocation bounds what a Content-Length alone may make us allocate.
	firstAllocation = 16 << 20
)

// payload is a request body, whole, unframed and verified.
type payload struct {
	content  []byte
	sha256   *[sha256.Size]byte // nil: nothing asked for it
	checksum *checksum          // nil: the request gave none
}

// readPayload reads the body of a request and verifies it against everything
// the request says about it. On an error nothing of the body is of any use.
func readPayload(r *request, limit int64) (*payload, error) {
	p, trailer, err := readContent(r, limit)
	if err != nil {
		return nil, err
	}
	p.checksum, err = verify(r.Header, trailer, p.content)
	return p, err
}

// readContent is readPayload for requests whose checksum headers are about
// something other than their body.
func readContent(r *request, limit int64) (p *payload, trailer map[string]string, err error) {
	p = &payload{}
	declared := r.Header.Get(headerContentSHA256)
	switch declared {
	case streamingSigned, streamingSignedTrailer, streamingUnsignedTrailer:
		p.content, trailer, err = readStreaming(r, declared, limit)
	default:
		p.content, err = readPlain(r, limit)
	}
	if err != nil {
		return nil, nil, err
	}
	if err := p.verifySHA256(declared); err != nil {
		return nil, nil, err
	}
	return p, trailer, nil
}

// readPlain reads exactly Content-Length bytes.
func readPlain(r *request, limit int64) ([]byte, error) {
	if r.ContentLength < 0 {
		return nil, failure(codeNotImplemented).with("Header", "Transfer-Encoding")
	}
	if r.ContentLength > limit {
		return nil, tooLarge(r.ContentLength, limit)
	}
	content := make([]byte, 0, min(r.ContentLength, firstAllocation))
	content, err := readInto(content, r.Body, r.ContentLength)
	if err != nil {
		return nil, err
	}
	return content, atEnd(r.Body)
}

// readStreaming reads a body in aws-chunked framing.
func readStreaming(r *request, declared string, limit int64) ([]byte, map[string]string, error) {
	text := r.Header.Get("X-Amz-Decoded-Content-Length")
	length, err := strconv.ParseInt(text, 10, 64)
	if text == "" || err != nil || length < 0 {
		return nil, nil, failure(codeMissingContentLength)
	}
	if length > limit {
		return nil, nil, tooLarge(length, limit)
	}
	d := &chunkedDecoder{r: bufio.NewReader(r.Body), length: length}
	if declared != streamingUnsignedTrailer {
		d.signed = true
		d.auth = r.auth
	}
	if declared != streamingSigned {
		if d.trailers, err = announcedTrailers(r.Header); err != nil {
			return nil, nil, err
		}
	}
	content, trailer, err := d.decode()
	if err != nil {
		return nil, nil, err
	}
	return content, trailer, atEnd(d.r)
}

// announcedTrailers reads which trailer a request announces, in lower case. S3 takes
// checksums only.
func announcedTrailers(h http.Header) ([]string, error) {
	name := strings.ToLower(strings.TrimSpace(h.Get("X-Amz-Trailer")))
	if name != "" && sums.OfHeader(name) == nil {
		return nil, failuref(codeInvalidRequest, "The value specified in the x-amz-trailer header is not supported")
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
			return nil, failure(codeIncompleteBody)
		}
	}
	return content, nil
}

// atEnd makes sure that a body ends where it said it would.
func atEnd(r io.Reader) error {
	var one [1]byte
	n, err := io.ReadFull(r, one[:])
	if n == 0 && errors.Is(err, io.EOF) {
		return nil
	}
	return failure(codeIncompleteBody)
}

func tooLarge(size, limit int64) error {
	return failure(codeEntityTooLarge).
		with("ProposedSize", strconv.FormatInt(size, 10)).
		with("MaxSizeAllowed", strconv.FormatInt(limit, 10))
}

// wantedSHA256 reads x-amz-content-sha256: a sum, or nil where it asks for none.
func wantedSHA256(declared string) ([]byte, error) {
	switch declared {
	case "", unsignedPayload, streamingSigned, streamingSignedTrailer, streamingUnsignedTrailer:
		return nil, nil
	}
	want, err := hex.DecodeString(declared)
	if err != nil || len(want) != sha256.Size {
		return nil, failuref(codeInvalidArgument,
			"x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.").
			with("ArgumentName", "x-amz-content-sha256").with("ArgumentValue", declared)
	}
	return want, nil
}

// verifySHA256 checks the content against x-amz-content-sha256.
func (p *payload) verifySHA256(declared string) error {
	want, err := wantedSHA256(declared)
	if want == nil || err != nil {
		return err
	}
	sum := sha256.Sum256(p.content)
	if string(sum[:]) != string(want) {
		return failure(codeContentSHA256Mismatch).
			with("ClientComputedContentSHA256", declared).
			with("S3ComputedContentSHA256", hex.EncodeToString(sum[:]))
	}
	p.sha256 = &sum
	return nil
}
