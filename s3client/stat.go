package s3client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// ObjectInfo is what the server tells about an object without its content.
type ObjectInfo struct {
	Key          string // without the client's prefix
	Size         int64  // bytes
	ETag         string // as the server writes it, quotes included
	LastModified time.Time
	ContentType  string
	Metadata     map[string]string // names in lower case
	VersionID    string            // empty in a bucket without versions
}

// Stat looks at the object key. [IsNotFound] recognizes the error for an object that is not there.
func (c *Client) Stat(ctx context.Context, key string) (*ObjectInfo, error) {
	full, err := c.fullKey(key)
	if err != nil {
		return nil, fmt.Errorf("stat: %w", err)
	}
	out, err := c.existing(ctx, full)
	if err != nil {
		return nil, fmt.Errorf("stat %s/%s: %w", c.config.Bucket, full, err)
	}
	return &ObjectInfo{
		Key: key, Size: aws.ToInt64(out.ContentLength), ETag: aws.ToString(out.ETag),
		LastModified: aws.ToTime(out.LastModified), ContentType: aws.ToString(out.ContentType),
		Metadata: lowerKeys(out.Metadata), VersionID: aws.ToString(out.VersionId),
	}, nil
}

// IsNotFound reports whether err says that the object, its version or its bucket does not exist.
func IsNotFound(err error) bool {
	switch codeOf(err) {
	case "NoSuchKey", "NotFound", "NoSuchVersion", "NoSuchBucket":
		return true
	}
	return false
}

// existing looks at an object that must be there.
func (c *Client) existing(ctx context.Context, full string) (*s3.HeadObjectOutput, error) {
	out, err := c.head(ctx, full)
	switch {
	case err != nil:
		return nil, err
	case out == nil:
		return nil, &types.NotFound{Message: aws.String("no such object")}
	case out.ContentLength == nil:
		return nil, errors.New("response without Content-Length: the size is unknown")
	}
	return out, nil
}
