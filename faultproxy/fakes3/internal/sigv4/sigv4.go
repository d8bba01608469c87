// Package sigv4 verifies Signature Version 4 as S3 does: [Verifier.Request] verifies a request by
// its Authorization header or its query, [Verifier.Form] a browser form by its fields. The
// [Signature] of a request then verifies the chunks and the trailer of a streamed body.
package sigv4

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

const (
	algorithm = "AWS4-HMAC-SHA256"
	amzDate   = "20060102T150405Z"

	// maxSkew is how far a client's clock may be from the server's.
	maxSkew = 15 * time.Minute

	headerToken = "X-Amz-Security-Token"

	otherMechanism = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
)

// Verifier verifies requests against the keys that it knows.
type Verifier struct {
	// Keys returns the key with that access key, or false for an unknown one.
	Keys   func(accessKey string) (Key, bool)
	Region string           // that requests must be signed for; empty: any
	Now    func() time.Time // the server's clock
}

// Key is what belongs to an access key.
type Key struct {
	Secret  string
	Token   string    // the session token; empty: requests must come without one
	Expires time.Time // zero: never
}

// Signature is what a request gives to prove its sender. The server chains the signatures of the
// body's chunks to it.
type Signature struct {
	accessKey string
	scope     string // date/region/service/aws4_request
	date      string // of the request
	signed    []string
	text      string
	key       []byte
	previous  string
}

// Names reports whether a request names an access key that the verifier knows, in any of the forms
// that S3 ever had. A form that the verifier does not know counts too: the request must not pass as
// unsigned.
func (v *Verifier) Names(r *http.Request, query url.Values) bool {
	header := r.Header.Get("Authorization")
	if _, rest, ok := strings.Cut(header, "Credential="); ok {
		header = rest
	}
	header = strings.TrimPrefix(header, "AWS ")
	return v.isNamed(header, query.Get("X-Amz-Credential"), query.Get("AWSAccessKeyId"))
}

// isNamed reports whether one of the credentials begins with an access key that the verifier knows.
func (v *Verifier) isNamed(credentials ...string) bool {
	return slices.ContainsFunc(credentials, func(text string) bool {
		end := strings.IndexAny(text+"/", "/:,")
		_, known := v.Keys(text[:min(end, len(text))])
		return known
	})
}

// Request verifies the signature of a request. The path is the one of the request line, still
// encoded. The error is an [s3err.Error].
func (v *Verifier) Request(r *http.Request, path string, query url.Values) (*Signature, error) {
	header := r.Header.Get("Authorization")
	presigned := query.Has("X-Amz-Signature") || query.Has("X-Amz-Algorithm")
	switch {
	case header != "" && presigned:
		return nil, s3err.Errorf(s3err.InvalidArgument, "Only one auth mechanism allowed; only the "+
			"X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header "+
			"should be specified")
	case header != "":
		return v.header(r, path, header)
	case presigned:
		return v.presigned(r, path, query)
	case query.Has("AWSAccessKeyId") && query.Has("Signature"):
		return nil, s3err.Errorf(s3err.InvalidRequest, otherMechanism)
	}
	return nil, s3err.New(s3err.AccessDenied)
}

// verify compares the signature of a request with the one that the keys give.
func (v *Verifier) verify(r *http.Request, path string, s *Signature, payload, token string, refuse refusal) error {
	if err := v.checkScope(s, refuse); err != nil {
		return err
	}
	if _, err := PayloadSum(payload); err != nil {
		return err
	}
	key, err := v.identify(s.accessKey, token)
	if err != nil {
		return err
	}
	open := unsignedHeaders(r.Header, s.signed)
	if !slices.Contains(s.signed, "host") {
		open = []string{"host"}
	}
	if len(open) > 0 {
		return s3err.Errorf(s3err.AccessDenied, "There were headers present in the request which were not signed").
			With("HeadersNotSigned", strings.Join(open, ", "))
	}
	canonical := canonicalRequest(r, path, s.signed, payload)
	text := strings.Join([]string{algorithm, s.date, s.scope, hexSHA256([]byte(canonical))}, "\n")
	s.key = key.derive(s.scope)
	if !equal(s.sign(text), s.text) {
		return s.mismatch(text).With("CanonicalRequest", canonical).With("CanonicalRequestBytes", hexBytes(canonical))
	}
	s.previous = s.text
	return nil
}

// identify returns the key of a request. It refuses an unknown access key, a wrong session token
// and a key that has expired.
func (v *Verifier) identify(accessKey, token string) (Key, error) {
	key, known := v.Keys(accessKey)
	switch {
	case !known:
		return key, s3err.New(s3err.InvalidAccessKeyId).With("AWSAccessKeyId", accessKey)
	case token != key.Token:
		return key, s3err.New(s3err.InvalidToken)
	case !key.Expires.IsZero() && !v.Now().Before(key.Expires):
		return key, s3err.New(s3err.ExpiredToken)
	}
	return key, nil
}

// mismatch is the error of a signature that is not the one of text.
func (s *Signature) mismatch(text string) *s3err.Error {
	return s3err.New(s3err.SignatureDoesNotMatch).
		With("AWSAccessKeyId", s.accessKey).
		With("StringToSign", text).
		With("SignatureProvided", s.text).
		With("StringToSignBytes", hexBytes(text))
}
