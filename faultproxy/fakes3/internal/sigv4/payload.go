package sigv4

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

// HeaderPayload is the header that says how the signature of a request covers its body: with the
// body's SHA-256, or with one of these words.
const (
	HeaderPayload            = "X-Amz-Content-Sha256"
	UnsignedPayload          = "UNSIGNED-PAYLOAD"
	StreamingSigned          = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	StreamingSignedTrailer   = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
	StreamingUnsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
)

// PayloadSum reads the value of [HeaderPayload]: a SHA-256, or nil for an empty value and for a
// word.
func PayloadSum(declared string) ([]byte, error) {
	switch declared {
	case "", UnsignedPayload, StreamingSigned, StreamingSignedTrailer, StreamingUnsignedTrailer:
		return nil, nil
	}
	want, err := hex.DecodeString(declared)
	if err != nil || len(want) != sha256.Size {
		return nil, s3err.Argument("x-amz-content-sha256", declared, "x-amz-content-sha256 must be %s, %s, %s, %s, "+
			"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid "+
			"sha256 value.", UnsignedPayload, StreamingUnsignedTrailer, StreamingSigned, StreamingSignedTrailer)
	}
	return want, nil
}
