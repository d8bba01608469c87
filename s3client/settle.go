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

// settle decides about a write whose answer was lost, and which then failed
// with failure: nil if the object is there.
func (u *upload) settle(ctx context.Context, failure error, want evidence) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", ErrOutcomeUnknown, failure)
	}
	out, err := u.client.head(ctx, u.key)
	switch {
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
