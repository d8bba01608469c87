package faultproxy_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
)

// fetch sends a GET in a step and reads the response to its end.
func fetch(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// together sends n requests of n steps at the same instant, and returns their errors.
func together(ctx context.Context, lab *faulttest.Lab, client *http.Client, n int) []error {
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			errs[i] = fetch(faultproxy.WithStep(ctx, strconv.Itoa(i)), client, lab.URL()+"/demo/one")
		})
	}
	group.Wait()
	return errs
}

// poolDrill sends more requests than there are pooled connections, at the same instant, with a
// fault that acts on reused connections only. wrap returns the transport before the pool.
func poolDrill(t *testing.T, wrap func(*faulttest.Lab, http.RoundTripper) http.RoundTripper) (hash string) {
	synctest.Test(t, func(t *testing.T) {
		lab := faulttest.LabConfig{Seed: 3}.New(t, echo)
		base := &http.Transport{DialContext: lab.DialContext}
		client := &http.Client{Transport: wrap(lab, base)}
		together(t.Context(), lab, client, 2)
		time.Sleep(time.Second) // the proxy has ended these exchanges before the rules change
		addRule(t, lab, "times: 3, after: 1, reset_peer: {at: request_head}")
		addRule(t, lab, "times: 2, refuse: {}")
		together(t.Context(), lab, client, 8)
		base.CloseIdleConnections()
		time.Sleep(time.Second)
		hash = lab.Journal().Hash()
	})
	return hash
}

// addRule adds a rule that is written as text.
func addRule(t *testing.T, lab *faulttest.Lab, text string) {
	t.Helper()
	rule, err := faultproxy.ParseRule(text)
	require.NoError(t, err)
	_, err = lab.Proxy().Rules().Add(rule)
	require.NoError(t, err)
}

func hashes(times int, drill func() string) []string {
	var all []string
	for range times {
		if h := drill(); !slices.Contains(all, h) {
			all = append(all, h)
		}
	}
	return all
}

func TestSimultaneousRequestsReachThePoolInOneOrder(t *testing.T) {
	require.Len(t, hashes(40, func() string {
		return poolDrill(t, (*faulttest.Lab).Wrap)
	}), 1)
}

func TestRequestsPastTheTransportReachThePoolInAnyOrder(t *testing.T) {
	require.Greater(t, len(hashes(200, func() string {
		return poolDrill(t, func(_ *faulttest.Lab, base http.RoundTripper) http.RoundTripper {
			return &faultproxy.Transport{Base: base} // without a proxy
		})
	})), 1, "the test above would prove nothing")
}

func TestRequestsWithOneDeadlineEndApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lab := faulttest.NewLab(t, echo)
		addRule(t, lab, "timeout: {}")
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		for _, err := range together(ctx, lab, lab.HTTPClient(), 6) {
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}
		time.Sleep(time.Second) // until the proxy has noticed
		ends := map[time.Duration]bool{}
		for _, r := range lab.Journal().Records() {
			ends[r.End] = true
			assert.GreaterOrEqual(t, r.End, 3*time.Second)
			assert.Less(t, r.End, 3*time.Second+time.Millisecond)
		}
		require.Len(t, ends, 6)
	})
}

func TestRequestAloneEndsAtItsDeadline(t *testing.T) {
	for _, client := range []func(*http.Client){
		func(*http.Client) {},
		func(c *http.Client) { c.Timeout = 3 * time.Second }, // net/http then closes Request.Cancel as well
	} {
		synctest.Test(t, func(t *testing.T) {
			lab := faulttest.NewLab(t, echo)
			addRule(t, lab, "timeout: {}")
			c := *lab.HTTPClient()
			client(&c)
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			began := time.Now()
			require.ErrorIs(t, fetch(ctx, &c, lab.URL()+"/demo/one"), context.DeadlineExceeded)
			require.Equal(t, 3*time.Second, time.Since(began))
			time.Sleep(time.Second) // until the proxy has noticed
			require.Equal(t, 3*time.Second, lab.Journal().Records()[0].End)
		})
	}
}

func TestDialThatLostItsRaceIsNoAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lab := faulttest.NewLab(t, echo)
		addRule(t, lab, "match: {query: {slow: \"1\"}}, latency: {delay: 1s}")
		var group sync.WaitGroup
		group.Go(func() { assert.NoError(t, fetch(t.Context(), lab.HTTPClient(), lab.URL()+"/demo/one?slow=1")) })
		time.Sleep(100 * time.Millisecond)
		addRule(t, lab, "times: 1, connect_timeout: {after: 5s}")
		require.NoError(t, fetch(t.Context(), lab.HTTPClient(), lab.URL()+"/demo/two"))
		group.Wait()
		time.Sleep(10 * time.Second)
		var two []faultproxy.Record
		for _, r := range lab.Journal().Records() {
			if r.Key == "two" {
				two = append(two, r)
			}
		}
		require.Len(t, two, 2)
		assert.Equal(t, "unused", two[0].Ended, "the dial")
		assert.Equal(t, "complete", two[1].Ended)
		assert.Equal(t, 1, two[1].Attempt)
		for _, l := range lab.Journal().Logical() {
			assert.Len(t, l.Attempts, 1, l.Logical)
		}
	})
}

func TestConnectionsCutByOneOutageEndApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lab := faulttest.NewLab(t, echo)
		addRule(t, lab, "timeout: {}")
		var group sync.WaitGroup
		group.Go(func() { together(t.Context(), lab, lab.HTTPClient(), 6) })
		time.Sleep(100 * time.Millisecond)
		addRule(t, lab, "during: [1s, 2s], refuse: {}")
		group.Wait()
		time.Sleep(time.Second) // until the proxy has noticed
		ends := map[time.Duration]bool{}
		for _, r := range lab.Journal().Records() {
			assert.Equal(t, "reset", r.Ended)
			ends[r.End] = true
		}
		require.Len(t, ends, 6)
	})
}

// A client that leaves before its request's turn has come leaves no choice to the scheduler: the
// upstream never sees the request.
func TestRequestWhoseClientLeavesDuringItsLatencyStaysUnhandled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var handled atomic.Int64
		lab := faulttest.NewLab(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { handled.Add(1) }))
		addr := strings.TrimPrefix(lab.URL(), "http://") + ":80"
		for i := range 50 {
			conn, err := lab.DialContext(t.Context(), "tcp", addr)
			require.NoError(t, err)
			_, err = fmt.Fprintf(conn, "GET /demo/%d HTTP/1.1\r\nHost: proxy.test\r\n\r\n", i)
			require.NoError(t, err)
			time.Sleep(time.Nanosecond) // the request has arrived, and its latency passes
			require.NoError(t, conn.Close())
			time.Sleep(time.Second)
		}
		require.Zero(t, handled.Load())
		records := lab.Journal().Records()
		require.Len(t, records, 50)
		for _, r := range records {
			assert.Equal(t, "client_gone", r.Ended)
			assert.Zero(t, r.Status)
		}
	})
}

// What one change of the rules releases goes on at instants of its own: exchanges, and dials.
func TestWaitsEndedByOneChangeOfTheRulesEndApart(t *testing.T) {
	for _, held := range []string{"timeout: {}", "connect_timeout: {}", "reset_peer: {at: accept, hold: 1h}"} {
		synctest.Test(t, func(t *testing.T) {
			lab := faulttest.NewLab(t, echo)
			rule, err := faultproxy.ParseRule(held)
			require.NoError(t, err)
			id, err := lab.Proxy().Rules().Add(rule)
			require.NoError(t, err)
			var group sync.WaitGroup
			group.Go(func() { together(t.Context(), lab, lab.HTTPClient(), 6) })
			time.Sleep(100 * time.Millisecond)
			require.True(t, lab.Proxy().Rules().Remove(id))
			group.Wait()
			time.Sleep(time.Second) // the proxy has ended what it records
			ends := map[time.Duration]bool{}
			for _, r := range lab.Journal().Records()[:6] {
				ends[r.End] = true
			}
			require.Len(t, ends, 6, held)
		})
	}
}
