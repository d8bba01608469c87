package sigv4

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

// presigned verifies a request by its query.
func (v *Verifier) presigned(r *http.Request, path string, q url.Values) (*Signature, error) {
	s := &Signature{text: q.Get("X-Amz-Signature"), signed: strings.Split(q.Get("X-Amz-SignedHeaders"), ";")}
	s.accessKey, s.scope, _ = strings.Cut(q.Get("X-Amz-Credential"), "/")
	for _, name := range []string{
		"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires",
		"X-Amz-SignedHeaders", "X-Amz-Signature",
	} {
		if q.Get(name) == "" {
			return nil, s3err.Errorf(s3err.AuthorizationQueryParametersError, "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
		}
	}
	if q.Get("X-Amz-Algorithm") != algorithm {
		return nil, s3err.Errorf(s3err.AuthorizationQueryParametersError,
			`X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"`)
	}
	at, err := s.dated(q.Get("X-Amz-Date"))
	if err != nil {
		return nil, s3err.Errorf(s3err.AuthorizationQueryParametersError,
			`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`)
	}
	seconds, err := strconv.Atoi(q.Get("X-Amz-Expires"))
	const week = 7 * 24 * 60 * 60
	switch {
	case err != nil:
		return nil, s3err.Errorf(s3err.AuthorizationQueryParametersError, "X-Amz-Expires should be a number")
	case seconds < 0:
		return nil, s3err.Errorf(s3err.AuthorizationQueryParametersError, "X-Amz-Expires must be non-negative")
	case seconds > week:
		return nil, s3err.Errorf(s3err.AuthorizationQueryParametersError, "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds")
	}
	now, expires := v.Now(), at.Add(time.Duration(seconds)*time.Second)
	if now.Add(maxSkew).Before(at) {
		return nil, s3err.Errorf(s3err.AccessDenied, "Request is not valid yet")
	}
	if now.After(expires) {
		return nil, s3err.Errorf(s3err.AccessDenied, "Request has expired").
			With("X-Amz-Expires", q.Get("X-Amz-Expires")).
			With("Expires", expires.UTC().Format(time.RFC3339)).
			With("ServerTime", now.UTC().Format(time.RFC3339))
	}
	payload := UnsignedPayload
	if slices.Contains(s.signed, "x-amz-content-sha256") {
		payload = r.Header.Get(HeaderPayload)
	}
	return s, v.verify(r, path, s, payload, q.Get(headerToken), queryRefusal)
}
