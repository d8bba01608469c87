package fakes3

import (
	"net/http"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sigv4"
)

// This file answers requests for a bucket that are signed for another region than the bucket's.

const headerBucketRegion = "X-Amz-Bucket-Region"

// checkRegion redirects a request that is signed for another region. A server that does not
// redirect leaves such a request to the verifier, which refuses it. GetBucketLocation passes in any
// region.
func (s *Server) checkRegion(r *request) error {
	location := r.Method == http.MethodGet && r.key == "" && r.has("location")
	if !s.options.WrongRegion.Redirect || location || !s.store.holds(r.bucket) {
		return nil
	}
	if signed := sigv4.RegionOf(r.Request, r.query); signed == "" || signed == s.region {
		return nil
	}
	refusal := s3err.New(s3err.PermanentRedirect).
		With("Endpoint", r.Host). // never a host of AWS: a client may go there
		With("Bucket", r.bucket)
	return s.withRegion(r, refusal)
}

// withRegion adds the bucket's region to the refusal of a request that is signed for another one.
func (s *Server) withRegion(r *request, err error) error {
	e, signed := s3err.As(err), sigv4.RegionOf(r.Request, r.query)
	if e == nil || signed == "" || signed == s.region || s.options.WrongRegion.NoHeader ||
		s.store.has(r.bucket) != nil {
		return err
	}
	switch e.Code {
	case s3err.AuthorizationHeaderMalformed, s3err.AuthorizationQueryParametersError, s3err.PermanentRedirect:
		return e.WithHeader(headerBucketRegion, s.region)
	}
	return err
}
