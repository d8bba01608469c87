package goclients

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/s3chaos/s3chaos/scenarios"
)

// minioClient is minio-go with files, as most programs use it.
type minioClient struct{ *minio.Client }

// NewMinio returns minio-go with its own transport.
func NewMinio(c scenarios.ClientConfig) (scenarios.Client, error) {
	endpoint, err := url.Parse(c.Endpoint)
	if err != nil {
		return nil, err
	}
	own, err := minio.DefaultTransport(false)
	if err != nil {
		return nil, err
	}
	client, err := minio.New(endpoint.Host, &minio.Options{
		Creds: credentials.NewStaticV4(c.AccessKey, c.SecretKey, c.SessionToken), Region: c.Region,
		BucketLookup: minio.BucketLookupPath, Transport: transport(own, c),
	})
	return minioClient{client}, err
}

func (c minioClient) Upload(ctx context.Context, bucket, key, path string, _ func(int64)) error {
	_, err := c.FPutObject(ctx, bucket, key, path, minio.PutObjectOptions{})
	return err
}

// UploadIf implements scenarios.ConditionalUploader.
func (c minioClient) UploadIf(
	ctx context.Context, bucket, key, path string, when scenarios.Condition, _ func(int64),
) error {
	_, err := c.FPutObject(ctx, bucket, key, path, putIf(when))
	return err
}

func putIf(when scenarios.Condition) (o minio.PutObjectOptions) {
	if when.IfMatch != "" {
		o.SetMatchETag(strings.Trim(when.IfMatch, `"`))
	}
	if when.IfNoneMatch != "" {
		o.SetMatchETagExcept(when.IfNoneMatch)
	}
	return o
}

func (c minioClient) UploadStream(ctx context.Context, bucket, key string, s scenarios.Stream) error {
	when := scenarios.Condition{IfMatch: s.IfMatch, IfNoneMatch: s.IfNoneMatch}
	_, err := c.PutObject(ctx, bucket, key, s.Reader, s.Size, putIf(when))
	return err
}

func (c minioClient) Download(
	ctx context.Context, bucket, key, path string, span *scenarios.Range, _ func(int64),
) error {
	if span == nil {
		return c.FGetObject(ctx, bucket, key, path, minio.GetObjectOptions{})
	}
	return toFile(path, func(file *os.File) error {
		body, err := c.Get(ctx, bucket, key, scenarios.GetOptions{Range: span})
		if err != nil {
			return err
		}
		defer body.Close()
		_, err = io.Copy(file, body)
		return err
	})
}

// Get implements scenarios.Getter.
func (c minioClient) Get(
	ctx context.Context, bucket, key string, o scenarios.GetOptions,
) (io.ReadCloser, error) {
	options := minio.GetObjectOptions{}
	var err error
	switch span := o.Range; {
	case span == nil:
	case span.First < 0:
		err = options.SetRange(0, -span.Last)
	case span.Last >= 0:
		err = options.SetRange(span.First, span.Last)
	case span.First > 0: // SetRange(0, 0) asks for the first byte alone
		err = options.SetRange(span.First, 0)
	default:
		options.Set("Range", "bytes=0-")
	}
	if err != nil {
		return nil, err
	}
	if o.IfMatch != "" {
		options.Set("If-Match", o.IfMatch)
	}
	if o.IfNoneMatch != "" {
		options.Set("If-None-Match", o.IfNoneMatch)
	}
	return c.Client.GetObject(ctx, bucket, key, options)
}

// Stat implements scenarios.Statter.
func (c minioClient) Stat(ctx context.Context, bucket, key string) (int64, error) {
	info, err := c.StatObject(ctx, bucket, key, minio.StatObjectOptions{})
	return info.Size, err
}

// Copy implements scenarios.Copier.
func (c minioClient) Copy(ctx context.Context, fromBucket, fromKey, toBucket, toKey string) error {
	_, err := c.CopyObject(ctx, minio.CopyDestOptions{Bucket: toBucket, Object: toKey},
		minio.CopySrcOptions{Bucket: fromBucket, Object: fromKey})
	return err
}

// DeleteMany implements scenarios.ManyDeleter.
func (c minioClient) DeleteMany(ctx context.Context, bucket string, keys []string) (failed []string, err error) {
	objects := make(chan minio.ObjectInfo, len(keys))
	for _, key := range keys {
		objects <- minio.ObjectInfo{Key: key}
	}
	close(objects)
	for e := range c.RemoveObjects(ctx, bucket, objects, minio.RemoveObjectsOptions{}) {
		if e.ObjectName != "" {
			failed = append(failed, e.ObjectName)
		}
		err = fmt.Errorf("delete %s: %w", e.ObjectName, e.Err)
	}
	return failed, err
}

func (c minioClient) List(ctx context.Context, bucket, prefix string, maxKeys int) ([]string, error) {
	var keys []string
	o := minio.ListObjectsOptions{Prefix: prefix, Recursive: true, MaxKeys: maxKeys}
	for object := range c.ListObjects(ctx, bucket, o) {
		if object.Err != nil {
			return nil, object.Err
		}
		keys = append(keys, object.Key)
	}
	return keys, nil
}

func (c minioClient) Delete(ctx context.Context, bucket, key string) error {
	return c.RemoveObject(ctx, bucket, key, minio.RemoveObjectOptions{})
}

func (c minioClient) Exists(ctx context.Context, bucket, key string) (bool, error) {
	_, err := c.StatObject(ctx, bucket, key, minio.StatObjectOptions{})
	if minio.ToErrorResponse(err).StatusCode == http.StatusNotFound {
		return false, nil
	}
	return err == nil, err
}
