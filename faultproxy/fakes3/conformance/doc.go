// Package conformance compares an S3 server with the documented behaviour of S3. Its tests run on
// the fake of package fakes3 by default, and on any other server with
//
//	make conformance ENDPOINT=http://127.0.0.1:9000
//
// with keys from the environment. Each check has a bucket of its own, and uses the AWS SDK at its
// defaults or a signed request of its own.
package conformance
