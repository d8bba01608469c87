package retryhttp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/retry/retryhttp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server answers the n-th request, from 1, without a network.
type server func(n int, req *http.Request) (*http.Response, error)

// served counts requests and open response bodies.
type served struct {
	answer server
	n      atomic.Int32
	open   atomic.Int32
}

func (s *served) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
	}
	resp, err := s.answer(int(s.n.Add(1)), req)
	if resp != nil {
		s.open.Add(1)
		resp.Body = &counted{resp.Body, s, false}
	}
	return resp, err
}

type counted struct {
	io.ReadCloser
	s      *served
	closed bool
}

func (c *counted) Close() error {
	if !c.closed {
		c.closed = true
		c.s.open.Add(-1)
	}
	return c.ReadCloser.Close()
}

func respond(status int, body string, headers ...string) (*http.Response, error) {
	resp := &http.Response{
		StatusCode: status, Status: fmt.Sprint(status, " ", http.StatusText(status)),
		Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)),
	}
	for i := 0; i < len(headers); i += 2 {
		resp.Header.Set(headers[i], headers[i+1])
	}
	return resp, nil
}

func transport(t *testing.T, s *served, config retry.Config) *retryhttp.Transport {
	t.Helper()
	r, err := retry.New(config)
	require.NoError(t, err)
	return &retryhttp.Transport{Base: s, Retryer: r}
}

func request(t *testing.T, method, body string) *http.Request {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, "http://demo.example/a.bin?secret=1", reader)
	require.NoError(t, err)
	return req
}

// given → sends, outcome: which requests are sent twice.
func TestOnlyWhatMayBeSentTwiceIs(t *testing.T) {
	keyed := func(req *http.Request) { req.Header.Set("Idempotency-Key", "k") }
	oneWay := func(req *http.Request) { req.Body = io.NopCloser(strings.NewReader("x")); req.GetBody = nil }
	for name, c := range map[string]struct {
		method, body string
		change       func(*http.Request)
		sends        int
	}{
		"GET":                           {http.MethodGet, "", nil, 2},
		"no method is GET":              {"", "", nil, 2},
		"DELETE":                        {http.MethodDelete, "", nil, 2},
		"PUT with a body that rewinds":  {http.MethodPut, "hello", nil, 2},
		"PUT with a body that does not": {http.MethodPut, "hello", oneWay, 1},
		"POST":                          {http.MethodPost, "hello", nil, 1},
		"POST with an idempotency key":  {http.MethodPost, "hello", keyed, 2},
		"PATCH":                         {http.MethodPatch, "hello", nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := &served{answer: func(n int, req *http.Request) (*http.Response, error) {
				if c.body != "" {
					sent, err := io.ReadAll(req.Body)
					require.NoError(t, err)
					if c.change == nil {
						assert.Equal(t, c.body, string(sent), "attempt %d sends the whole body", n)
					}
				}
				if n == 1 {
					return respond(503, "busy")
				}
				return respond(200, "ok")
			}}
			req := request(t, c.method, c.body)
			req.Method = c.method
			if c.change != nil {
				c.change(req)
			}
			resp, err := transport(t, s, retry.Config{InitialDelay: retry.NoDelay}).RoundTrip(req)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			assert.Equal(t, c.sends, int(s.n.Load()))
			assert.Zero(t, s.open.Load(), "every body is closed")
		})
	}
}

func TestLastResponseIsReturnedAsItCame(t *testing.T) {
	long := strings.Repeat("x", 200_000)
	for _, text := range []string{"", "busy", long} {
		s := &served{answer: func(int, *http.Request) (*http.Response, error) { return respond(503, text) }}
		resp, err := transport(t, s, retry.Config{InitialDelay: retry.NoDelay}).RoundTrip(request(t, "GET", ""))
		require.NoError(t, err)
		assert.Equal(t, 503, resp.StatusCode)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		assert.Equal(t, len(text), len(body))
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, int32(3), s.n.Load())
		assert.Zero(t, s.open.Load())
	}
}

func TestLongFailedResponseIsClosedBeforeTheNextAttempt(t *testing.T) {
	var s *served
	s = &served{answer: func(n int, _ *http.Request) (*http.Response, error) {
		assert.Zero(t, s.open.Load(), "attempt %d", n)
		if n < 3 {
			return respond(503, strings.Repeat("x", 200_000))
		}
		return respond(200, "")
	}}
	resp, err := transport(t, s, retry.Config{InitialDelay: retry.NoDelay}).RoundTrip(request(t, "GET", ""))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Zero(t, s.open.Load())
}

func TestErrorsWithoutAResponseAreRetriedAndTold(t *testing.T) {
	s := &served{answer: func(n int, _ *http.Request) (*http.Response, error) {
		if n == 1 {
			return respond(500, "oops")
		}
		return nil, io.ErrUnexpectedEOF
	}}
	resp, err := transport(t, s, retry.Config{InitialDelay: retry.NoDelay}).RoundTrip(request(t, "GET", ""))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.ErrorIs(t, err, retry.ErrExhausted)
	require.NotContains(t, err.Error(), "secret")
	assert.Nil(t, resp)
	assert.Zero(t, s.open.Load())
	var status *retryhttp.StatusError
	var failed *retry.Error
	require.ErrorAs(t, err, &failed)
	require.ErrorContains(t, failed, "GET http://demo.example/a.bin: failed after 3 attempts")
	require.NotContains(t, failed.Error(), "secret")
	require.ErrorAs(t, failed.History[0].Err, &status)
	assert.Equal(t, 500, status.Response.StatusCode)
}

func TestOtherStatusesAreAnswers(t *testing.T) {
	for _, status := range []int{200, 204, 304, 400, 403, 404, 412, 501} {
		s := &served{answer: func(int, *http.Request) (*http.Response, error) { return respond(status, "") }}
		resp, err := transport(t, s, retry.Config{}).RoundTrip(request(t, "GET", ""))
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, int32(1), s.n.Load(), "status %d", status)
	}
}

func TestRetryAfterIsHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &served{answer: func(n int, _ *http.Request) (*http.Response, error) {
			if n == 1 {
				return respond(429, "", "Retry-After", "7")
			}
			return respond(200, "")
		}}
		start := time.Now()
		resp, err := transport(t, s, retry.Config{Jitter: retry.JitterNone}).RoundTrip(request(t, "GET", ""))
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, 7*time.Second, time.Since(start))
	})
}

func TestAttemptTimeoutEndsWithTheResponseHead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &served{answer: func(n int, req *http.Request) (*http.Response, error) {
			if n == 1 { // no answer
				<-req.Context().Done()
				return nil, req.Context().Err()
			}
			resp, err := respond(200, "")
			resp.Body = &slowBody{req.Context()}
			return resp, err
		}}
		resp, err := transport(t, s, retry.Config{AttemptTimeout: 5 * time.Second}).RoundTrip(request(t, "GET", ""))
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err, "a body may take longer than an attempt")
		assert.Equal(t, "late", string(body))
		require.NoError(t, resp.Body.Close())
	})
}

// slowBody takes a minute.
type slowBody struct{ ctx context.Context }

func (b *slowBody) Read(p []byte) (int, error) {
	select {
	case <-time.After(time.Minute):
		return copy(p, "late"), io.EOF
	case <-b.ctx.Done():
		return 0, context.Cause(b.ctx)
	}
}

func (b *slowBody) Close() error { return nil }

func TestCanceledRequestReturnsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &served{answer: func(int, *http.Request) (*http.Response, error) { return respond(503, "") }}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, cancel)
		resp, err := transport(t, s, retry.Config{}).RoundTrip(request(t, "GET", "").WithContext(ctx))
		require.ErrorIs(t, err, context.Canceled)
		assert.Nil(t, resp)
		assert.Zero(t, s.open.Load())
	})
}

func TestHedgedRequestClosesTheLoser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &served{answer: func(n int, req *http.Request) (*http.Response, error) {
			if n == 1 { // it answers all the same, too late
				<-req.Context().Done()
			}
			return respond(200, fmt.Sprint("answer ", n))
		}}
		hedging := transport(t, s, retry.Config{Hedge: retry.Hedge{After: time.Second}})
		resp, err := hedging.RoundTrip(request(t, "GET", ""))
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		assert.Equal(t, "answer 2", string(body))
		assert.Equal(t, int32(1), s.open.Load())
		require.NoError(t, resp.Body.Close())
		assert.Zero(t, s.open.Load())
	})
}

func TestBodyThatCannotRewindFailsAtOnce(t *testing.T) {
	s := &served{answer: func(int, *http.Request) (*http.Response, error) { return respond(503, "") }}
	req := request(t, "PUT", "hello")
	lost := errors.New("file is gone")
	req.GetBody = func() (io.ReadCloser, error) { return nil, lost }
	_, err := transport(t, s, retry.Config{}).RoundTrip(req)
	require.ErrorIs(t, err, lost)
	require.ErrorIs(t, err, retry.ErrPermanent)
	assert.Zero(t, s.n.Load())
}

// Over a real connection: the failed response is drained, so its connection serves the next
// attempt.
func TestConnectionIsUsedAgain(t *testing.T) {
	var n atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, strings.Repeat("busy", 1000))
			return
		}
		_, _ = io.WriteString(w, "ok")
	}))
	defer server.Close()
	base := &http.Transport{}
	defer base.CloseIdleConnections()
	r, err := retry.New(retry.Config{InitialDelay: time.Millisecond})
	require.NoError(t, err)
	client := &http.Client{Transport: &retryhttp.Transport{Base: base, Retryer: r}}

	fresh := 0
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		if !i.Reused {
			fresh++
		}
	}})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
	require.NoError(t, err)
	resp, err := client.Do(req)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, "ok", string(body))
	assert.Equal(t, 1, fresh)
}
