package fakes3

import (
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/attribute"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/unsupported"
)

// account is the id of the account that owns the buckets.
const account = "123456789012"

// owner is the one user of the server.
type owner struct {
	ID          string `xml:"ID"`
	DisplayName string `xml:"DisplayName"`
}

var onlyOwner = owner{"75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a", "s3chaos"}

// checkSupported refuses a request that expects its bucket to be of another account, or that asks
// for what the server does not do.
func (s *Server) checkSupported(r *request) error {
	for _, name := range []string{"X-Amz-Expected-Bucket-Owner", "X-Amz-Source-Expected-Bucket-Owner"} {
		if want := r.Header.Get(name); want != "" && want != account && s.store.holds(r.bucket) {
			return s3err.New(s3err.AccessDenied)
		}
	}
	if err := attribute.CheckCustomerKeys(r.Header, s.scheme(r) == "https"); err != nil {
		return err
	}
	return unsupported.Check(r.Method, r.key, r.Header)
}
