package retryhttp_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/retry/retryhttp"
)

var atOnce = retry.Config{InitialDelay: retry.NoDelay}

// A request that got no connection was not sent, so that even a POST is sent again, with a body
// that cannot be rewound.
func TestUnsentPostIsRetried(t *testing.T) {
	var posts atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		posts.Add(1)
		_, _ = io.Copy(w, req.Body)
	}))
	defer server.Close()
	for name, failure := range map[string]error{
		"refused": &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)},
		"DNS": &net.OpError{
			Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "server misbehaving", IsTemporary: true},
		},
		"TLS handshake": io.EOF, // as from a server that closes during the handshake
	} {
		t.Run(name, func(t *testing.T) {
			posts.Store(0)
			dials := 0
			base := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				if dials++; dials < 3 {
					return nil, failure
				}
				return new(net.Dialer).DialContext(ctx, network, address)
			}}
			defer base.CloseIdleConnections()
			r, err := retry.New(atOnce)
			require.NoError(t, err)
			client := &http.Client{Transport: &retryhttp.Transport{Base: base, Retryer: r}}
			resp, err := client.Post(server.URL, "text/plain", io.MultiReader(strings.NewReader("hello")))
			require.NoError(t, err)
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			assert.Equal(t, "hello", string(body))
			assert.Equal(t, 3, dials)
			assert.EqualValues(t, 1, posts.Load())
		})
	}
}

func TestSentPostIsNotRetried(t *testing.T) {
	var posts atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		posts.Add(1)
		panic(http.ErrAbortHandler)
	}))
	defer server.Close()
	r, err := retry.New(atOnce)
	require.NoError(t, err)
	base := &http.Transport{}
	defer base.CloseIdleConnections()
	client := &http.Client{Transport: &retryhttp.Transport{Base: base, Retryer: r}}
	_, err = client.Post(server.URL, "text/plain", strings.NewReader("hello"))
	require.ErrorIs(t, err, retry.ErrPermanent)
	assert.EqualValues(t, 1, posts.Load())
}

// A base that tells nothing of its connections is trusted only if it could not dial.
func TestPostOverSilentBase(t *testing.T) {
	for name, c := range map[string]struct {
		failure error
		sends   int32
	}{
		"dial":  {&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, 3},
		"reset": {&net.OpError{Op: "read", Err: syscall.ECONNRESET}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := &served{answer: func(int, *http.Request) (*http.Response, error) { return nil, c.failure }}
			_, err := transport(t, s, atOnce).RoundTrip(request(t, "POST", "hello"))
			require.ErrorIs(t, err, c.failure)
			assert.Equal(t, c.sends, s.n.Load())
		})
	}
}

func TestPostIsRetriedAfterHintByOption(t *testing.T) {
	for name, c := range map[string]struct {
		option bool
		status int
		header string
		sends  int32
	}{
		"429 with a hint":    {true, 429, "1", 2},
		"503 with a hint":    {true, 503, "1", 2},
		"500 with a hint":    {true, 500, "1", 1},
		"503 without a hint": {true, 503, "", 1},
		"without the option": {false, 503, "1", 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &served{answer: func(n int, _ *http.Request) (*http.Response, error) {
					if n > 1 {
						return respond(200, "done")
					}
					if c.header == "" {
						return respond(c.status, "")
					}
					return respond(c.status, "", "Retry-After", c.header)
				}}
				rt := transport(t, s, retry.Config{})
				rt.RetryAfter = c.option
				resp, err := rt.RoundTrip(request(t, "POST", "hello"))
				require.NoError(t, err)
				require.NoError(t, resp.Body.Close())
				assert.Equal(t, c.sends, s.n.Load())
			})
		})
	}
}

func TestHeadersInMillisecondsAreHeard(t *testing.T) {
	for _, name := range []string{"retry-after-ms", "x-ms-retry-after-ms"} {
		synctest.Test(t, func(t *testing.T) {
			s := &served{answer: func(n int, _ *http.Request) (*http.Response, error) {
				if n == 1 {
					return respond(429, "", name, "2500", "Retry-After", "9")
				}
				return respond(200, "")
			}}
			start := time.Now()
			resp, err := transport(t, s, retry.Config{Jitter: retry.JitterNone}).RoundTrip(request(t, "GET", ""))
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			assert.Equal(t, 2500*time.Millisecond, time.Since(start), name)
		})
	}
}

func TestFileIsRewoundToWhereItStood(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.txt")
	require.NoError(t, os.WriteFile(name, []byte("skipped hello"), 0o600))
	file, err := os.Open(name)
	require.NoError(t, err)
	_, err = file.Seek(8, io.SeekStart)
	require.NoError(t, err)
	var bodies []string
	s := &served{answer: func(n int, req *http.Request) (*http.Response, error) {
		body := make([]byte, 2*n)
		read, err := io.ReadFull(req.Body, body)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, err
		}
		bodies = append(bodies, string(body[:read]))
		if n < 3 {
			return respond(503, "")
		}
		return respond(200, "")
	}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://demo.example/a", file)
	require.NoError(t, err)
	resp, err := transport(t, s, atOnce).RoundTrip(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, []string{"he", "hell", "hello"}, bodies)
	require.ErrorIs(t, file.Close(), os.ErrClosed, "the transport closes the body")
}

// A transport may go on reading a body after it has returned an error.
func TestOldAttemptCannotReadTheNextBody(t *testing.T) {
	var late io.Reader
	s := &served{answer: func(n int, req *http.Request) (*http.Response, error) {
		if n == 1 {
			late = req.Body
			_, err := req.Body.Read(make([]byte, 1))
			require.NoError(t, err)
			return nil, io.ErrUnexpectedEOF
		}
		_, err := late.Read(make([]byte, 1))
		require.ErrorContains(t, err, "taken back")
		body, err := io.ReadAll(req.Body)
		require.NoError(t, err)
		return respond(200, string(body))
	}}
	req := request(t, "PUT", "hello")
	req.GetBody = nil
	req.Body = struct {
		*strings.Reader
		io.Closer
	}{strings.NewReader("hello"), io.NopCloser(nil)}
	resp, err := transport(t, s, atOnce).RoundTrip(req)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, "hello", string(body))
}

// The client already says method and URL.
func TestErrorTextNamesTheRequestOnce(t *testing.T) {
	s := &served{answer: func(int, *http.Request) (*http.Response, error) { return nil, os.ErrDeadlineExceeded }}
	client := &http.Client{Transport: transport(t, s, atOnce)}
	_, err := client.Do(request(t, "GET", ""))
	var failed *url.Error
	require.ErrorAs(t, err, &failed)
	assert.True(t, failed.Timeout())
	require.EqualError(t, err,
		`Get "http://demo.example/a.bin?secret=1": failed after 3 attempts: attempts exhausted: i/o timeout`)
	var call *retry.Error
	require.ErrorAs(t, err, &call)
	assert.Equal(t, "GET http://demo.example/a.bin", call.Name)
}
