package s3client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/s3chaos/s3chaos/retry"
)

// MaxCopySize is the largest object that [Client.Copy] copies, in bytes: S3's limit for one
// request.
const MaxCopySize = 5 << 30

// CopyOptions refine a copy. The zero value, and nil, copy within the client's bucket.
type CopyOptions struct {
	// SourceBucket is the bucket of the source. Empty: the client's.
	SourceBucket string
}

// Copy stores the object from as the object to, with its content type and metadata. The server
// copies: no content passes through the client. An object that replaces the source meanwhile fails
// with S3's code PreconditionFailed. Objects larger than [MaxCopySize] are refused. options may be
// nil.
func (c *Client) Copy(ctx context.Context, from, to string, options *CopyOptions) error {
	if options == nil {
		options = &CopyOptions{}
	}
	source, err := c.fullKey(from)
	if err != nil {
		return fmt.Errorf("copy from: %w", err)
	}
	target, err := c.fullKey(to)
	if err != nil {
		return fmt.Errorf("copy to: %w", err)
	}
	cp := &copying{
		client: c, bucket: cmp.Or(options.SourceBucket, c.config.Bucket), source: source,
		write: write{client: c, key: target},
	}
	if err := cp.run(ctx); err != nil {
		return fmt.Errorf("copy %s/%s to %s/%s: %w", cp.bucket, source, c.config.Bucket, target, err)
	}
	return nil
}

// copying is one copy on its way.
type copying struct {
	client         *Client
	bucket, source string
	write          write // of the target
}

func (cp *copying) run(ctx context.Context) error {
	c := cp.client
	source, err := c.WithBucket(cp.bucket).existing(ctx, cp.source, &s3.HeadObjectInput{})
	if err != nil {
		return err
	}
	if *source.ContentLength > MaxCopySize {
		return fmt.Errorf("%d bytes: want at most %d", *source.ContentLength, int64(MaxCopySize))
	}
	c.log(ctx, slog.LevelInfo, "copying in S3", "bucket", c.config.Bucket, "key", cp.write.key)
	err = c.do(ctx, "CopyObject", cp.write.key, 0, func(ctx context.Context, a *attempt) error {
		out, err := c.s3.CopyObject(ctx, &s3.CopyObjectInput{
			Bucket:            aws.String(c.config.Bucket),
			Key:               aws.String(cp.write.key),
			CopySource:        aws.String(copySource(cp.bucket, cp.source)),
			CopySourceIfMatch: source.ETag,
		})
		if err == nil && (out.CopyObjectResult == nil || aws.ToString(out.CopyObjectResult.ETag) == "") {
			err = retry.Retryable(errors.New("response without an ETag: not from S3"))
		}
		cp.write.note(a, err)
		return err
	})
	if err != nil && cp.write.lost {
		err = cp.write.settle(ctx, err, evidenceOf(source).judge)
	}
	return err
}

// copySource is the header x-amz-copy-source: each segment of the key is escaped as in a URL's
// path, and a plus sign too, which some servers decode as a blank.
func copySource(bucket, key string) string {
	escaped := (&url.URL{Path: "/" + bucket + "/" + key}).EscapedPath()
	return strings.TrimPrefix(strings.ReplaceAll(escaped, "+", "%2B"), "/")
}

// evidenceOf describes the object that a copy of source is.
func evidenceOf(source *s3.HeadObjectOutput) evidence {
	want := evidence{
		size: *source.ContentLength, metadata: source.Metadata, contentType: aws.ToString(source.ContentType),
		etag: func() string {
			etag := strings.Trim(aws.ToString(source.ETag), `"`)
			if strings.Contains(etag, "-") {
				return "" // of an object in parts: its copy has another
			}
			return etag
		},
	}
	if sum := fullObject(source.ChecksumCRC32, source.ChecksumType); sum != nil {
		want.crc = *sum
	}
	if defaultType[want.contentType] {
		want.contentType = ""
	}
	return want
}
