package scenarios_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
	"github.com/s3chaos/s3chaos/scenarios"
)

// The clients below have one defect each, seen in real tools. They exist so that the drills are seen to fail.

type newClient = func(scenarios.ClientConfig) (scenarios.Client, error)

// flawed is the good client with some of its methods replaced; what is nil is as it should be.
type flawed struct {
	scenarios.Client
	upload   func(ctx context.Context, bucket, key, path string, progress func(int64)) error
	stream   func(ctx context.Context, bucket, key string, s scenarios.Stream) error
	download func(ctx context.Context, bucket, key, path string, span *scenarios.Range, progress func(int64)) error
	list     func(ctx context.Context, bucket, prefix string, maxKeys int) ([]string, error)
	remove   func(ctx context.Context, bucket, key string) error
	exists   func(ctx context.Context, bucket, key string) (bool, error)
}

func (f flawed) Upload(ctx context.Context, bucket, key, path string, progress func(int64)) error {
	if f.upload != nil {
		return f.upload(ctx, bucket, key, path, progress)
	}
	return f.Client.Upload(ctx, bucket, key, path, progress)
}

func (f flawed) UploadStream(ctx context.Context, bucket, key string, s scenarios.Stream) error {
	if f.stream != nil {
		return f.stream(ctx, bucket, key, s)
	}
	return f.Client.UploadStream(ctx, bucket, key, s)
}

func (f flawed) Download(ctx context.Context, bucket, key, path string, span *scenarios.Range, progress func(int64)) error {
	if f.download != nil {
		return f.download(ctx, bucket, key, path, span, progress)
	}
	return f.Client.Download(ctx, bucket, key, path, span, progress)
}

func (f flawed) List(ctx context.Context, bucket, prefix string, maxKeys int) ([]string, error) {
	if f.list != nil {
		return f.list(ctx, bucket, prefix, maxKeys)
	}
	return f.Client.List(ctx, bucket, prefix, maxKeys)
}

func (f flawed) Delete(ctx context.Context, bucket, key string) error {
	if f.remove != nil {
		return f.remove(ctx, bucket, key)
	}
	return f.Client.Delete(ctx, bucket, key)
}

func (f flawed) Exists(ctx context.Context, bucket, key string) (bool, error) {
	if f.exists != nil {
		return f.exists(ctx, bucket, key)
	}
	return f.Client.Exists(ctx, bucket, key)
}

// with is the good client after a change.
func with(change func(c scenarios.ClientConfig, f *flawed)) newClient {
	return func(c scenarios.ClientConfig) (scenarios.Client, error) {
		good, err := scenarios.NewBuiltin(c)
		f := flawed{Client: good}
		change(c, &f)
		return f, err
	}
}

// looped is the good client with retries off, in a loop of the tool's own: attempts of them, wait after the n-th.
func looped(attempts int, wait func(n int) time.Duration, again func(error) bool) newClient {
	return func(c scenarios.ClientConfig) (scenarios.Client, error) {
		once, err := reconfigured(func(config *retry.Config) { config.MaxAttempts = 1 })(c)
		loop := func(op func() error) error {
			for n := 1; ; n++ {
				err := op()
				if err == nil || n == attempts || !again(err) {
					return err
				}
				time.Sleep(wait(n))
			}
		}
		return flawed{
			Client: once,
			upload: func(ctx context.Context, bucket, key, path string, progress func(int64)) error {
				return loop(func() error { return once.Upload(ctx, bucket, key, path, progress) })
			},
			download: func(ctx context.Context, bucket, key, path string, span *scenarios.Range, progress func(int64)) error {
				return loop(func() error { return once.Download(ctx, bucket, key, path, span, progress) })
			},
		}, err
	}
}

// reconfigured is s3client with another retry policy.
func reconfigured(change func(*retry.Config)) newClient {
	return func(c scenarios.ClientConfig) (scenarios.Client, error) {
		config, err := scenarios.RetryConfig(c)
		if err != nil {
			return nil, err
		}
		change(&config)
		good, err := scenarios.NewBuiltin(c)
		if err != nil {
			return nil, err
		}
		client, err := s3client.New(s3client.Config{
			Endpoint: c.Endpoint, Bucket: c.Bucket, AccessKey: c.AccessKey, SecretKey: c.SecretKey, HTTPClient: c.HTTPClient, Retry: &config,
		})
		return flawed{
			Client: good,
			upload: func(ctx context.Context, bucket, key, path string, progress func(int64)) error {
				return client.WithBucket(bucket).Upload(ctx, path, key, func(done, _ int64) { progress(done) })
			},
			stream: func(ctx context.Context, bucket, key string, s scenarios.Stream) error {
				return client.WithBucket(bucket).UploadStream(ctx, s.Reader, key, nil)
			},
			download: func(ctx context.Context, bucket, key, path string, span *scenarios.Range, progress func(int64)) error {
				return client.WithBucket(bucket).Download(ctx, key, path, nil)
			},
		}, err
	}
}

// classifying is s3client with a classifier of somebody else's.
func classifying(classify func(error) retry.Class) newClient {
	return reconfigured(func(config *retry.Config) {
		config.Classifier = retry.ClassifierFunc(func(_ context.Context, err error) retry.Class { return classify(err) })
	})
}

func always(error) bool { return true }

// Nested retries: a loop of three around a client that makes three attempts itself.
var nestedRetries = func(c scenarios.ClientConfig) (scenarios.Client, error) {
	inner, err := scenarios.NewBuiltin(c)
	return flawed{Client: inner, upload: func(ctx context.Context, bucket, key, path string, progress func(int64)) error {
		var err error
		for range 3 {
			if err = inner.Upload(ctx, bucket, key, path, progress); err == nil {
				break
			}
		}
		return err
	}}, err
}

// Marks of permanence ignored: every error is tried again.
var ignoresPermanent = looped(3, func(int) time.Duration { return time.Second }, always)

// ETIMEDOUT, "network is unreachable" and "no route to host" are not known to be transient.
var knowsFewErrnos = classifying(func(err error) retry.Class {
	if errors.Is(err, syscall.ETIMEDOUT) || errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EHOSTUNREACH) {
		return retry.ClassPermanent
	}
	return retry.ClassUnknown
})

// "eof" anywhere in an error's text is taken for EOF.
var readsErrorText = classifying(func(err error) retry.Class {
	if strings.Contains(strings.ToLower(err.Error()), "eof") {
		return retry.ClassTransient
	}
	return retry.ClassUnknown
})

// Streams are sent once.
var streamsOnce = reconfigured(func(config *retry.Config) { config.MaxAttempts = 1 })

// Whatever arrives with status 200 is the object: neither length nor checksum is looked at.
var believesAnyBody = with(func(c scenarios.ClientConfig, f *flawed) {
	f.download = func(ctx context.Context, bucket, key, path string, _ *scenarios.Range, _ func(int64)) error {
		body, err := plainGet(ctx, c, bucket, key)
		if err != nil {
			return err
		}
		return os.WriteFile(path, body, 0o600)
	}
})

func plainGet(ctx context.Context, c scenarios.ClientConfig, bucket, key string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Endpoint+"/"+bucket+"/"+key, nil)
	if err != nil {
		return nil, err
	}
	resp, err := c.HTTPClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

// The target is opened, and so emptied, before anything has arrived.
var destroysOldFile = with(func(_ scenarios.ClientConfig, f *flawed) {
	good := f.Client
	f.download = func(ctx context.Context, bucket, key, path string, span *scenarios.Range, progress func(int64)) error {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			return err
		}
		return good.Download(ctx, bucket, key, path, span, progress)
	}
})

// A lost answer to Complete is a failure, whatever S3 holds.
var givesUpOnComplete = with(func(c scenarios.ClientConfig, f *flawed) {
	f.upload = func(ctx context.Context, bucket, key, path string, _ func(int64)) error {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		client, id, parts, err := uploadParts(ctx, c, bucket, key, content)
		if err != nil {
			return err
		}
		_, err = client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
			Bucket: &bucket, Key: &key, UploadId: id, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
		})
		return err
	}
})

// uploadParts begins a multipart upload and leaves it open.
func uploadParts(ctx context.Context, c scenarios.ClientConfig, bucket, key string, content []byte) (*s3.Client, *string, []types.CompletedPart, error) {
	client := onceSDK(c)
	created, err := client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return nil, nil, nil, err
	}
	var parts []types.CompletedPart
	for number := int32(1); len(content) > 0; number++ {
		part := content[:min(len(content), 5<<20)]
		content = content[len(part):]
		out, err := client.UploadPart(ctx, &s3.UploadPartInput{
			Bucket: &bucket, Key: &key, UploadId: created.UploadId, PartNumber: &number, Body: bytes.NewReader(part),
		})
		if err != nil {
			return nil, nil, nil, err
		}
		parts = append(parts, types.CompletedPart{ETag: out.ETag, PartNumber: aws.Int32(number)})
	}
	return client, created.UploadId, parts, nil
}

// onceSDK is the SDK with its retries off.
func onceSDK(c scenarios.ClientConfig) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: &c.Endpoint, Region: c.Region, UsePathStyle: true, HTTPClient: c.HTTPClient, Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider(c.AccessKey, c.SecretKey, ""),
	})
}

// Jitter is added after the cap.
var jitterAboveCap = looped(6, func(int) time.Duration { return 2*time.Second + 400*time.Millisecond }, always)

// The back-off overflows, and a negative wait is none.
var overflowingBackoff = looped(8, func(n int) time.Duration {
	d := time.Second
	if n > 1 {
		d *= 10_000_000_000 // more than fits
	}
	return d
}, always)

// The wait knows no deadline, and what comes back is only that time is up.
var sleepsThroughDeadline = with(func(_ scenarios.ClientConfig, f *flawed) {
	good := f.Client
	f.download = func(ctx context.Context, bucket, key, path string, span *scenarios.Range, progress func(int64)) error {
		if err := good.Download(ctx, bucket, key, path, span, progress); err != nil {
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	}
})

// Progress begins anew with every attempt.
var progressFallsBack = looped(5, func(n int) time.Duration { return 100 * time.Millisecond << (n - 1) }, always)

// The key is a path to be cleaned, and leaves its prefix.
var cleansKeys = with(func(c scenarios.ClientConfig, f *flawed) {
	f.upload = func(ctx context.Context, bucket, key, file string, _ func(int64)) error {
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		full := path.Join(c.Scenario.Client.Builtin.Prefix, key)
		_, err = onceSDK(c).PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &full, Body: bytes.NewReader(content)})
		return err
	}
})

var errTool = fmt.Errorf("the tool gave up")
