package fakes3

import (
	"net/http"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

// account is the id of the account that owns the buckets.
const account = "123456789012"

var (
	storageClasses = []string{
		"STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER",
		"DEEP_ARCHIVE", "OUTPOSTS", "GLACIER_IR", "SNOW", "EXPRESS_ONEZONE", "FSX_OPENZFS", "FSX_ONTAP",
	}
	cannedACLs = []string{
		"private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read",
		"bucket-owner-read", "bucket-owner-full-control", "log-delivery-write",
	}
)

// checkPromises refuses headers that ask for what the server does not do. After a silent 200 the
// client would believe that its object is encrypted or shared.
func (s *Server) checkPromises(r *request) error {
	checks := []func(*request) error{s.checkOwners, checkEncryption, ofHeader(checkRedirect)}
	if r.Method == http.MethodPut || r.Method == http.MethodPost {
		checks = append(checks, ofHeader(checkStorageClass), checkACL)
	}
	for _, check := range checks {
		if err := check(r); err != nil {
			return err
		}
	}
	if mfa := r.Header.Get("X-Amz-Mfa"); mfa != "" {
		return s3err.New(s3err.NotImplemented).With("Header", "x-amz-mfa")
	}
	return nil
}

// checkOwners refuses a request that expects its bucket to be of another account.
func (s *Server) checkOwners(r *request) error {
	for _, name := range []string{"X-Amz-Expected-Bucket-Owner", "X-Amz-Source-Expected-Bucket-Owner"} {
		if want := r.Header.Get(name); want != "" && want != account && s.store.has(r.bucket) == nil {
			return s3err.New(s3err.AccessDenied)
		}
	}
	return nil
}

func checkEncryption(r *request) error {
	const prefix = "X-Amz-Server-Side-Encryption"
	for name, values := range r.Header {
		if !strings.HasPrefix(strings.TrimPrefix(name, "X-Amz-Copy-Source-"), strings.TrimPrefix(prefix, "X-Amz-")) &&
			!strings.HasPrefix(name, prefix) {
			continue
		}
		switch {
		case name == prefix && values[0] == "AES256", name == prefix+"-Bucket-Key-Enabled" && values[0] == "false":
		case name == prefix && !strings.HasPrefix(values[0], "aws:"):
			return s3err.Argument(strings.ToLower(name), values[0],
				"The encryption method specified is not supported")
		default:
			return s3err.New(s3err.NotImplemented).With("Header", strings.ToLower(name))
		}
	}
	return nil
}

// ofHeader turns a check of headers into one of a request.
func ofHeader(check func(http.Header) error) func(*request) error {
	return func(r *request) error { return check(r.Header) }
}

func checkStorageClass(h http.Header) error {
	class := h.Get("X-Amz-Storage-Class")
	if class != "" && !slices.Contains(storageClasses, class) {
		return s3err.New(s3err.InvalidStorageClass).With("StorageClassRequested", class)
	}
	return nil
}

// checkACL refuses an access control list unless it grants to the owner alone. Each bucket enforces
// its owner, which is the default of S3.
func checkACL(r *request) error {
	refusal := s3err.New(s3err.AccessControlListNotSupported)
	if r.key == "" {
		refusal = s3err.New(s3err.InvalidBucketAclWithObjectOwnership)
	}
	acl := r.Header.Get("X-Amz-Acl")
	switch {
	case acl != "" && !slices.Contains(cannedACLs, acl):
		return s3err.Argument("x-amz-acl", acl, "")
	case acl != "" && acl != "private" && acl != "bucket-owner-full-control":
		return refusal
	}
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Amz-Grant-") {
			return refusal
		}
	}
	return nil
}

func checkRedirect(h http.Header) error {
	to := h.Get("X-Amz-Website-Redirect-Location")
	for _, prefix := range []string{"/", "http://", "https://"} {
		if strings.HasPrefix(to, prefix) {
			return nil
		}
	}
	if to == "" {
		return nil
	}
	return s3err.New(s3err.InvalidRedirectLocation)
}
