package providers

import (
	"context"
	"io"

	"github.com/pkg/sftp"

	"github.com/s3chaos/s3chaos/retry"
)

// DownloadSFTP reads a file. Each attempt dials, because an SFTP client does not outlive its
// connection.
func DownloadSFTP(
	ctx context.Context, r *retry.Retryer, dial func(context.Context) (*sftp.Client, error), path string,
) ([]byte, error) {
	call := retry.Call{Name: "download " + path}
	return retry.DoValueCall(ctx, r, call, func(ctx context.Context, _ int) ([]byte, error) {
		client, err := dial(ctx)
		if err != nil {
			return nil, err
		}
		defer client.Close()
		// The client has no context. Closing it ends the calls that wait for the server.
		defer context.AfterFunc(ctx, func() { _ = client.Close() })()
		file, err := client.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return io.ReadAll(file)
	})
}
