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

// ObjectInfo is what the server tells about an object beside its content.
type ObjectInfo struct {
	Key          string // without the client's prefix
	Size         int64  // of the whole object, in bytes; -1: the server does not tell it
	ETag         string // as the server writes it, quotes included
	LastModified time.Time
	Metadata     map[string]string // names in lower case
	VersionID    string            // empty in a bucket without versions

	ContentType        string
	ContentEncoding    string
	ContentDisposition string
	ContentLanguage    string
	CacheControl       string
	StorageClass       string // empty: STANDARD
	PartsCount         int    // with GetOptions.PartNumber, of an object in parts; else 0
}

// StatOptions say which object to look at, and under which conditions; see [GetOptions]. Range must
// be empty, because the size is always that of the whole object.
type StatOptions = GetOptions

// Stat looks at the object key. [IsNotFound] recognizes the error for an object that is not there;
// a condition that does not hold is [ErrNotModified] or [ErrPreconditionFailed]. With a part
// number, the size is that of the part. options may be nil.
func (c *Client) Stat(ctx context.Context, key string, options *StatOptions) (*ObjectInfo, error) {
	if options == nil {
		options = &StatOptions{}
	}
	full, err := c.fullKey(key)
	if err != nil {
		return nil, fmt.Errorf("stat: %w", err)
	}
	_, err = options.check(c)
	if options.Range != "" {
		err = errors.Join(err, errors.New("range: want none"))
	}
	if err != nil {
		return nil, fmt.Errorf("stat %s/%s: %w", c.config.Bucket, full, err)
	}
	in := options.head()
	options.headConditions(in)
	if options.PartNumber > 0 {
		in.PartNumber = aws.Int32(int32(options.PartNumber))
	}
	out, err := c.existing(ctx, full, in)
	if err != nil {
		return nil, fmt.Errorf("stat %s/%s: %w", c.config.Bucket, full, err)
	}
	return &ObjectInfo{
		Key: key, Size: *out.ContentLength, ETag: aws.ToString(out.ETag),
		LastModified: aws.ToTime(out.LastModified), Metadata: lowerKeys(out.Metadata),
		VersionID: aws.ToString(out.VersionId), ContentType: aws.ToString(out.ContentType),
		ContentEncoding: aws.ToString(out.ContentEncoding), ContentDisposition: aws.ToString(out.ContentDisposition),
		ContentLanguage: aws.ToString(out.ContentLanguage), CacheControl: aws.ToString(out.CacheControl),
		StorageClass: string(out.StorageClass), PartsCount: int(aws.ToInt32(out.PartsCount)),
	}, nil
}

// infoOf is what a response to GET tells about the object.
func (d *download) infoOf(out *s3.GetObjectOutput) *ObjectInfo {
	own, _ := d.client.ownKey(d.key)
	return &ObjectInfo{
		Key: own, Size: d.total, ETag: aws.ToString(out.ETag),
		LastModified: aws.ToTime(out.LastModified), Metadata: lowerKeys(out.Metadata),
		VersionID: aws.ToString(out.VersionId), ContentType: aws.ToString(out.ContentType),
		ContentEncoding: aws.ToString(out.ContentEncoding), ContentDisposition: aws.ToString(out.ContentDisposition),
		ContentLanguage: aws.ToString(out.ContentLanguage), CacheControl: aws.ToString(out.CacheControl),
		StorageClass: string(out.StorageClass), PartsCount: int(aws.ToInt32(out.PartsCount)),
	}
}

// IsNotFound reports whether err says that the object, its version or its bucket does not exist. It
// is false for a 404 that S3 did not send, such as a load balancer's page.
func IsNotFound(err error) bool {
	if errors.Is(err, errForeign404) {
		return false
	}
	switch codeOf(err) {
	case "NoSuchKey", "NotFound", "NoSuchVersion", "NoSuchBucket":
		return true
	}
	return false
}

// existing looks at an object that must be there; in describes it further.
func (c *Client) existing(ctx context.Context, full string, in *s3.HeadObjectInput) (*s3.HeadObjectOutput, error) {
	out, err := c.headWith(ctx, full, in)
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
