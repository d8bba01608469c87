package s3client

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// markerKey is the metadata by which a conditional write recognises itself.
const markerKey = "s3client-write"

// evidence is what an object must look like to be the one we wrote.
type evidence struct {
	size   int64
	crc    string
	etag   string // may be ""
	marker string // may be ""
}

// uncertain reports whether a write that failed may be done all the same: an
// answer was lost, or the refusal is one that a write gets which is done already.
// For that no attempt of ours need be lost: proxies repeat requests too.
func (u *upload) uncertain(failure error, lost bool) bool {
	switch codeOf(failure) {
	case "PreconditionFailed":
		return u.marker != ""
	case "NoSuchUpload":
		return true
	}
	return failure != nil && lost
}

// settle decides about an uncertain write that failed with failure: nil if the
// object is there.
func (u *upload) settle(ctx context.Context, failure error, lost bool, want evidence) error {
	if ctx.Err() != nil && lost {
		return fmt.Errorf("%w: %w", ErrOutcomeUnknown, failure)
	}
	out, err := u.client.head(ctx, u.key)
	switch {
	case err != nil && !lost:
		return failure // S3 has answered, and that is all there is to go by
	case err != nil:
		return fmt.Errorf("%w: %w; looking it up: %w", ErrOutcomeUnknown, failure, err)
	case out == nil || !want.matches(out):
		return failure
	}
	u.client.log(ctx, slog.LevelInfo, "lost answer settled: the object is there", "bucket", u.client.config.Bucket, "key", u.key)
	return nil
}

func (want evidence) matches(out *s3.HeadObjectOutput) bool {
	if aws.ToInt64(out.ContentLength) != want.size {
		return false
	}
	if want.marker != "" && out.Metadata[markerKey] != want.marker {
		return false
	}
	if sum := fullObject(out.ChecksumCRC32, out.ChecksumType); sum != nil {
		return *sum == want.crc
	}
	if want.marker != "" {
		return true
	}
	return want.etag != "" && aws.ToString(out.ETag) == want.etag
}
