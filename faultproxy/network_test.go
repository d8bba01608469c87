package faultproxy_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// struck is what a client on a real network sees of a fault.
type struck struct {
	method  string // default GET
	status  int
	body    string // "": not checked
	err     error  // error of the request, or of reading the response
	ended   string // in the journal; default complete
	asked   int    // number of requests that reached the upstream
	another bool   // send another request before, on the same connection
	expect  bool   // the client expects 100-continue
	takes   time.Duration
}

// Each fault within an exchange, on TCP with and without TLS, as the client sees it.
func TestEveryFaultOnTCPAndTLS(t *testing.T) {
	for rule, want := range map[string]struck{
		"respond: {status: 503, code: SlowDown}":       {status: 503},
		"respond: {status: 500, body: html}":           {method: "PUT", status: 500},
		"respond: {status: 503, early: true}":          {method: "PUT", status: 503},
		"after_upstream: true, respond: {status: 500}": {method: "PUT", status: 500, asked: 1},
		"ok_with_error: {}":                            {method: "PUT", status: 200},
		"timeout: 5ms": {
			err: io.EOF, ended: "timeout",
			takes: 5 * time.Millisecond,
		},
		"after_upstream: true, timeout: 5ms": {
			method: "PUT", err: io.EOF, ended: "timeout",
			asked: 1, takes: 5 * time.Millisecond,
		},
		"latency: {delay: 20ms, jitter: 1ms}": {
			status: 200, body: "0123456789", asked: 1,
			takes: 20 * time.Millisecond,
		},
		"latency: {delay: 20ms, before: response}": {
			method: "PUT", status: 200, asked: 1,
			takes: 20 * time.Millisecond,
		},
		"reset_peer: {at: accept}":       {err: syscall.ECONNRESET, ended: "reset"},
		"reset_peer: {at: request_head}": {err: syscall.ECONNRESET, ended: "reset"},
		"reset_peer: {at: request_body, after_bytes: 3, hold: 5ms}": {
			method: "PUT", err: syscall.ECONNRESET,
			ended: "reset", takes: 5 * time.Millisecond,
		},
		"reset_peer: {at: response_head}": {
			err: syscall.ECONNRESET, ended: "reset",
			asked: 1,
		},
		"reset_peer: {after_bytes: 4, hold: 20ms}": {
			err: syscall.ECONNRESET, ended: "reset",
			asked: 1,
		},
		"close_early: {after_bytes: 3}": {
			err: io.ErrUnexpectedEOF, ended: "closed",
			asked: 1,
		},
		"close_early: {after_bytes: 3, close_delimited: true}": {
			status: 200, body: "012", ended: "closed",
			asked: 1,
		},
		"bandwidth: {rate: 200}": {
			status: 200, body: "0123456789", asked: 1,
			takes: 40 * time.Millisecond,
		},
		"slicer: {size: 4, delay: 10ms}": {
			status: 200, body: "0123456789", asked: 1,
			takes: 20 * time.Millisecond,
		},
		"corrupt: {flip: 80}": {
			status: 200,
			body:   "\xcf\xce\xcd\xcc\xcb\xca\xc9\xc8\xc7\xc6", asked: 1,
		},
		"idle_close: {}": {
			method: "POST",
			err:    errAnyOf{syscall.ECONNRESET, syscall.EPIPE, io.EOF}, ended: "reset", another: true, asked: 1,
		},
		"continue: withhold": {
			method: "PUT", expect: true, status: 200,
			asked: 1,
		},
		"continue: late": {
			method: "PUT", expect: true, status: 200,
			asked: 1,
		},
		"continue: final": {method: "PUT", expect: true, status: 417},
		"redirect: {status: 301, to: 'http://elsewhere.invalid'}": {status: 301},
		"throttle: {rate: 0.001}":                                 {another: true, status: 503, asked: 1},
		"duplicate: {}":                                           {method: "PUT", status: 200, asked: 2},
	} {
		for _, secure := range []bool{false, true} {
			name := "TCP"
			if secure {
				name = "TLS"
			}
			t.Run(name+" "+rule, func(t *testing.T) {
				t.Parallel()
				strike(t, rule, want, secure)
			})
		}
	}
}

// errAnyOf matches any of a few errors: timing decides how a client notices that its connection
// died.
type errAnyOf []error

func (e errAnyOf) Error() string { return "any of several" }

func strike(t *testing.T, rule string, want struck, secure bool) {
	parsed, err := faultproxy.ParseRule(rule)
	require.NoError(t, err)
	cfg := faultproxy.Config{Rules: []faultproxy.Rule{parsed}}
	transport := &http.Transport{ExpectContinueTimeout: 10 * time.Millisecond}
	scheme := "http://"
	if secure {
		cfg.TLS, err = faultproxy.NewAuthority()
		require.NoError(t, err)
		transport.TLSClientConfig, scheme = cfg.TLS.ClientConfig(), "https://"
	}
	var asked atomic.Int32
	p, url, _ := onTCP(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		body, _ := io.ReadAll(r.Body)
		if r.Method == http.MethodPut {
			assert.Equal(t, "hello", string(body))
		}
		_, _ = io.WriteString(w, "0123456789")
	}), cfg)
	url = scheme + strings.TrimPrefix(url, "http://")
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()

	do := func(method string) (int, string, error) {
		var body io.Reader
		if method != "" && method != http.MethodGet {
			body = strings.NewReader("hello")
		}
		req, err := http.NewRequestWithContext(t.Context(), method, url+"/demo/a", body)
		require.NoError(t, err)
		if want.expect {
			req.Header.Set("Expect", "100-continue")
		}
		resp, err := client.Do(req)
		if err != nil {
			return 0, "", err
		}
		content, err := io.ReadAll(resp.Body)
		return resp.StatusCode, string(content), errors.Join(err, resp.Body.Close())
	}
	if want.another {
		status, _, err := do(http.MethodGet)
		require.NoError(t, err)
		require.Equal(t, 200, status)
	}
	start := time.Now()
	status, body, err := do(want.method)
	assert.GreaterOrEqual(t, time.Since(start), want.takes)
	var several errAnyOf
	if errors.As(want.err, &several) {
		var found bool
		for _, one := range several {
			found = found || errors.Is(err, one) || err != nil &&
				strings.Contains(err.Error(), "server closed idle connection")
		}
		require.True(t, found, "%v", err)
	} else {
		require.ErrorIs(t, err, want.err)
	}
	if want.err == nil {
		assert.Equal(t, want.status, status)
		if want.body != "" {
			assert.Equal(t, want.body, body)
		}
	}
	records := settled(t, p)
	rec := records[len(records)-1]
	if want.ended == "" {
		want.ended = "complete"
	}
	assert.Equal(t, []string{want.ended, parsed.Fault.String()}, []string{rec.Ended, rec.Fault})
	assert.EqualValues(t, want.asked, asked.Load())
	assert.NotZero(t, p.Rules().Fired()[0])
}

// settled returns the journal's records once no exchange is under way: in real time the client may
// see the end before the proxy has recorded it.
func settled(t *testing.T, p *faultproxy.Proxy) []faultproxy.Record {
	t.Helper()
	require.Eventually(t, func() bool { return p.Journal().InFlight() == 0 }, 10*time.Second, time.Millisecond)
	return p.Journal().Records()
}

func TestTLSFaultsOnTCP(t *testing.T) {
	for fault, want := range map[string]string{
		"expired": "certificate has expired", "wrong_name": "cannot validate certificate for 127.0.0.1",
		"untrusted": "certificate signed by unknown authority", "handshake": "connection reset by peer",
	} {
		t.Run(fault, func(t *testing.T) {
			authority, err := faultproxy.NewAuthority()
			require.NoError(t, err)
			p, url, _ := onTCP(t, echo,
				faultproxy.Config{
					TLS:   authority,
					Rules: []faultproxy.Rule{{Times: 1, Fault: faultproxy.TLS(faultproxy.TLSMode(fault))}},
				})
			client := &http.Client{Transport: &http.Transport{TLSClientConfig: authority.ClientConfig()}}
			defer client.CloseIdleConnections()
			_, err = client.Get("https" + strings.TrimPrefix(url, "http") + "/demo/a")
			require.ErrorContains(t, err, want)
			resp, err := client.Get("https" + strings.TrimPrefix(url, "http") + "/demo/a")
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			assert.Equal(t, "tls", settled(t, p)[0].Ended)
		})
	}
}

// While a large body is sent and the proxy waits, only one goroutine reads from the client.
func TestWaitAfterALargeBodyOnTCPHasOneReader(t *testing.T) {
	for _, rule := range []string{
		"latency: {delay: 20ms, before: response}", "after_upstream: true, timeout: 20ms",
		"slicer: {size: 50000, delay: 5ms}",
	} {
		r, err := faultproxy.ParseRule(rule)
		require.NoError(t, err)
		up := httptest.NewServer(echo)
		p, err := faultproxy.New(faultproxy.Config{Upstream: up.Listener.Addr().String(), Rules: []faultproxy.Rule{r}})
		require.NoError(t, err)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		served := make(chan error, 1)
		go func() { served <- p.Serve(l) }()
		content := bytes.Repeat([]byte("x"), 200_000)
		client := &http.Client{Transport: &http.Transport{}}
		for range 2 {
			resp, err := client.Post("http://"+l.Addr().String()+"/demo/a", "", bytes.NewReader(content))
			if r.AfterUpstream {
				require.ErrorIs(t, err, io.EOF)
				continue
			}
			require.NoError(t, err)
			got, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			assert.True(t, bytes.Equal(content, got))
		}
		client.CloseIdleConnections()
		require.NoError(t, p.Close())
		require.ErrorIs(t, <-served, faultproxy.ErrClosed)
		up.Close()
	}
}
