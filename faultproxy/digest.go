package faultproxy

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

// digest is the SHA-256 of a decoded body. A nil digest takes everything and yields nothing.
type digest struct {
	hash    hash.Hash
	decoder *awsDecoder // nil: the body is not aws-chunked
}

func newDigest(streaming bool) *digest {
	d := &digest{hash: sha256.New()}
	if streaming {
		d.decoder = &awsDecoder{to: d.hash}
	}
	return d
}

func (d *digest) write(p []byte) {
	switch {
	case d == nil:
	case d.decoder != nil:
		d.decoder.write(p)
	default:
		_, _ = d.hash.Write(p) // never fails
	}
}

// sum is the digest in hexadecimal, "" unless wanted and the body well-formed.
func (d *digest) sum(wanted bool) string {
	if d == nil || !wanted || d.decoder != nil && !d.decoder.whole() {
		return ""
	}
	return hex.EncodeToString(d.hash.Sum(nil))
}
