// Package unsupported refuses headers that ask for what the fake S3 does not do: [Check]. After a
// silent 200 the client would believe that its object is encrypted or shared.
package unsupported

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

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

// Check refuses the headers of a request for a bucket, or for an object if key is not empty. The
// error is an [s3err.Error].
func Check(method, key string, h http.Header) error {
	checks := []func(http.Header) error{checkEncryption, Redirect}
	if method == http.MethodPut || method == http.MethodPost {
		checks = append(checks, StorageClass, func(h http.Header) error { return checkACL(key, h) })
	}
	for _, check := range checks {
		if err := check(h); err != nil {
			return err
		}
	}
	if h.Get("X-Amz-Mfa") != "" {
		return s3err.New(s3err.NotImplemented).With("Header", "x-amz-mfa")
	}
	return nil
}

func checkEncryption(h http.Header) error {
	const prefix = "X-Amz-Server-Side-Encryption"
	for _, name := range slices.Sorted(maps.Keys(h)) { // the error names the first
		values := h[name]
		if !strings.HasPrefix(strings.TrimPrefix(name, "X-Amz-Copy-Source-"), strings.TrimPrefix(prefix, "X-Amz-")) &&
			!strings.HasPrefix(name, prefix) {
			continue
		}
		switch {
		case strings.Contains(name, "-Server-Side-Encryption-Customer-"): // the server checks these itself
		case name == prefix && values[0] == "AES256" && h.Get(prefix+"-Customer-Algorithm") != "":
			return s3err.Errorf(s3err.InvalidArgument, "Server Side Encryption with Customer provided key is "+
				"incompatible with the encryption method specified")
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

// StorageClass refuses a storage class that S3 does not have.
func StorageClass(h http.Header) error {
	class := h.Get("X-Amz-Storage-Class")
	if class != "" && !slices.Contains(storageClasses, class) {
		return s3err.New(s3err.InvalidStorageClass).With("StorageClassRequested", class)
	}
	return nil
}

// checkACL refuses an access control list unless it grants to the owner alone. Each bucket enforces
// its owner, which is the default of S3.
func checkACL(key string, h http.Header) error {
	refusal := s3err.New(s3err.AccessControlListNotSupported)
	if key == "" {
		refusal = s3err.New(s3err.InvalidBucketAclWithObjectOwnership)
	}
	acl := h.Get("X-Amz-Acl")
	switch {
	case acl != "" && !slices.Contains(cannedACLs, acl):
		return s3err.Argument("x-amz-acl", acl, "")
	case acl != "" && acl != "private" && acl != "bucket-owner-full-control":
		return refusal
	}
	for name := range h {
		if strings.HasPrefix(name, "X-Amz-Grant-") {
			return refusal
		}
	}
	return nil
}

// Redirect refuses a redirection of a website that leads nowhere.
func Redirect(h http.Header) error {
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
