package s3client_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/s3client"
)

// unwinding is a transport whose bodies wait for the end of the request, and then a millisecond.
type unwinding struct{}

func (unwinding) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, ContentLength: 10, Request: r,
		Header: http.Header{"Etag": {`"e"`}, "Content-Length": {"10"}},
		Body:   &unwindingBody{ctx: r.Context()},
	}, nil
}

type unwindingBody struct{ ctx context.Context }

func (b *unwindingBody) Read([]byte) (int, error) {
	<-b.ctx.Done()
	time.Sleep(time.Millisecond)
	return 0, b.ctx.Err()
}

func (b *unwindingBody) Close() error { return nil }

// What ends a Read from another goroutine waits for it. Meanwhile the time of a bubble passes.
func TestReadEndsInABubble(t *testing.T) {
	for name, end := range map[string]func(cancel context.CancelFunc, r *s3client.Reader){
		"by its context": func(cancel context.CancelFunc, _ *s3client.Reader) { cancel() },
		"by Close":       func(_ context.CancelFunc, r *s3client.Reader) { _ = r.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, err := s3client.New(s3client.Config{
					Endpoint: "http://s3.test", Bucket: "demo", AccessKey: accessKey, SecretKey: secretKey,
					HTTPClient: &http.Client{Transport: unwinding{}},
				})
				require.NoError(t, err)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				reader, err := client.Get(ctx, "k", nil)
				require.NoError(t, err)
				read := make(chan error, 1)
				go func() {
					_, err := io.ReadAll(reader)
					read <- err
				}()
				synctest.Wait()
				end(cancel, reader)
				require.Error(t, <-read)
				require.NoError(t, reader.Close())
			})
		})
	}
}
