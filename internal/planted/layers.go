package planted

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsretry "github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// Layered is a retry loop around the SDK, which itself makes this many attempts. 1 is correct; 3 is
// the SDK's default.
func Layered(inner int) func(scenarios.ClientConfig) (scenarios.Client, error) {
	return with(func(c scenarios.ClientConfig, f *replaced) {
		client := s3.New(OnceSDK(c).Options(), func(o *s3.Options) {
			o.Retryer = awsretry.NewStandard(func(o *awsretry.StandardOptions) {
				o.MaxAttempts = inner
				o.Backoff = awsretry.BackoffDelayerFunc(func(int, error) (time.Duration,
					error,
				) {
					return 50 * time.Millisecond, nil
				})
			})
		})
		f.upload = func(ctx context.Context, bucket, key, path string, _ func(int64)) error {
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			policy, err := policyOf(c)
			if err != nil {
				return err
			}
			for range policy.MaxAttempts {
				_, err = client.PutObject(ctx,
					&s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(content)})
				if err == nil {
					return nil
				}
				time.Sleep(policy.InitialDelay)
			}
			return fmt.Errorf("%w: %w", retry.ErrExhausted, err)
		}
	})
}

// Resuming downloads the missing rest of an object after a cut. If it is careful, it resumes only
// the same version of the object.
func Resuming(careful bool) func(scenarios.ClientConfig) (scenarios.Client, error) {
	return with(func(c scenarios.ClientConfig, f *replaced) {
		f.download = func(ctx context.Context, bucket, key, path string, _ *scenarios.Range, _ func(int64)) error {
			policy, err := policyOf(c)
			if err != nil {
				return err
			}
			var content []byte
			var etag *string
			for attempt := 1; ; attempt++ {
				body, tag, err := rest(ctx, c, bucket, key, len(content), etag)
				content = append(content, body...)
				if err == nil {
					return os.WriteFile(path, content, 0o600)
				}
				if answer, ok := errors.AsType[*refusal](err); ok && answer.status == http.StatusPreconditionFailed {
					return fmt.Errorf("%w: %w", s3client.ErrObjectChanged, err)
				}
				if attempt == 3 {
					return err
				}
				if careful {
					etag = tag
				}
				time.Sleep(policy.InitialDelay)
			}
		}
	})
}

// rest reads the object from the given byte on. It returns the bytes received before an error
// together with the error.
func rest(ctx context.Context, c scenarios.ClientConfig, bucket, key string, from int, etag *string) ([]byte, *string,
	error,
) {
	t := &tool{config: c}
	header := []string{"Range", fmt.Sprintf("bytes=%d-", from)}
	if etag != nil {
		header = append(header, "If-Match", *etag)
	}
	resp, err := t.send(ctx, http.MethodGet, bucket, key, "", nil, 0, header...)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(resp.Body)
	return body, aws.String(resp.Header.Get("ETag")), err
}

// policyOf returns the retry policy that the drill declares.
func policyOf(c scenarios.ClientConfig) (retry.Config, error) {
	spec := c.Scenario.Client.Builtin
	if spec == nil {
		spec = &script.Builtin{}
	}
	return spec.Retry.Config(c.Seed)
}

// OnceSDK returns the SDK without retries.
func OnceSDK(c scenarios.ClientConfig) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: &c.Endpoint, Region: c.Region, UsePathStyle: true, HTTPClient: c.HTTPClient,
		Retryer:     aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider(c.AccessKey, c.SecretKey, ""),
	})
}

// replaced is the correct client with another upload or download. A nil field keeps the method.
type replaced struct {
	scenarios.Client
	upload   func(ctx context.Context, bucket, key, path string, progress func(int64)) error
	download func(ctx context.Context, bucket, key, path string, span *scenarios.Range, progress func(int64)) error
}

func (r replaced) Upload(ctx context.Context, bucket, key, path string, progress func(int64)) error {
	if r.upload != nil {
		return r.upload(ctx, bucket, key, path, progress)
	}
	return r.Client.Upload(ctx, bucket, key, path, progress)
}

func (r replaced) Download(ctx context.Context, bucket, key, path string, span *scenarios.Range,
	progress func(int64),
) error {
	if r.download != nil {
		return r.download(ctx, bucket, key, path, span, progress)
	}
	return r.Client.Download(ctx, bucket, key, path, span, progress)
}

// with returns a constructor that changes the correct client.
func with(change func(c scenarios.ClientConfig, r *replaced)) newClient {
	return func(c scenarios.ClientConfig) (scenarios.Client, error) {
		good, err := scenarios.NewBuiltin(c)
		r := replaced{Client: good}
		change(c, &r)
		return r, err
	}
}
