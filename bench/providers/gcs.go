package providers

import (
	"context"
	"io"

	"cloud.google.com/go/storage"
	"google.golang.org/api/option"

	"github.com/s3chaos/s3chaos/retry"
)

// NewGoogle returns a client without retries of its own. One remains that no option turns off: when
// a body breaks, the reader asks once for the bytes that are missing.
func NewGoogle(ctx context.Context, options ...option.ClientOption) (*storage.Client, error) {
	client, err := storage.NewClient(ctx, options...)
	if err != nil {
		return nil, err
	}
	client.SetRetry(storage.WithPolicy(storage.RetryNever))
	return client, nil
}

// DownloadGoogle reads an object. Its error is a *retry.Error that wraps the *googleapi.Error.
func DownloadGoogle(
	ctx context.Context, r *retry.Retryer, client *storage.Client, bucket, object string,
) ([]byte, error) {
	call := retry.Call{Name: "download " + bucket + "/" + object, Key: bucket}
	return retry.DoValueCall(ctx, r, call, func(ctx context.Context, _ int) ([]byte, error) {
		reader, err := client.Bucket(bucket).Object(object).NewReader(ctx)
		if err != nil {
			return nil, err
		}
		defer reader.Close()
		return io.ReadAll(reader)
	})
}
