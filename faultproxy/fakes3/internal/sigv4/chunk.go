package sigv4

import (
	"encoding/hex"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

// VerifyChunk verifies the next chunk of a signed stream: its signature covers the chunk and the
// signature before it. A nil Signature verifies nothing.
func (s *Signature) VerifyChunk(content []byte, signature string) error {
	if s == nil {
		return nil
	}
	return s.chain(signature, algorithm+"-PAYLOAD", hexSHA256(nil), hexSHA256(content))
}

// VerifyTrailer verifies the trailer of a signed stream, given as lines of name:value that end in
// LF. A nil Signature verifies nothing.
func (s *Signature) VerifyTrailer(canonical []byte, signature string) error {
	if s == nil {
		return nil
	}
	return s.chain(signature, algorithm+"-TRAILER", hexSHA256(canonical))
}

func (s *Signature) chain(signature, kind string, hashes ...string) error {
	text := strings.Join(append([]string{kind, s.date, s.scope, s.previous}, hashes...), "\n")
	if !equal(s.sign(text), signature) {
		return s3err.New(s3err.SignatureDoesNotMatch).
			With("AWSAccessKeyId", s.accessKey).
			With("StringToSign", text).
			With("SignatureProvided", signature).
			With("StringToSignBytes", hexBytes(text))
	}
	s.previous = signature
	return nil
}

func (s *Signature) sign(text string) string { return hex.EncodeToString(hmacSHA256(s.key, text)) }
