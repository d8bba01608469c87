package goclients

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/awserr"
	"github.com/aws/aws-sdk-go/aws/credentials"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/s3"

	"github.com/s3chaos/s3chaos/scenarios"
)

// sdkv1 is the AWS SDK for Go before v2, with one request for each object and its default client of
// net/http.
type sdkv1 struct{ s3 *s3.S3 }

// NewSDKv1 returns the client of aws-sdk-go without its package s3manager.
func NewSDKv1(c scenarios.ClientConfig) (scenarios.Client, error) { return newSDKv1(c) }

func newSDKv1(c scenarios.ClientConfig) (*sdkv1, error) {
	own := http.DefaultTransport.(*http.Transport).Clone()
	s, err := session.NewSession(&aws.Config{
		Region: &c.Region, Endpoint: &c.Endpoint, S3ForcePathStyle: aws.Bool(true),
		Credentials: credentials.NewStaticCredentials(c.AccessKey, c.SecretKey, c.SessionToken),
		HTTPClient:  &http.Client{Transport: transport(own, c)},
	})
	if err != nil {
		return nil, err
	}
	return &sdkv1{s3.New(s)}, nil
}

func (c *sdkv1) Upload(ctx context.Context, bucket, key, path string, _ func(int64)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return c.put(ctx, bucket, key, file)
}

func (c *sdkv1) put(ctx context.Context, bucket, key string, body io.ReadSeeker) error {
	_, err := c.s3.PutObjectWithContext(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: body})
	return err
}

func (c *sdkv1) UploadStream(ctx context.Context, bucket, key string, s scenarios.Stream) error {
	body, ok := s.Reader.(io.ReadSeeker)
	if !ok {
		return errors.New("the stream cannot seek")
	}
	return c.put(ctx, bucket, key, body)
}

func (c *sdkv1) Download(
	ctx context.Context, bucket, key, path string, _ *scenarios.Range, _ func(int64),
) (err error) {
	out, err := c.s3.GetObjectWithContext(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return err
	}
	defer out.Body.Close()
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, out.Body)
	return errors.Join(err, file.Close())
}

func (c *sdkv1) List(ctx context.Context, bucket, prefix string, maxKeys int) ([]string, error) {
	in := &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix}
	if maxKeys > 0 {
		in.MaxKeys = aws.Int64(int64(maxKeys))
	}
	var keys []string
	err := c.s3.ListObjectsV2PagesWithContext(ctx, in, func(page *s3.ListObjectsV2Output, _ bool) bool {
		for _, object := range page.Contents {
			keys = append(keys, *object.Key)
		}
		return true
	})
	return keys, err
}

func (c *sdkv1) Delete(ctx context.Context, bucket, key string) error {
	_, err := c.s3.DeleteObjectWithContext(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
	return err
}

func (c *sdkv1) Exists(ctx context.Context, bucket, key string) (bool, error) {
	_, err := c.s3.HeadObjectWithContext(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	if failed, ok := errors.AsType[awserr.RequestFailure](err); ok && failed.StatusCode() == http.StatusNotFound {
		return false, nil
	}
	return err == nil, err
}
