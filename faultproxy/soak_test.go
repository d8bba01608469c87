package faultproxy_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// mixed are rules that strike about half of all requests, in every way.
func mixed(t *testing.T) (rules []faultproxy.Rule) {
	for _, fault := range []string{
		"respond: {status: 503}", "timeout: 1ms", "latency: {delay: 1ms}", "reset_peer: {after_bytes: 3}", "reset_peer: {at: request_body, after_bytes: 1}",
		"reset_peer: {at: response_head, after_bytes: 9}", "close_early: {after_bytes: 2}", "corrupt: {}", "slicer: {size: 3}", "duplicate: {}",
		"idle_close: {}", "after_upstream: true, timeout: 1ms", "reset_peer: {at: accept}",
	} {
		r, err := faultproxy.ParseRule("probability: 0.05, " + fault)
		require.NoError(t, err)
		rules = append(rules, r)
	}
	return rules
}

func TestManyConnectionsAndMixedFaultsLeaveNothingBehind(t *testing.T) {
	descriptors := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip("descriptors cannot be counted here: ", err)
		}
		return len(list)
	}
	before := descriptors()
	up := &http.Server{Handler: echo}
	upListener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = up.Serve(upListener) }()
	p, err := faultproxy.New(faultproxy.Config{Upstream: upListener.Addr().String(), Rules: mixed(t), Digest: true})
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- p.Serve(l) }()

	var group sync.WaitGroup
	for worker := range 200 {
		group.Go(func() {
			for n := range 4 {
				c, err := net.Dial("tcp", l.Addr().String())
				if err != nil {
					continue // reset at accept
				}
				br := bufio.NewReader(c)
				for i := range 4 {
					body := strings.Repeat("x", 1+(worker*7+n*3+i)%9000)
					_, err = fmt.Fprintf(c, "PUT /demo/%d-%d-%d HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", worker, n, i, len(body), body)
					if err != nil {
						break
					}
					resp, err := http.ReadResponse(br, nil)
					if err != nil {
						break
					}
					if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.Close {
						break
					}
				}
				_ = c.Close()
			}
		})
	}
	group.Wait()
	require.NoError(t, p.Close())
	require.ErrorIs(t, <-served, faultproxy.ErrClosed)
	require.NoError(t, up.Close())
	assert.Zero(t, p.Journal().InFlight())
	for i, fired := range p.Rules().Fired() {
		assert.NotZero(t, fired, "rule %d", i+1)
	}
	assert.Eventually(t, func() bool { return descriptors() <= before }, 10*time.Second, time.Millisecond)
}

func TestAClientThatLeavesOnTCPEndsTheUpstreamsWork(t *testing.T) {
	arrived, left := make(chan struct{}), make(chan struct{})
	_, url, _ := onTCP(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
		close(left)
	}), faultproxy.Config{})
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	require.NoError(t, err)
	_, err = io.WriteString(c, get)
	require.NoError(t, err)
	<-arrived
	require.NoError(t, c.(*net.TCPConn).SetLinger(0))
	require.NoError(t, c.Close())
	<-left
}
