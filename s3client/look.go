package s3client

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Exists reports whether the object key exists. It returns false if S3 answers 404; any other
// refusal is an error at once. A missing bucket is false too: the response to a HEAD does not say
// which of the two is missing.
func (c *Client) Exists(ctx context.Context, key string) (bool, error) {
	full, err := c.fullKey(key)
	if err != nil {
		return false, fmt.Errorf("exists: %w", err)
	}
	out, err := c.head(ctx, full)
	if err != nil {
		return false, fmt.Errorf("exists %s/%s: %w", c.config.Bucket, full, err)
	}
	return out != nil, nil
}

// head looks at an object; nil: the object does not exist, which is not an error.
func (c *Client) head(ctx context.Context, full string) (*s3.HeadObjectOutput, error) {
	return c.headWith(ctx, full, &s3.HeadObjectInput{})
}

// headInput is the HEAD of a version of an object, "" being the current one, that is encrypted with
// key.
func headInput(version string, key CustomerKey) *s3.HeadObjectInput {
	in := &s3.HeadObjectInput{VersionId: optional(version)}
	in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = key.headers()
	return in
}

// headWith looks at the object that in describes further.
func (c *Client) headWith(
	ctx context.Context, full string, in *s3.HeadObjectInput,
) (out *s3.HeadObjectOutput, err error) {
	in.Bucket, in.Key, in.ChecksumMode = aws.String(c.config.Bucket), aws.String(full), types.ChecksumModeEnabled
	err = c.do(ctx, "HeadObject", full, 0, func(ctx context.Context, a *attempt) (err error) {
		out, err = c.s3.HeadObject(ctx, in)
		switch {
		case statusOf(err) == 404 && !a.foreign:
			out = nil
			return nil
		case err == nil && out.ETag == nil && out.LastModified == nil:
			return errNotS3
		}
		return err
	})
	return out, err
}
