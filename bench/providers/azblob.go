package providers

import (
	"context"
	"io"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"

	"github.com/s3chaos/s3chaos/retry"
)

// NewAzure returns a client without retries of its own. transport may be nil.
func NewAzure(url string, transport policy.Transporter) (*azblob.Client, error) {
	return azblob.NewClientWithNoCredential(url, &azblob.ClientOptions{ClientOptions: azcore.ClientOptions{
		Transport: transport,
		Retry:     policy.RetryOptions{MaxRetries: -1},
	}})
}

// DownloadAzure reads a blob. Its error is a *retry.Error that wraps the *azcore.ResponseError.
func DownloadAzure(
	ctx context.Context, r *retry.Retryer, client *azblob.Client, container, blob string,
) ([]byte, error) {
	call := retry.Call{Name: "download " + container + "/" + blob, Key: container}
	return retry.DoValueCall(ctx, r, call, func(ctx context.Context, _ int) ([]byte, error) {
		resp, err := client.DownloadStream(ctx, container, blob, nil)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		return io.ReadAll(resp.Body)
	})
}
