package s3client

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
)

// payload is a piece of content that can be sent any number of times: bytes of a file or of a
// buffer, never of a stream.
type payload struct {
	at     io.ReaderAt
	offset int64
	size   int64
	crc    string // CRC-32 as S3 writes it
	buffer []byte // what at reads, if the source is a stream; else nil
}

var errShrunk = errors.New("source ended before its size: it changed while it was being uploaded")

// sum computes the checksum of p, and adds the bytes to whole unless it is nil.
//
// The SDK would send its own checksum in an aws-chunked trailer, which many servers store as
// content. This one goes into a header. It is the same for all attempts, so the server refuses a
// file that changes between them. It is also the evidence when a lost response has to be settled.
func (p *payload) sum(whole hash.Hash) error {
	part := crc32.NewIEEE()
	var w io.Writer = part
	if whole != nil {
		w = io.MultiWriter(part, whole)
	}
	n, err := io.Copy(w, io.NewSectionReader(p.at, p.offset, p.size))
	if err != nil {
		return fmt.Errorf("read source: %w", err)
	}
	if n != p.size {
		return errShrunk
	}
	p.crc = crcText(part)
	return nil
}

// etag returns the ETag that a server gives the payload where ETags are MD5 sums, or "" if the
// source cannot be read any more.
func (p *payload) etag() string {
	sum := md5.New()
	if n, err := io.Copy(sum, io.NewSectionReader(p.at, p.offset, p.size)); err != nil || n != p.size {
		return ""
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// crcText returns a CRC-32 in base64, as S3 writes it.
func crcText(h hash.Hash) string { return base64.StdEncoding.EncodeToString(h.Sum(nil)) }

// body returns a reader for one attempt. Attempts do not share readers: net/http may still read
// from that of the last attempt when the next one begins.
func (p *payload) body(a *attempt) io.ReadSeeker {
	return &payloadReader{section: io.NewSectionReader(p.at, p.offset, p.size), attempt: a}
}

// payloadReader notes in the attempt that the source failed, and not the network.
type payloadReader struct {
	section *io.SectionReader
	attempt *attempt
}

func (r *payloadReader) Read(b []byte) (int, error) {
	n, err := r.section.Read(b)
	if err == io.EOF {
		if at, _ := r.section.Seek(0, io.SeekCurrent); at < r.section.Size() {
			err = errShrunk
		}
	}
	if err != nil && err != io.EOF {
		r.attempt.local.Store(localError{fmt.Errorf("read source: %w", err)})
	}
	return n, err
}

func (r *payloadReader) Seek(offset int64, whence int) (int64, error) {
	return r.section.Seek(offset, whence)
}
