package faultproxy_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

// onTCP runs a proxy on loopback in front of a handler.
func onTCP(t *testing.T, handler http.Handler, cfg faultproxy.Config) (*faultproxy.Proxy, string, *http.Client) {
	t.Helper()
	up := httptest.NewServer(handler)
	t.Cleanup(up.Close)
	return inFront(t, up.Listener.Addr().String(), cfg)
}

// inFront returns a proxy on TCP in front of an upstream, with its URL and a client.
func inFront(t *testing.T, upstream string, cfg faultproxy.Config) (*faultproxy.Proxy, string, *http.Client) {
	t.Helper()
	cfg.Upstream = upstream
	p, err := faultproxy.New(cfg)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- p.Serve(l) }()
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		require.NoError(t, p.Close())
		require.ErrorIs(t, <-served, faultproxy.ErrClosed)
	})
	return p, "http://" + l.Addr().String(), client
}

func TestLargeBodiesPassOverTCPBothWays(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	for _, digest := range []bool{false, true} {
		p, url, client := onTCP(t, echo, faultproxy.Config{Digest: digest})
		for range 2 {
			resp, err := client.Post(url+"/demo/a", "", bytes.NewReader(content))
			require.NoError(t, err)
			got, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.True(t, bytes.Equal(content, got))
		}
		for _, rec := range settled(t, p) {
			assert.Equal(t, "complete", rec.Ended)
			assert.Greater(t, rec.BytesReceived, int64(len(content)))
			assert.Greater(t, rec.BytesSent, int64(len(content)))
			want := ""
			if digest {
				sum := sha256.Sum256(content)
				want = hex.EncodeToString(sum[:])
			}
			assert.Equal(t, want, rec.RequestSHA256)
			assert.Equal(t, want, rec.ResponseSHA256)
		}
	}
}

func TestClientLeavingOnTCPIsClientGone(t *testing.T) {
	p, url, _ := onTCP(t, echo, faultproxy.Config{})
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	require.NoError(t, err)
	_, err = io.WriteString(c, "PUT /demo/a HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n"+strings.Repeat("x",
		100000))
	require.NoError(t, err)
	require.NoError(t, c.Close())
	require.Eventually(t, func() bool { return p.Journal().Sends() == 1 && p.Journal().InFlight() == 0 },
		10*time.Second, time.Millisecond)
	assert.Equal(t, "client_gone", p.Journal().Records()[0].Ended)
}

func TestFaultsOnTCP(t *testing.T) {
	rule := func(text string) faultproxy.Config {
		r, err := faultproxy.ParseRule(text)
		require.NoError(t, err)
		return faultproxy.Config{Rules: []faultproxy.Rule{r}}
	}
	fetch := func(client *http.Client, url string) (string, error) {
		resp, err := client.Get(url + "/demo/a")
		if err != nil {
			return "", err
		}
		body, err := io.ReadAll(resp.Body)
		return string(body), errors.Join(err, resp.Body.Close())
	}
	for text, want := range map[string]error{
		"reset_peer: {at: accept}":                             syscall.ECONNRESET,
		"reset_peer: {at: response_head}":                      syscall.ECONNRESET,
		"times: 1, reset_peer: {after_bytes: 3}":               syscall.ECONNRESET,
		"close_early: {after_bytes: 3}":                        io.ErrUnexpectedEOF,
		"timeout: 1ms":                                         io.EOF,
		"close_early: {after_bytes: 7, close_delimited: true}": nil,
	} {
		t.Run(text, func(t *testing.T) {
			p, url, client := onTCP(t, echo, rule(text))
			body, err := fetch(client, url)
			switch {
			case want == nil:
				require.NoError(t, err)
				assert.Equal(t, "content", body)
			case errors.Is(err, syscall.EPIPE):
				// The reset was there before the request, so the client's write failed.
				assert.Equal(t, "reset_peer: {at: accept}", text)
			default:
				require.ErrorIs(t, err, want)
			}
			assert.NotZero(t, p.Rules().Fired()[0])
		})
	}
}

func TestFaultsThatNeedMemoryAreErrorsOnTCP(t *testing.T) {
	for text, want := range map[string]string{
		"dns: nxdomain": "not possible on TCP",
		"during: [1s, 2s], refuse: {as: no_route}":       "not possible on TCP",
		"connect_timeout: {}":                            "not possible on TCP",
		"refuse: {}":                                     "needs a window",
		"times: 2, during: [1s, 2s], refuse: {}":         "times: not possible on TCP",
		"after: 2, during: [1s, 2s], refuse: {}":         "after: not possible on TCP",
		"probability: 0.5, during: [1s, 2s], refuse: {}": "probability: not possible on TCP",
	} {
		r, err := faultproxy.ParseRule(text)
		require.NoError(t, err)
		p, err := faultproxy.New(faultproxy.Config{Upstream: "127.0.0.1:1", Rules: []faultproxy.Rule{r}})
		require.NoError(t, err)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.ErrorContains(t, p.Serve(l), want)
	}
}

func TestRefuseClosesTheTCPPortForItsWindow(t *testing.T) {
	r, err := faultproxy.ParseRule("during: [100ms, 600ms], refuse: {}")
	require.NoError(t, err)
	p, url, client := onTCP(t, echo, faultproxy.Config{Rules: []faultproxy.Rule{r}})
	refused := func() bool { return errors.Is(dialed(url), syscall.ECONNREFUSED) }
	require.Eventually(t, refused, 10*time.Second, time.Millisecond)
	require.Eventually(t, func() bool { return !refused() }, 10*time.Second, time.Millisecond)
	resp, err := client.Get(url + "/demo/a")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	p.Dialed(t.Context(), syscall.ECONNREFUSED) // the port is open again, so this dial was for another one
	assert.Equal(t, []int{0}, p.Rules().Fired(), "the proxy does not see refused dials")
	assert.Len(t, p.Rules().Unfired(), 1)
	assert.Len(t, settled(t, p), 1, "the journal has no record of them")
}

// dialed returns the error of a dial to a URL.
func dialed(url string) error {
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err == nil {
		_ = c.Close()
	}
	return err
}

// A window fires for each request that it cuts, and the record names it. It does not fire for idle
// connections.
func TestTCPWindowFiresForTheRequestsThatItCuts(t *testing.T) {
	for name, tc := range map[string]struct {
		rules []string
		body  bool
		fault string
	}{
		"waiting":        {nil, false, "refuse: {}"},
		"half answered":  {nil, true, "refuse: {}"},
		"delayed":        {[]string{"latency: {delay: 1h}"}, false, "latency: {delay: 1h}"},
		"never answered": {[]string{"timeout: {}"}, false, "timeout: {}"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := faultproxy.Config{StartOnArrival: true}
			for _, text := range append(tc.rules, "name: outage, during: [1ms, 10h], refuse: {}") {
				rule, err := faultproxy.ParseRule(text)
				require.NoError(t, err)
				cfg.Rules = append(cfg.Rules, rule)
			}
			p, url, client := onTCP(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if tc.body {
					_, _ = io.WriteString(w, "half")
					w.(http.Flusher).Flush()
				}
				<-r.Context().Done()
			}), cfg)
			idle, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
			require.NoError(t, err)
			defer idle.Close()
			resp, err := client.Get(url + "/demo/a")
			if err == nil {
				_, err = io.ReadAll(resp.Body)
				require.NoError(t, resp.Body.Close())
			}
			require.ErrorIs(t, err, syscall.ECONNRESET)
			_, err = idle.Read(make([]byte, 1))
			require.ErrorIs(t, err, syscall.ECONNRESET)
			records := settled(t, p)
			require.Len(t, records, 1)
			assert.Equal(t, []string{"reset", tc.fault}, []string{records[0].Ended, records[0].Fault})
			fired := p.Rules().Fired()
			assert.Equal(t, 1, fired[len(fired)-1])
			assert.Empty(t, p.Rules().Unfired())
		})
	}
	t.Run("idle", func(t *testing.T) {
		rule, err := faultproxy.ParseRule("during: [50ms, 10h], refuse: {}")
		require.NoError(t, err)
		p, url, _ := onTCP(t, echo, faultproxy.Config{Rules: []faultproxy.Rule{rule}})
		idle, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err == nil { // otherwise the window began before the response
			defer idle.Close()
			_, err = idle.Read(make([]byte, 1))
			require.ErrorIs(t, err, syscall.ECONNRESET)
		}
		require.Eventually(t, func() bool { return errors.Is(dialed(url), syscall.ECONNREFUSED) }, 10*time.Second,
			time.Millisecond)
		assert.Equal(t, []int{0}, p.Rules().Fired())
		assert.Empty(t, p.Journal().Records())
	})
}

// A dialer in the same process can report the dials that the kernel refused.
func TestDialedRecordsRefusedDials(t *testing.T) {
	rule, err := faultproxy.ParseRule("name: outage, during: [0s, 10h], refuse: {}")
	require.NoError(t, err)
	p, url, _ := onTCP(t, echo, faultproxy.Config{Rules: []faultproxy.Rule{rule}})
	require.Eventually(t, func() bool { return errors.Is(dialed(url), syscall.ECONNREFUSED) }, 10*time.Second,
		time.Millisecond)
	client := &http.Client{Transport: &faultproxy.Transport{Base: &http.Transport{DialContext: func(ctx context.Context,
		network, addr string,
	) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, addr)
		p.Dialed(ctx, err)
		return c, err
	}}}}
	for range 2 {
		req, err := http.NewRequestWithContext(faultproxy.WithStep(t.Context(), "one"), http.MethodGet, url+"/demo/a",
			nil)
		require.NoError(t, err)
		_, err = client.Do(req)
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
	}
	p.Dialed(t.Context(), syscall.ECONNREFUSED) // a dial without a known request
	p.Dialed(t.Context(), syscall.ECONNRESET)
	p.Dialed(t.Context(), nil)
	var got []string
	for _, rec := range settled(t, p) {
		got = append(got,
			strings.Join([]string{
				rec.Kind, rec.Step, rec.Operation, rec.Key, rec.Rule, rec.Fault, rec.Ended,
				fmt.Sprint(rec.Attempt),
			}, " "))
	}
	assert.Equal(t, []string{
		"connection one GetObject a outage refuse: {} refused 1",
		"connection one GetObject a outage refuse: {} refused 2", "connection    outage refuse: {} refused 1",
	}, got)
	assert.Equal(t, []int{3}, p.Rules().Fired())
	assert.Zero(t, p.Journal().Count("GetObject"), "no send")

	require.True(t, p.Rules().Reset(1))
	p.Dialed(t.Context(), syscall.ECONNREFUSED)
	assert.Equal(t, []int{1}, p.Rules().Fired(), "counted anew")
	require.True(t, p.Rules().Remove(1))
	require.Eventually(t, func() bool { return dialed(url) == nil }, 10*time.Second, time.Millisecond,
		"without its rule the window is over")
	p.Dialed(t.Context(), syscall.ECONNREFUSED)
	assert.Len(t, p.Journal().Records(), 4, "the port is open: that was another's")
}

// The port does not close for a rule that was removed before its window.
func TestRemovedRuleDoesNotCloseThePort(t *testing.T) {
	var rules []faultproxy.Rule
	for _, text := range []string{
		"during: [0s, 1h], refuse: {}", "during: [1ms, 1h], refuse: {}",
		"during: [2ms, 1h], refuse: {}",
	} {
		rule, err := faultproxy.ParseRule(text)
		require.NoError(t, err)
		rules = append(rules, rule)
	}
	hold := make(chan struct{})
	p, url, client := onTCP(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hold }),
		faultproxy.Config{Rules: rules, StartOnArrival: true})
	require.NoError(t, dialed(url)) // the proxy serves
	require.True(t, p.Rules().Remove(1))
	require.True(t, p.Rules().Toggle(2, false))
	_, err := client.Get(url + "/demo/a")
	close(hold)
	require.ErrorIs(t, err, syscall.ECONNRESET)
	settled(t, p)
	fired := map[int]int{}
	for _, st := range p.Rules().List() {
		fired[st.ID] = st.Fired
	}
	assert.Equal(t, map[int]int{2: 0, 3: 1}, fired)
}

func TestShutdownWaitsForExchangesAndClosesIdleConnections(t *testing.T) {
	slow := func(*http.Request, string) string { time.Sleep(10 * time.Second); return hello }
	inRig(t, slow, nil, func(r *rig) {
		idle := r.dial()
		busy := r.dial()
		_, err := io.WriteString(busy, get)
		require.NoError(t, err)
		time.Sleep(time.Second)
		start := time.Now()
		ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
		defer cancel()
		require.NoError(t, r.proxy.Shutdown(ctx))
		assert.InDelta(t, 9*time.Second, time.Since(start), float64(time.Millisecond))
		got, end, _ := r.talkOver(busy, "")
		assert.Equal(t, hello, got)
		assert.Equal(t, eof, end)
		_, end, _ = r.talkOver(idle, "")
		assert.Equal(t, eof, end)
	})
}

func TestShutdownCutsWhenItsContextEnds(t *testing.T) {
	inRig(t, always(hello), []string{"timeout: {}"}, func(r *rig) {
		c := r.dial()
		_, err := io.WriteString(c, get)
		require.NoError(t, err)
		time.Sleep(time.Second)
		assert.Equal(t, 1, r.proxy.Journal().InFlight())
		ctx, cancel := context.WithTimeout(r.t.Context(), 5*time.Second)
		defer cancel()
		require.ErrorIs(t, r.proxy.Shutdown(ctx), context.DeadlineExceeded)
		assert.Equal(t, "closed", r.record().Ended)
	})
}

func TestRemoveDoesNotWaitForExchanges(t *testing.T) {
	inRig(t, always(hello), []string{"timeout: {}"}, func(r *rig) {
		c := r.dial()
		_, err := io.WriteString(c, get)
		require.NoError(t, err)
		time.Sleep(time.Second)
		require.True(t, r.proxy.Rules().Remove(1))
		got, _, _ := r.talk(get)
		assert.Equal(t, hello, got)
		require.NoError(t, c.Close())
	})
}

func TestTooManyExchangesFailWithErrNoProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, network: memnet.New()}
		r.run(faultproxy.Config{Upstream: "up:80", Dial: r.network.DialContext, MaxExchanges: 3, IdentityLatency: true},
			always(hello), func(r *rig) {
				require.NoError(t, r.proxy.Err())
				got, end, _ := r.talk(strings.Repeat(get, 5))
				assert.Equal(t, hello+hello+hello, got)
				assert.Equal(t, eof, end)
				<-r.proxy.Failed()
				require.ErrorIs(t, r.proxy.Err(), faultproxy.ErrNoProgress)
			})
	})
}

func TestJournalCountsResendsOfNetHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		lab := faulttest.NewLab(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			echo(w, r)
		}))
		lab.Rule("GetObject", faultproxy.IdleClose(), faultproxy.Times(1))
		for range 2 {
			resp, err := lab.HTTPClient().Get(lab.URL() + "/demo/a")
			require.NoError(t, err)
			_, err = io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
		}
		assert.Equal(t, 3, lab.Journal().Count("GetObject"))
		assert.EqualValues(t, 2, calls.Load())
	})
}
