package s3client_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

// Over TLS the SDK would frame bodies as aws-chunked with a trailer, which many servers store as
// content. A checksum in a header avoids it. Real sockets, real time.
func TestOverTLSBodiesAreSentAsTheyAre(t *testing.T) {
	fake := fakes3.NewWith(fakes3.Options{
		MinPartSize: -1,
		Credentials: &fakes3.Credentials{AccessKey: accessKey, SecretKey: secretKey},
	})
	require.NoError(t, fake.CreateBucket("demo"))
	var mu sync.Mutex
	var encodings []string
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		encodings = append(encodings, r.Header.Get("Content-Encoding"))
		mu.Unlock()
		fake.ServeHTTP(w, r)
	}))
	defer server.Close()
	client, err := s3client.New(s3client.Config{
		Endpoint: server.URL, Bucket: "demo", AccessKey: accessKey, SecretKey: secretKey,
		HTTPClient: server.Client(), PartSize: 64 << 10,
	})
	require.NoError(t, err)
	defer client.CloseIdleConnections()

	for _, content := range [][]byte{nil, noise(1000), noise(size)} {
		require.NoError(t, client.UploadStream(context.Background(), unseekable(content), "k", nil))
		object, _ := fake.Object("demo", "k")
		require.True(t, bytes.Equal(content, object.Content))
		out := filepath.Join(t.TempDir(), "out")
		require.NoError(t, client.Download(context.Background(), "k", out, nil))
		got, err := os.ReadFile(out)
		require.NoError(t, err)
		require.True(t, bytes.Equal(content, got))
	}
	for _, encoding := range encodings {
		require.Empty(t, encoding)
	}
}

// The client's own transport, on real sockets.
func TestTheClientHasATransportOfItsOwn(t *testing.T) {
	fake := fakes3.New()
	require.NoError(t, fake.CreateBucket("demo"))
	server := httptest.NewServer(fake)
	defer server.Close()
	client, err := s3client.New(s3client.Config{
		Endpoint: server.URL, Bucket: "demo", AccessKey: accessKey,
		SecretKey: secretKey,
	})
	require.NoError(t, err)
	defer client.CloseIdleConnections()
	content := noise(9 << 20) // more than one part
	require.NoError(t, client.UploadStream(context.Background(), bytes.NewReader(content), "k", nil))
	object, _ := fake.Object("demo", "k")
	require.True(t, bytes.Equal(content, object.Content))
	require.Equal(t, 2, object.Parts)
}

// Many S3 servers and the proxies before them speak HTTP/2 to whoever offers it. The client's own
// transport offers HTTP/1.1 only, and so gets it.
func TestTheOwnTransportSpeaksHTTP1ToAServerOfBoth(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Proto", r.Proto)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	transport := s3client.OwnTransport()
	if transport.TLSClientConfig == nil {
		transport.TLSClientConfig = new(tls.Config)
	}
	transport.TLSClientConfig.RootCAs = server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get(server.URL)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, "HTTP/1.1", resp.Header.Get("X-Proto"))
}

// The key of the customer goes over TLS only. It belongs to each request for the object.
func TestKeyOfCustomerGoesWithEachRequest(t *testing.T) {
	fake := fakes3.NewWith(fakes3.Options{MinPartSize: -1})
	require.NoError(t, fake.CreateBucket("demo"))
	var cuts atomic.Int64
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && cuts.Add(-1) >= 0 {
			w = &cutting{w, 1000}
		}
		fake.ServeHTTP(w, r)
	}))
	defer server.Close()
	var logs bytes.Buffer
	var attempts atomic.Int64
	client, err := s3client.New(s3client.Config{
		Endpoint: server.URL, Bucket: "demo", AccessKey: accessKey, SecretKey: secretKey,
		HTTPClient: server.Client(), PartSize: 64 << 10, Logger: slog.New(slog.NewTextHandler(&logs, nil)),
		Retry:    policy(func(c *retry.Config) { c.InitialDelay = time.Millisecond }),
		Observer: s3client.ObserverFunc(func(context.Context, s3client.Attempt) { attempts.Add(1) }),
	})
	require.NoError(t, err)
	defer client.CloseIdleConnections()
	ctx := context.Background()
	secret := s3client.CustomerKey("0123456789abcdef0123456789abcdef")
	for _, content := range [][]byte{noise(20000), noise(200000)} { // in one request, and in parts
		options := &s3client.UploadOptions{SSECustomerKey: secret}
		require.NoError(t, client.UploadStream(ctx, bytes.NewReader(content), "k", options))
		cuts.Store(1)
		var got bytes.Buffer
		read := &s3client.DownloadOptions{GetOptions: s3client.GetOptions{SSECustomerKey: secret}}
		require.NoError(t, client.DownloadTo(ctx, "k", &got, read))
		require.True(t, bytes.Equal(content, got.Bytes()))
		require.Negative(t, cuts.Load(), "the rest was asked for with the key too")

		for name, wrong := range map[string]s3client.CustomerKey{
			"another": s3client.CustomerKey("another-key-another-key-another-"), "none": nil,
		} {
			attempts.Store(0)
			_, err := client.Get(ctx, "k", &s3client.GetOptions{SSECustomerKey: wrong})
			require.ErrorIs(t, err, retry.ErrPermanent, name)
			require.EqualValues(t, 1, attempts.Load(), name)
		}
	}
	for _, text := range []string{string(secret), base64.StdEncoding.EncodeToString(secret)} {
		require.NotContains(t, logs.String(), text)
	}
}

// cutting ends a response after some bytes.
type cutting struct {
	http.ResponseWriter
	left int
}

func (c *cutting) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p[:min(len(p), c.left)])
	if c.left -= n; c.left == 0 && err == nil {
		panic(http.ErrAbortHandler)
	}
	return n, err
}
