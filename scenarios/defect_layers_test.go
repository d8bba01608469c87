package scenarios_test

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
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
	"github.com/s3chaos/s3chaos/scenarios"
)

// layered is a retry loop around the SDK, which itself makes this many attempts. 1 is correct; 3 is
// the SDK's default.
func layered(inner int) newClient {
	return with(func(c scenarios.ClientConfig, f *flawed) {
		client := s3.New(onceSDK(c).Options(), func(o *s3.Options) {
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
			for range *c.Scenario.Client.Builtin.Retry.MaxAttempts {
				_, err = client.PutObject(ctx,
					&s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(content)})
				if err == nil {
					return nil
				}
				time.Sleep(*c.Scenario.Client.Builtin.Retry.InitialDelay)
			}
			return fmt.Errorf("%w: %w", retry.ErrExhausted, err)
		}
	})
}

// resuming downloads the missing rest of an object after a cut. If it is careful, it resumes only
// the same version of the object.
func resuming(careful bool) newClient {
	return with(func(c scenarios.ClientConfig, f *flawed) {
		f.download = func(ctx context.Context, bucket, key, path string, _ *scenarios.Range, _ func(int64)) error {
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
				time.Sleep(*c.Scenario.Client.Builtin.Retry.InitialDelay)
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
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return body, aws.String(resp.Header.Get("ETag")), err
}
