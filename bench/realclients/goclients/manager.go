package goclients

import (
	"context"
	"errors"
	"io"
	"net/url"
	"os"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/awserr"
	"github.com/aws/aws-sdk-go/service/s3"
	"github.com/aws/aws-sdk-go/service/s3/s3manager"

	"github.com/s3chaos/s3chaos/scenarios"
)

// manager is the SDK with its package s3manager, which transfers objects in parts, and with the
// operations of the plain SDK beside it.
type manager struct {
	*sdkv1
	uploader   *s3manager.Uploader
	downloader *s3manager.Downloader
}

// NewManager returns the client of aws-sdk-go with its package s3manager.
func NewManager(c scenarios.ClientConfig) (scenarios.Client, error) {
	own, err := newSDKv1(c)
	if err != nil {
		return nil, err
	}
	return &manager{own, s3manager.NewUploaderWithClient(own.s3), s3manager.NewDownloaderWithClient(own.s3)}, nil
}

func (c *manager) Upload(ctx context.Context, bucket, key, path string, _ func(int64)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return c.upload(ctx, bucket, key, file)
}

func (c *manager) UploadStream(ctx context.Context, bucket, key string, s scenarios.Stream) error {
	if s.IfMatch != "" || s.IfNoneMatch != "" {
		return errors.New("s3manager has no conditional upload")
	}
	return c.upload(ctx, bucket, key, s.Reader)
}

func (c *manager) upload(ctx context.Context, bucket, key string, body io.Reader) error {
	_, err := c.uploader.UploadWithContext(ctx, &s3manager.UploadInput{Bucket: &bucket, Key: &key, Body: body})
	return err
}

func (c *manager) Download(
	ctx context.Context, bucket, key, path string, span *scenarios.Range, _ func(int64),
) error {
	in := &s3.GetObjectInput{Bucket: &bucket, Key: &key}
	if span != nil {
		in.Range = aws.String("bytes=" + span.String())
	}
	return toFile(path, func(file *os.File) error {
		_, err := c.downloader.DownloadWithContext(ctx, file, in)
		return err
	})
}

// Get implements scenarios.Getter.
func (c *manager) Get(
	ctx context.Context, bucket, key string, o scenarios.GetOptions,
) (io.ReadCloser, error) {
	in := &s3.GetObjectInput{
		Bucket: &bucket, Key: &key, IfMatch: optional(o.IfMatch), IfNoneMatch: optional(o.IfNoneMatch),
	}
	if o.Range != nil {
		in.Range = aws.String("bytes=" + o.Range.String())
	}
	out, err := c.s3.GetObjectWithContext(ctx, in)
	if err != nil {
		return nil, err
	}
	return out.Body, nil
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// Stat implements scenarios.Statter.
func (c *manager) Stat(ctx context.Context, bucket, key string) (int64, error) {
	out, err := c.s3.HeadObjectWithContext(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return 0, err
	}
	return aws.Int64Value(out.ContentLength), nil
}

// Copy implements scenarios.Copier.
func (c *manager) Copy(ctx context.Context, fromBucket, fromKey, toBucket, toKey string) error {
	source := fromBucket + "/" + url.PathEscape(fromKey)
	_, err := c.s3.CopyObjectWithContext(ctx, &s3.CopyObjectInput{Bucket: &toBucket, Key: &toKey, CopySource: &source})
	return err
}

// DeleteMany implements scenarios.ManyDeleter.
func (c *manager) DeleteMany(ctx context.Context, bucket string, keys []string) (failed []string, err error) {
	in := &s3.DeleteObjectsInput{Bucket: &bucket, Delete: &s3.Delete{}}
	for _, key := range keys {
		in.Delete.Objects = append(in.Delete.Objects, &s3.ObjectIdentifier{Key: &key})
	}
	out, err := c.s3.DeleteObjectsWithContext(ctx, in)
	if err != nil {
		return nil, err
	}
	for _, e := range out.Errors {
		failed = append(failed, aws.StringValue(e.Key))
		err = awserr.New(aws.StringValue(e.Code), aws.StringValue(e.Message), err)
	}
	return failed, err
}
