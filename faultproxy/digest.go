package faultproxy

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// digest computes the SHA-256 of a decoded body, copies the body, or does both. A nil digest does
// nothing.
type digest struct {
	hash    hash.Hash        // nil: no digest wanted
	copy    func([]byte)     // nil: no copy wanted
	decoder *wire.AWSDecoder // nil: the body is not aws-chunked
}

func newDigest(streaming, sum bool, copied func([]byte)) *digest {
	if !sum && copied == nil {
		return nil
	}
	d := &digest{copy: copied}
	if sum {
		d.hash = sha256.New()
	}
	if streaming {
		d.decoder = wire.NewAWSDecoder(d)
	}
	return d
}

// Write adds decoded content. Its error is always nil.
func (d *digest) Write(p []byte) (int, error) {
	if d.hash != nil {
		_, _ = d.hash.Write(p) // never fails
	}
	if d.copy != nil {
		d.copy(p)
	}
	return len(p), nil
}

func (d *digest) write(p []byte) {
	switch {
	case d == nil:
	case d.decoder != nil:
		d.decoder.Feed(p)
	default:
		_, _ = d.Write(p) // never fails
	}
}

// sum returns the digest in hexadecimal. It returns "" if it is not wanted, or if the body is not
// well-formed.
func (d *digest) sum(wanted bool) string {
	if d == nil || d.hash == nil || !wanted || !d.wellFormed() {
		return ""
	}
	return hex.EncodeToString(d.hash.Sum(nil))
}

// wellFormed reports whether the body could be decoded. An aws-chunked body must have been decoded
// to its end.
func (d *digest) wellFormed() bool { return d == nil || d.decoder == nil || d.decoder.Whole() }

// awsChunked reports whether the headers of a request announce a body in aws-chunked encoding.
func awsChunked(h httptext.Headers) (chunked bool) {
	h.Each(func(name, value string) bool {
		chunked = httptext.EqualFold(name, "x-amz-content-sha256") && strings.HasPrefix(value, "STREAMING-")
		return !chunked
	})
	return chunked
}
