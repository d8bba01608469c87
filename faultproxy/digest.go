package faultproxy

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

// digest takes in a decoded body: its SHA-256, a copy, or both. A nil digest takes everything and yields nothing.
type digest struct {
	hash    hash.Hash   // nil: not wanted
	keep    *keep       // nil: not wanted
	decoder *awsDecoder // nil: the body is not aws-chunked
}

func newDigest(streaming, sum bool, copied *keep) *digest {
	if !sum && copied == nil {
		return nil
	}
	d := &digest{keep: copied}
	if sum {
		d.hash = sha256.New()
	}
	if streaming {
		d.decoder = &awsDecoder{to: d}
	}
	return d
}

// Write takes in decoded content. It never fails.
func (d *digest) Write(p []byte) (int, error) {
	if d.hash != nil {
		_, _ = d.hash.Write(p) // never fails
	}
	d.keep.write(p)
	return len(p), nil
}

func (d *digest) write(p []byte) {
	switch {
	case d == nil:
	case d.decoder != nil:
		d.decoder.write(p)
	default:
		_, _ = d.Write(p) // never fails
	}
}

// sum is the digest in hexadecimal, "" unless wanted and the body well-formed.
func (d *digest) sum(wanted bool) string {
	if d == nil || d.hash == nil || !wanted || d.decoder != nil && !d.decoder.whole() {
		return ""
	}
	return hex.EncodeToString(d.hash.Sum(nil))
}
