package fakes3

import (
	"crypto/sha256"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/checksum"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/framing"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sums"
)

// payload is the verified body of a request, without its framing.
type payload struct {
	content  []byte
	sha256   *[sha256.Size]byte // nil: the request did not ask for it
	checksum *checksum.Checksum // nil: the request gave none
}

// readPayload reads the body of a request and verifies it against everything that the request says
// about it. The checks see the algorithm of the request's checksum before the sum is verified.
// After an error the caller must not use the body.
func readPayload(r *request, limit int64, checks ...func(*sums.Algorithm) error) (*payload, error) {
	body, err := framing.Read(r.Request, r.signature, limit)
	if err != nil {
		return nil, err
	}
	p := &payload{content: body.Content, sha256: body.SHA256}
	p.checksum, err = checksum.Verify(r.Header, body.Trailer, p.content, checks...)
	return p, err
}
