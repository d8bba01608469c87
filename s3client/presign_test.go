package s3client_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/s3client"
)

// send sends a presigned request as a program without credentials does.
func (w *world) send(p *s3client.PresignedRequest, body []byte) (int, string) {
	w.Helper()
	request, err := http.NewRequest(p.Method, p.URL, bytes.NewReader(body))
	require.NoError(w, err)
	maps.Copy(request.Header, p.Header)
	transport := &http.Transport{DialContext: w.network.DialContext, DisableKeepAlives: true}
	response, err := transport.RoundTrip(request)
	require.NoError(w, err)
	content, err := io.ReadAll(response.Body)
	require.NoError(w, err)
	require.NoError(w, response.Body.Close())
	return response.StatusCode, string(content)
}

func TestPresignedGetReadsWithoutCredentials(t *testing.T) {
	in(t, s3client.Config{Prefix: "mine"}, func(w *world) {
		ctx := context.Background()
		require.NoError(w, w.fake.Put("demo", "mine/a b", []byte("hello, world")))
		signed, err := w.client.PresignGet(ctx, "a b", time.Minute, nil)
		require.NoError(w, err)
		require.Equal(w, http.MethodGet, signed.Method)
		require.Empty(w, signed.Header)
		require.Equal(w, time.Now().Add(time.Minute), signed.Expires)
		require.Empty(w, w.sends, "nothing is sent for a signature")
		status, content := w.send(signed, nil)
		require.Equal(w, 200, status, content)
		require.Equal(w, "hello, world", content)

		time.Sleep(2 * time.Minute)
		status, _ = w.send(signed, nil)
		require.Equal(w, 403, status, "expired")
	})
}

func TestPresignedGetHasHeadersAndParameters(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		require.NoError(w, w.fake.Put("demo", "k", []byte("hello, world")))
		signed, err := w.client.PresignGet(context.Background(), "k", time.Minute, &s3client.PresignGetOptions{
			GetOptions:                 s3client.GetOptions{Range: "0-4", IfMatch: w.etag("k")},
			ResponseContentDisposition: `attachment; filename="hello.txt"`,
		})
		require.NoError(w, err)
		require.Equal(w, http.Header{"Range": {"bytes=0-4"}, "If-Match": {w.etag("k")}}, signed.Header)
		u, err := url.Parse(signed.URL)
		require.NoError(w, err)
		require.Equal(w, `attachment; filename="hello.txt"`, u.Query().Get("response-content-disposition"))
		status, content := w.send(signed, nil)
		require.Equal(w, 206, status, content)
		require.Equal(w, "hello", content)

		signed.Header.Set("Range", "bytes=0-100")
		status, _ = w.send(signed, nil)
		require.Equal(w, 403, status, "the header is signed")
	})
}

func TestPresignedPutStoresWithoutCredentials(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		signed, err := w.client.PresignPut(context.Background(), "k", time.Minute, &s3client.UploadOptions{
			ContentType: "text/plain", Metadata: map[string]string{"owner": "me"}, IfNoneMatch: "*",
		})
		require.NoError(w, err)
		require.Equal(w, http.MethodPut, signed.Method)
		require.Equal(w, "text/plain", signed.Header.Get("Content-Type"))
		status, answer := w.send(signed, []byte("hello"))
		require.Equal(w, 200, status, answer)
		w.requireObject("k", []byte("hello"))
		info, err := w.client.Stat(context.Background(), "k", nil)
		require.NoError(w, err)
		require.Equal(w, "text/plain", info.ContentType)
		require.Equal(w, map[string]string{"owner": "me"}, info.Metadata)

		status, _ = w.send(signed, []byte("hello"))
		require.Equal(w, 412, status)
		signed.Header.Set("Content-Type", "text/html")
		status, _ = w.send(signed, []byte("hello"))
		require.Equal(w, 403, status, "the header is signed")
	})
}

func TestPresignRefusesMistakes(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		ctx := context.Background()
		for _, expires := range []time.Duration{0, -time.Hour, time.Second - 1, 7*24*time.Hour + 1} {
			_, err := w.client.PresignGet(ctx, "k", expires, nil)
			require.ErrorContains(w, err, "want 1s to 168h0m0s")
			_, err = w.client.PresignPut(ctx, "k", expires, nil)
			require.ErrorContains(w, err, "want 1s to 168h0m0s")
		}
		for _, expires := range []time.Duration{time.Second, 7 * 24 * time.Hour} {
			_, err := w.client.PresignGet(ctx, "k", expires, nil)
			require.NoError(w, err)
		}
		_, err := w.client.PresignGet(ctx, "../k", time.Minute, nil)
		require.ErrorIs(w, err, s3client.ErrInvalidKey)
		_, err = w.client.PresignGet(ctx, "k", time.Minute, &s3client.PresignGetOptions{
			GetOptions: s3client.GetOptions{Range: "9-1"},
		})
		require.ErrorContains(w, err, `range "9-1"`)
		_, err = w.client.PresignPut(ctx, "k", time.Minute, &s3client.UploadOptions{ResumeFile: "x"})
		require.ErrorContains(w, err, "ResumeFile")
		require.Empty(w, w.sends)
	})
	anonymous, err := s3client.New(s3client.Config{
		Endpoint: "http://s3.test", Bucket: "demo", Credentials: aws.AnonymousCredentials{},
	})
	require.NoError(t, err)
	_, err = anonymous.PresignGet(context.Background(), "k", time.Minute, nil)
	require.ErrorContains(t, err, "anonymous")
}

func TestPresignedURLHasNoDefaultPortBecauseTheSignatureHasNone(t *testing.T) {
	for endpoint, host := range map[string]string{
		"http://s3.test:80": "s3.test", "https://s3.test:443": "s3.test", "https://[::1]:443": "[::1]",
		"http://s3.test:443": "s3.test:443", "https://s3.test:80": "s3.test:80", "http://s3.test": "s3.test",
	} {
		client, err := s3client.New(s3client.Config{
			Endpoint: endpoint, Bucket: "demo", AccessKey: "key", SecretKey: "secret",
		})
		require.NoError(t, err)
		signed, err := client.PresignGet(context.Background(), "k", time.Minute, nil)
		require.NoError(t, err)
		u, err := url.Parse(signed.URL)
		require.NoError(t, err)
		require.Equal(t, host, u.Host, endpoint)
	}
}
