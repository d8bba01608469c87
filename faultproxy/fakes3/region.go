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
	if !s.options.WrongRegion.Redirect || location || !s.misdirected(r) {
		return nil
	}
	refusal := s3err.New(s3err.PermanentRedirect).
		With("Endpoint", r.Host). // never a host of AWS: a client may go there
		With("Bucket", r.bucket)
	return s.withRegion(refusal)
}

// misdirected reports whether a request for a bucket that exists is signed for another region.
func (s *Server) misdirected(r *request) bool {
	signed := sigv4.RegionOf(r.Request, r.query)
	return signed != "" && signed != s.region && s.store.holds(r.bucket)
}

// explainRegion adds the bucket's region to the verifier's refusal of another region.
func (s *Server) explainRegion(r *request, err error) error {
	e := s3err.As(err)
	if e == nil || !s.misdirected(r) {
		return err
	}
	switch e.Code {
	case s3err.AuthorizationHeaderMalformed, s3err.AuthorizationQueryParametersError:
		return s.withRegion(e)
	}
	return err
}

// withRegion adds the bucket's region to a refusal, unless the server leaves it out.
func (s *Server) withRegion(e *s3err.Error) error {
	if s.options.WrongRegion.NoHeader {
		return e
	}
	return e.WithHeader(headerBucketRegion, s.region)
}
