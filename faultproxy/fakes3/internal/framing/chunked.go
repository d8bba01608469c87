package framing

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sigv4"
)

const (
	maxChunkLine = 4 << 10
	minChunk     = 8 << 10 // of any but the last, as S3 demands
)

// chunkedDecoder decodes a body in aws-chunked framing:
//
//	hex-size[;chunk-signature=hex] CRLF data CRLF … 0[;chunk-signature=hex] CRLF
//	[name:value CRLF …] [x-amz-trailer-signature:hex CRLF] CRLF
type chunkedDecoder struct {
	r        *bufio.Reader
	length   int64 // of the content, as declared
	signed   bool  // every chunk carries a signature
	auth     *sigv4.Signature
	trailers []string // names announced in x-amz-trailer, lower case; nil: none allowed
}

func (d *chunkedDecoder) decode() ([]byte, map[string]string, error) {
	content := make([]byte, 0, min(d.length, firstAllocation))
	short, last, chunks := false, int64(0), 0
	for {
		size, signature, err := d.chunkHead()
		if err != nil {
			return nil, nil, err
		}
		if size > d.length-int64(len(content)) {
			return nil, nil, brokenOff()
		}
		if size > 0 && short {
			return nil, nil, s3err.New(s3err.InvalidChunkSizeError).
				With("Chunk", strconv.Itoa(chunks)).With("BadChunkSize", strconv.FormatInt(last, 10))
		}
		short, last = size < minChunk, size
		chunks++
		start := len(content)
		if content, err = readInto(content, d.r, size); err != nil {
			return nil, nil, err
		}
		if size == 0 {
			trailer, err := d.end(signature, int64(start))
			return content, trailer, err
		}
		if line, err := d.line(); err != nil || line != "" {
			return nil, nil, brokenOff()
		}
		if err := d.auth.VerifyChunk(content[start:], signature); err != nil {
			return nil, nil, err
		}
	}
}

// end reads what follows the head of the last chunk, and verifies the signatures of the last chunk
// and of the trailer. It reads all framing first: a cut body is incomplete, and its signatures do
// not matter.
func (d *chunkedDecoder) end(signature string, length int64) (map[string]string, error) {
	if length != d.length {
		return nil, brokenOff()
	}
	t, err := d.trailer()
	if err != nil {
		return nil, err
	}
	if err := d.auth.VerifyChunk(nil, signature); err != nil {
		return nil, err
	}
	if d.signed && d.trailers != nil {
		if err := d.auth.VerifyTrailer(t.canonical.Bytes(), t.signature); err != nil {
			return nil, err
		}
	}
	return t.found, nil
}

// trailer is what follows the last chunk.
type trailer struct {
	found     map[string]string
	canonical bytes.Buffer // as its signature covers it
	signature string
}

// chunkHead reads the line that opens a chunk.
func (d *chunkedDecoder) chunkHead() (size int64, signature string, err error) {
	line, err := d.line()
	if err != nil {
		return 0, "", err
	}
	text, extension, extended := strings.Cut(line, ";")
	size, err = strconv.ParseInt(text, 16, 64)
	if err != nil || size < 0 || text[0] == '+' || text[0] == '-' {
		return 0, "", brokenOff()
	}
	if !d.signed {
		return size, "", nil
	}
	signature, ok := strings.CutPrefix(extension, "chunk-signature=")
	if !extended || !ok || !isSignature(signature) {
		return 0, "", brokenOff()
	}
	return size, signature, nil
}

// trailer reads what follows the last chunk up to the empty line. In a signed stream the signature
// follows the announced names: if it does not, the framing is malformed.
func (d *chunkedDecoder) trailer() (*trailer, error) {
	t := &trailer{found: map[string]string{}}
	for {
		line, err := d.trailerLine()
		if err != nil || strings.Contains(line, "\r") {
			return nil, brokenOff()
		}
		if line == "" {
			return t, d.checkTrailer(t)
		}
		name, text, ok := strings.Cut(line, ":")
		name, text = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(text)
		switch {
		case ok && name == "x-amz-trailer-signature" && d.signed:
			if !isSignature(text) {
				return nil, brokenOff()
			}
			t.signature = text
		case ok && slices.Contains(d.trailers, name) && t.signature == "":
			t.found[name] = text
			t.canonical.WriteString(name + ":" + text + "\n")
		case d.signed && len(t.found) == len(d.trailers):
			return nil, brokenOff()
		default:
			return nil, s3err.New(s3err.MalformedTrailerError)
		}
	}
}

// checkTrailer refuses a trailer that lacks an announced name or its signature.
func (d *chunkedDecoder) checkTrailer(t *trailer) error {
	for _, name := range d.trailers {
		if _, ok := t.found[name]; !ok && name != "" {
			return s3err.New(s3err.MalformedTrailerError)
		}
	}
	if d.signed && d.trailers != nil && t.signature == "" {
		return brokenOff()
	}
	return nil
}

// isSignature reports whether a text has the form of a signature.
func isSignature(text string) bool {
	raw, err := hex.DecodeString(text)
	return err == nil && len(raw) == sha256.Size
}

// trailerLine reads a line of the trailer. S3 accepts lines that end in LF CRLF too: minio-go sends
// them, because the signature of a trailer covers LF alone. After such a line the CRLF ends the
// trailer only if the body ends there.
func (d *chunkedDecoder) trailerLine() (string, error) {
	line, bare, err := d.anyLine()
	if err != nil || !bare {
		return line, err
	}
	rest, err := d.r.Peek(2)
	if err != nil || string(rest) != "\r\n" {
		return "", brokenOff()
	}
	if _, err := d.r.Peek(3); err == nil {
		_, err = d.r.Discard(2)
		return line, err
	}
	return line, nil
}

// line reads up to CRLF. A body that ends first is incomplete.
func (d *chunkedDecoder) line() (string, error) {
	line, bare, err := d.anyLine()
	if bare {
		return "", brokenOff()
	}
	return line, err
}

// anyLine reads up to LF, and reports whether no CR stands before it.
func (d *chunkedDecoder) anyLine() (text string, bare bool, err error) {
	var line []byte
	for {
		piece, err := d.r.ReadSlice('\n')
		line = append(line, piece...)
		if len(line) > maxChunkLine {
			return "", false, brokenOff()
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return "", false, brokenOff()
		}
		whole, ok := bytes.CutSuffix(line, []byte("\r\n"))
		if !ok {
			whole = line[:len(line)-1]
		}
		return string(whole), !ok, nil
	}
}

// brokenOff is the error of a body whose framing ends too early or is malformed.
func brokenOff() error {
	return s3err.Errorf(s3err.IncompleteBody, "The request body terminated unexpectedly")
}
