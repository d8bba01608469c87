package retryhttp_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/retry/retryhttp"
)

// A reverse proxy needs an io.ReadWriteCloser to switch protocols, with and without a time limit.
func TestReverseProxyUpgrades(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "echo")
		w.WriteHeader(http.StatusSwitchingProtocols)
		conn, both, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		line, err := both.ReadString('\n')
		if err == nil {
			_, _ = io.WriteString(conn, "echo "+line)
		}
	}))
	defer backend.Close()
	target, err := url.Parse(backend.URL)
	require.NoError(t, err)
	for _, limit := range []time.Duration{0, time.Minute} {
		t.Run(fmt.Sprint("attempt timeout ", limit), func(t *testing.T) {
			r, err := retry.New(retry.Config{AttemptTimeout: limit})
			require.NoError(t, err)
			base := &http.Transport{}
			defer base.CloseIdleConnections()
			proxy := httputil.NewSingleHostReverseProxy(target)
			proxy.Transport = &retryhttp.Transport{Base: base, Retryer: r}
			front := httptest.NewServer(proxy)
			defer front.Close()

			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, front.URL, nil)
			require.NoError(t, err)
			req.Header.Set("Connection", "Upgrade")
			req.Header.Set("Upgrade", "echo")
			resp, err := base.RoundTrip(req)
			require.NoError(t, err)
			require.Equal(t, http.StatusSwitchingProtocols, resp.StatusCode)
			both, ok := resp.Body.(io.ReadWriteCloser)
			require.True(t, ok)
			_, err = io.WriteString(both, "hello\n")
			require.NoError(t, err)
			line, err := bufio.NewReader(both).ReadString('\n')
			require.NoError(t, err)
			assert.Equal(t, "echo hello\n", line)
			require.NoError(t, both.Close())
		})
	}
}

// stalled is a body that sends its text and then nothing until it is closed.
type stalled struct {
	text   io.Reader
	closed chan struct{}
}

func (b *stalled) Read(p []byte) (int, error) {
	if n, _ := b.text.Read(p); n > 0 {
		return n, nil
	}
	<-b.closed
	return 0, http.ErrBodyReadAfterClose
}

func (b *stalled) Close() error {
	select {
	case <-b.closed:
	default:
		close(b.closed)
	}
	return nil
}

func TestStalledFailureHoldsUpTheRetryForASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &served{answer: func(n int, _ *http.Request) (*http.Response, error) {
			if n == 2 {
				return respond(200, "")
			}
			resp, err := respond(503, "")
			resp.Body = &stalled{strings.NewReader("busy"), make(chan struct{})}
			return resp, err
		}}
		start := time.Now()
		resp, err := transport(t, s, atOnce).RoundTrip(request(t, "GET", ""))
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, time.Second, time.Since(start))
		assert.Zero(t, s.open.Load())
	})
}

// Where no retry follows, the failed response belongs to the caller whole, however slow.
func TestSlowFailureIsReturnedWhole(t *testing.T) {
	budget, err := retry.NewBudget(retry.BudgetConfig{Initial: retry.NoTokens})
	require.NoError(t, err)
	for name, config := range map[string]retry.Config{
		"last attempt": {MaxAttempts: 1},
		"no budget":    {Budget: budget},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &served{answer: func(int, *http.Request) (*http.Response, error) {
					resp, err := respond(503, "")
					reader, writer := io.Pipe()
					go func() {
						_, _ = io.WriteString(writer, "very ")
						time.Sleep(time.Minute)
						_, _ = io.WriteString(writer, "busy")
						_ = writer.Close()
					}()
					resp.Body = reader
					return resp, err
				}}
				start := time.Now()
				resp, err := transport(t, s, config).RoundTrip(request(t, "GET", ""))
				require.NoError(t, err)
				if config.MaxAttempts == 1 {
					assert.Zero(t, time.Since(start), "the last response is not drained")
				}
				body, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				assert.Equal(t, "very busy", string(body))
				require.NoError(t, resp.Body.Close())
				assert.Zero(t, s.open.Load())
			})
		})
	}
}

// A handler that aborts looks the same to a caller over both versions of HTTP.
func TestAbortedHandlerIsRetriedOverBothVersions(t *testing.T) {
	for _, version := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(version, func(t *testing.T) {
			var n atomic.Int32
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				if n.Add(1) < 3 {
					panic(http.ErrAbortHandler)
				}
				_, _ = io.WriteString(w, req.Proto)
			}))
			server.EnableHTTP2 = version == "HTTP/2.0"
			server.StartTLS()
			defer server.Close()
			r, err := retry.New(atOnce)
			require.NoError(t, err)
			client := &http.Client{Transport: &retryhttp.Transport{Base: server.Client().Transport, Retryer: r}}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
			require.NoError(t, err)
			resp, err := client.Do(req)
			require.NoError(t, err)
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			assert.Equal(t, version, string(body))
			assert.EqualValues(t, 3, n.Load())
		})
	}
}
