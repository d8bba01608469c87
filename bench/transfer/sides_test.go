package transfer

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/minio/minio-go/v7"
	miniocredentials "github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/s3chaos/s3chaos/s3client"
)

// A side is a client with the operations that are compared. Nil: it has no such operation.
type side struct {
	name   string
	upload func(path string) error    // a file of objectSize
	stream func(r io.Reader) error    // that only has Read
	fetch  func(path string) error    // into a file, in one request
	put    func(content []byte) error // of smallSize
	get    func() (content []byte, err error)
}

// parallel is how many parts each client sends at once.
const parallel = 4

// sides returns all clients, with the same parts and connections.
func sides(tb testing.TB, url string) []side {
	tb.Helper()
	plain := newSDK(url)
	return []side{ours(tb, url), manager(plain), minioGo(tb, url), sdk(plain)}
}

func newSDK(url string) *s3.Client {
	return s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(url), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		// The defaults of a loaded configuration: the zero values neither send nor check checksums.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
	})
}

// newClient returns an s3client whose uploads send parallel parts at once.
func newClient(tb testing.TB, url string) *s3client.Client {
	tb.Helper()
	client, err := s3client.New(s3client.Config{
		Endpoint: url, Bucket: "demo", AccessKey: "id", SecretKey: "secret", NoSync: true,
		PartSize: partSize, Concurrency: parallel,
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(client.CloseIdleConnections)
	return client
}

// fetch stores the object key as a file with transfermanager.
func fetch(ctx context.Context, m *transfermanager.Client, key, path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := m.DownloadObject(ctx, &transfermanager.DownloadObjectInput{
		Bucket: aws.String("demo"), Key: aws.String(key), WriterAt: file,
	}); err != nil {
		return err
	}
	return file.Close()
}

func ours(tb testing.TB, url string) side {
	tb.Helper()
	client, ctx := newClient(tb, url), context.Background()
	return side{
		name:   "s3client",
		upload: func(path string) error { return client.Upload(ctx, path, "k", nil) },
		stream: func(r io.Reader) error { return client.UploadStream(ctx, r, "k", nil) },
		fetch:  func(path string) error { return client.Download(ctx, "crc32", path, nil) },
		put: func(content []byte) error {
			return client.UploadStream(ctx, bytes.NewReader(content), "k", nil)
		},
		get: func() ([]byte, error) {
			r, err := client.Get(ctx, "small", nil)
			if err != nil {
				return nil, err
			}
			content, err := io.ReadAll(r)
			if err == nil {
				err = r.Close()
			}
			return content, err
		},
	}
}

func manager(client *s3.Client) side {
	m := transfermanager.New(client, func(o *transfermanager.Options) {
		o.Concurrency, o.PartSizeBytes, o.MultipartUploadThreshold = parallel, partSize, partSize
	})
	ctx := context.Background()
	upload := func(r io.Reader) error {
		_, err := m.UploadObject(ctx, &transfermanager.UploadObjectInput{
			Bucket: aws.String("demo"), Key: aws.String("k"), Body: r,
		})
		return err
	}
	return side{
		name:   "transfermanager",
		stream: upload,
		upload: func(path string) error {
			file, err := os.Open(path)
			if err != nil {
				return err
			}
			if err := upload(file); err != nil {
				return err
			}
			return file.Close()
		},
		fetch: func(path string) error { return fetch(ctx, m, "crc32", path) },
	}
}

func minioGo(tb testing.TB, url string) side {
	client, err := minio.New(strings.TrimPrefix(url, "http://"), &minio.Options{
		Creds: miniocredentials.NewStaticV4("id", "secret", ""), Region: "us-east-1",
	})
	if err != nil {
		tb.Fatal(err)
	}
	ctx := context.Background()
	options := minio.PutObjectOptions{PartSize: partSize, NumThreads: parallel}
	return side{
		name: "minio-go",
		upload: func(path string) error {
			_, err := client.FPutObject(ctx, "demo", "k", path, options)
			return err
		},
		stream: func(r io.Reader) error {
			_, err := client.PutObject(ctx, "demo", "k", r, -1, options)
			return err
		},
		fetch: func(path string) error {
			return client.FGetObject(ctx, "demo", "crc32", path, minio.GetObjectOptions{})
		},
	}
}

func sdk(client *s3.Client) side {
	ctx := context.Background()
	return side{
		name: "plain SDK",
		put: func(content []byte) error {
			_, err := client.PutObject(ctx, &s3.PutObjectInput{
				Bucket: aws.String("demo"), Key: aws.String("k"), Body: bytes.NewReader(content),
			})
			return err
		},
		get: func() ([]byte, error) {
			out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("demo"), Key: aws.String("small")})
			if err != nil {
				return nil, err
			}
			content, err := io.ReadAll(out.Body)
			if err == nil {
				err = out.Body.Close()
			}
			return content, err
		},
	}
}
