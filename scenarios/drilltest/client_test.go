package drilltest_test

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/s3chaos/s3chaos/scenarios"
)

// myClient is a client as a user writes it: it has the methods of scenarios.Client, and none of the
// optional ones.
type myClient struct{ s3 *s3.Client }

// newMyClient hands the drill's HTTP client to the client's own constructor.
func newMyClient(c scenarios.ClientConfig) (*myClient, error) {
	return &myClient{s3.New(s3.Options{
		BaseEndpoint: aws.String(c.Endpoint), HTTPClient: c.HTTPClient,
		Region: c.Region, UsePathStyle: !c.VirtualHosted,
		Credentials: credentials.NewStaticCredentialsProvider(c.AccessKey, c.SecretKey, c.SessionToken),
	})}, nil
}

func (c *myClient) Download(ctx context.Context, bucket, key, path string, span *scenarios.Range,
	_ func(done int64),
) error {
	in := &s3.GetObjectInput{Bucket: &bucket, Key: &key}
	if span != nil {
		in.Range = aws.String("bytes=" + span.String())
	}
	object, err := c.s3.GetObject(ctx, in)
	if err != nil {
		return err
	}
	defer object.Body.Close()
	content, err := io.ReadAll(object.Body)
	if err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o600)
}

func (c *myClient) Upload(ctx context.Context, bucket, key, path string, _ func(done int64)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = c.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: file})
	return err
}

func (c *myClient) UploadStream(ctx context.Context, bucket, key string, stream scenarios.Stream) error {
	_, err := c.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: stream.Reader})
	return err
}

func (c *myClient) List(ctx context.Context, bucket, prefix string, _ int) ([]string, error) {
	var keys []string
	pages := s3.NewListObjectsV2Paginator(c.s3, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, object := range page.Contents {
			keys = append(keys, *object.Key)
		}
	}
	return keys, nil
}

func (c *myClient) Delete(ctx context.Context, bucket, key string) error {
	_, err := c.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
	return err
}

func (c *myClient) Exists(ctx context.Context, bucket, key string) (bool, error) {
	_, err := c.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	if missing := (*types.NotFound)(nil); errors.As(err, &missing) {
		return false, nil
	}
	return err == nil, err
}
