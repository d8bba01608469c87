package main

import (
	"context"
	"net/http"
	"net/url"
	"runtime/debug"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/s3chaos/s3chaos/scenarios"
)

// minioClient is minio-go with files, as most programs use it.
type minioClient struct{ *minio.Client }

func newMinio(c scenarios.ClientConfig) (scenarios.Client, error) {
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

// version returns the version of the client's module.
func version(name string) string {
	path := "github.com/aws/aws-sdk-go"
	if name == "minio-go" {
		path = "github.com/minio/minio-go/v7"
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path == path {
				return dep.Version
			}
		}
	}
	return "unknown"
}

func (c minioClient) Upload(ctx context.Context, bucket, key, path string, _ func(int64)) error {
	_, err := c.FPutObject(ctx, bucket, key, path, minio.PutObjectOptions{})
	return err
}

func (c minioClient) UploadStream(ctx context.Context, bucket, key string, s scenarios.Stream) error {
	_, err := c.PutObject(ctx, bucket, key, s.Reader, s.Size, minio.PutObjectOptions{})
	return err
}

func (c minioClient) Download(
	ctx context.Context, bucket, key, path string, _ *scenarios.Range, _ func(int64),
) error {
	return c.FGetObject(ctx, bucket, key, path, minio.GetObjectOptions{})
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
