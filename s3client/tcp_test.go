package s3client_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

// This file tests uploads through the buffers of real sockets, which exist outside of virtual time.

// TestProveSlowReaderOnTCP uploads 8 MiB to a server that reads 1 MiB a second. The kernel's send
// buffer takes megabytes at once; they drain for longer than the attempt timeout. It takes 8 s of
// real time, so only `make prove` runs it.
func TestProveSlowReaderOnTCP(t *testing.T) {
	if os.Getenv("S3CLIENT_SCRIPTS") == "" {
		t.Skip("takes 8 s: make prove runs it")
	}
	fake := fakes3.New()
	require.NoError(t, fake.CreateBucket("demo"))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = io.NopCloser(&slowReader{r.Body})
		fake.ServeHTTP(w, r)
	})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	defer func() {
		require.NoError(t, server.Close())
		require.ErrorIs(t, <-served, http.ErrServerClosed)
	}()

	var attempts []s3client.Attempt
	client, err := s3client.New(s3client.Config{
		Endpoint: "http://" + listener.Addr().String(), Bucket: "demo", AccessKey: accessKey, SecretKey: secretKey,
		Retry:    policy(func(c *retry.Config) { c.AttemptTimeout = time.Second }),
		Observer: s3client.ObserverFunc(func(_ context.Context, a s3client.Attempt) { attempts = append(attempts, a) }),
	})
	require.NoError(t, err)
	defer client.CloseIdleConnections()
	content := noise(8 << 20)
	require.NoError(t, client.UploadStream(context.Background(), bytes.NewReader(content), "k", nil))
	require.Len(t, attempts, 1)
	object, ok := fake.Object("demo", "k")
	require.True(t, ok)
	require.True(t, bytes.Equal(content, object.Content))
}

// slowReader reads 1 MiB a second.
type slowReader struct{ r io.Reader }

func (s *slowReader) Read(p []byte) (int, error) {
	const step = 16 << 10
	time.Sleep(time.Second / (1 << 20 / step))
	return s.r.Read(p[:min(len(p), step)])
}
