package providers_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"testing"

	"cloud.google.com/go/storage"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/pkg/sftp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"

	"github.com/s3chaos/s3chaos/bench/providers"
	"github.com/s3chaos/s3chaos/retry"
)

func TestAzureDownloadSurvivesFaults(t *testing.T) {
	busy := status(503, "", "x-ms-error-code", "ServerBusy")
	url, server, client := serve(t, busy, abort, cut, object("hello"))
	azure, err := providers.NewAzure(url, client)
	require.NoError(t, err)
	got, err := providers.DownloadAzure(t.Context(), retryer(t), azure, "demo", "a.bin")
	require.NoError(t, err)
	assert.Equal(t, "hello", string(got))
	assert.EqualValues(t, 4, server.n.Load(), "one send an attempt")
}

func TestAzureDownloadOfMissingBlobFailsAtOnce(t *testing.T) {
	url, server, client := serve(t, status(404, "", "x-ms-error-code", "BlobNotFound"))
	azure, err := providers.NewAzure(url, client)
	require.NoError(t, err)
	_, err = providers.DownloadAzure(t.Context(), retryer(t), azure, "demo", "a.bin")
	require.ErrorIs(t, err, retry.ErrPermanent)
	var failed *azcore.ResponseError
	require.ErrorAs(t, err, &failed)
	assert.EqualValues(t, 1, server.n.Load())
}

// newGoogle returns a client of the server at url. Without credentials it asks no other server.
func newGoogle(ctx context.Context, url string, client *http.Client) (*storage.Client, error) {
	return providers.NewGoogle(
		ctx, option.WithEndpoint(url), option.WithHTTPClient(client), option.WithoutAuthentication(),
	)
}

func TestGoogleDownloadSurvivesFaults(t *testing.T) {
	busy := status(503, `{"error": {"code": 503, "errors": [{"reason": "backendError"}]}}`)
	url, server, client := serve(t, busy, abort, cut, abort, object("hello"))
	google, err := newGoogle(t.Context(), url, client)
	require.NoError(t, err)
	defer google.Close()
	got, err := providers.DownloadGoogle(t.Context(), retryer(t), google, "demo", "a.bin")
	require.NoError(t, err)
	assert.Equal(t, "hello", string(got))
	assert.EqualValues(t, 5, server.n.Load(), "one send an attempt, and one for the rest of the body")
}

func TestGoogleDownloadWithoutPermissionFailsAtOnce(t *testing.T) {
	url, server, client := serve(t, status(403, `{"error": {"code": 403, "errors": [{"reason": "forbidden"}]}}`))
	google, err := newGoogle(t.Context(), url, client)
	require.NoError(t, err)
	defer google.Close()
	_, err = providers.DownloadGoogle(t.Context(), retryer(t), google, "demo", "a.bin")
	require.ErrorIs(t, err, retry.ErrPermanent)
	var failed *googleapi.Error
	require.ErrorAs(t, err, &failed)
	assert.EqualValues(t, 1, server.n.Load())
}

// limited is a connection that breaks after so many bytes were read.
type limited struct {
	net.Conn
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		_ = l.Conn.Close()
		return 0, io.ErrUnexpectedEOF
	}
	n, err := l.Conn.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

// sftpServer serves one file and breaks the n-th connection after limits[n] bytes.
func sftpServer(t *testing.T, limits ...int) (dial func(context.Context) (*sftp.Client, error), dials *int) {
	t.Helper()
	handlers := sftp.InMemHandler()
	serve := func() net.Conn {
		client, server := net.Pipe()
		s := sftp.NewRequestServer(server, handlers)
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = s.Serve() // it ends with its connection
			_ = server.Close()
		}()
		t.Cleanup(func() {
			_ = client.Close()
			<-done
		})
		return client
	}
	conn := serve()
	client, err := sftp.NewClientPipe(conn, conn)
	require.NoError(t, err)
	file, err := client.Create("/a.bin")
	require.NoError(t, err)
	_, err = file.Write([]byte("hello"))
	require.NoError(t, err)
	require.NoError(t, file.Close())
	require.NoError(t, client.Close())
	count := 0
	return func(context.Context) (*sftp.Client, error) {
		conn := serve()
		if count++; count <= len(limits) {
			conn = &limited{conn, limits[count-1]}
		}
		return sftp.NewClientPipe(conn, conn)
	}, &count
}

func TestSFTPDownloadSurvivesLostConnections(t *testing.T) {
	dial, dials := sftpServer(t, 0, 40, 200)
	got, err := providers.DownloadSFTP(t.Context(), retryer(t), dial, "/a.bin")
	require.NoError(t, err)
	assert.Equal(t, "hello", string(got))
	assert.Greater(t, *dials, 2)
}

func TestSFTPDownloadOfMissingFileFailsAtOnce(t *testing.T) {
	dial, dials := sftpServer(t)
	_, err := providers.DownloadSFTP(t.Context(), retryer(t), dial, "/b.bin")
	require.ErrorIs(t, err, retry.ErrPermanent)
	assert.True(t, errors.Is(err, os.ErrNotExist), err)
	assert.Equal(t, 1, *dials)
}
