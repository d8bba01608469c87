package s3client

import (
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// GetOptions refine a read: which version, which bytes, under which conditions. The zero value, and
// nil, read the whole current object without a condition.
type GetOptions struct {
	// Range is the part of the object to read, in bytes: "0-99", "100-" or "-500" for the last 500.
	// Empty: all of it. S3 has no checksum for an arbitrary range, so one is verified by its length
	// and the ETag only.
	Range string
	// PartNumber reads one part of an object that was uploaded in parts, 1 to [MaxParts]. It
	// excludes Range. Zero: all parts.
	PartNumber int
	// VersionID names the version to read. Empty: the current one.
	VersionID string

	// IfMatch reads only an object with this ETag; any other is [ErrPreconditionFailed].
	IfMatch string
	// IfNoneMatch reads only an object with another ETag; the same is [ErrNotModified].
	IfNoneMatch string
	// IfModifiedSince reads only an object that was modified later, to the second; an older one is
	// [ErrNotModified]. The zero time: no condition.
	IfModifiedSince time.Time
	// IfUnmodifiedSince reads only an object that was not modified later, to the second; a newer
	// one is [ErrPreconditionFailed]. The zero time: no condition.
	IfUnmodifiedSince time.Time

	// SSECustomerKey is the key of the caller with which the object is encrypted. Nil: the server
	// has the key, or the object is not encrypted.
	SSECustomerKey CustomerKey
}

// check returns the range that the options ask for, or every mistake in them.
func (o *GetOptions) check(c *Client) (span, error) {
	want, err := parseRange(o.Range)
	return want, errors.Join(err, o.SSECustomerKey.check(c), broken([]rule{
		{
			o.PartNumber < 0 || o.PartNumber > MaxParts,
			fmt.Sprintf("part number %d: want 1 to %d", o.PartNumber, MaxParts),
		},
		{o.PartNumber != 0 && o.Range != "", "part number and range: want at most one of them"},
	}))
}

// conditions sets the conditions of a first request. A request that continues a read does not
// repeat them: it wants the object with the ETag that it has seen.
func (o *GetOptions) conditions(in *s3.GetObjectInput) {
	in.IfMatch, in.IfNoneMatch = optional(o.IfMatch), optional(o.IfNoneMatch)
	in.IfModifiedSince, in.IfUnmodifiedSince = optionalTime(o.IfModifiedSince), optionalTime(o.IfUnmodifiedSince)
}

// which sets the version to read and the key that decrypts it.
func (o *GetOptions) which(in *s3.GetObjectInput) {
	in.VersionId = optional(o.VersionID)
	in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = o.SSECustomerKey.headers()
}

// head returns the input of a HEAD of the same object, without conditions.
func (o *GetOptions) head() *s3.HeadObjectInput {
	return headInput(o.VersionID, o.SSECustomerKey)
}

// headConditions sets the conditions of a HEAD.
func (o *GetOptions) headConditions(in *s3.HeadObjectInput) {
	in.IfMatch, in.IfNoneMatch = optional(o.IfMatch), optional(o.IfNoneMatch)
	in.IfModifiedSince, in.IfUnmodifiedSince = optionalTime(o.IfModifiedSince), optionalTime(o.IfUnmodifiedSince)
}

func optionalTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return aws.Time(t)
}
