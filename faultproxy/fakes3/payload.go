package fakes3

import (
	"crypto/sha256"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/framing"
)

// payload is a request body, whole, unframed and verified.
type payload struct {
	content  []byte
	sha256   *[sha256.Size]byte // nil: the request did not ask for it
	checksum *checksum          // nil: the request gave none
}

// readPayload reads the body of a request and verifies it against everything that the request says
// about it. On an error nothing of the body is of any use.
func readPayload(r *request, limit int64) (*payload, error) {
	body, err := framing.Read(r.Request, r.signature, limit)
	if err != nil {
		return nil, err
	}
	p := &payload{content: body.Content, sha256: body.SHA256}
	p.checksum, err = verify(r.Header, body.Trailer, p.content)
	return p, err
}
