package faultproxy_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

// lateConn returns from each write a second after its bytes have arrived, like a goroutine that the
// scheduler delays.
type lateConn struct{ net.Conn }

func (c lateConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	time.Sleep(time.Second)
	return n, err
}

// overtaken is a request whose body is sent separately from its head, to an upstream that responds
// before the write has returned.
var overtaken = fmt.Sprintf("POST /demo/a?x HTTP/1.1\r\nHost: h\r\nContent-Length: 40000\r\n\r\n%s",
	strings.Repeat("x", 40000))

func inOvertakenRig(t *testing.T, rule string, f func(r *rig)) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, network: memnet.New()}
		cfg := faultproxy.Config{
			Upstream: "up:80", IdentityLatency: true,
			Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
				c, err := r.network.DialContext(ctx, network, addr)
				return lateConn{c}, err
			},
		}
		if rule != "" {
			parsed, err := faultproxy.ParseRule(rule)
			require.NoError(t, err)
			cfg.Rules = []faultproxy.Rule{parsed}
		}
		r.run(cfg, always(hello), f)
	})
}

func TestResponseBeforeTheEndOfTheWriteKeepsTheConnection(t *testing.T) {
	inOvertakenRig(t, "", func(r *rig) {
		got, end, _ := r.talk(overtaken + overtaken)
		assert.Equal(t, hello+hello, got)
		assert.Equal(t, open, end)
		assert.Equal(t, overtaken+overtaken, r.upstreamSaw())
	})
}

// The proxy's own responses and waits start only when the pump has stopped.
func TestFaultsAfterTheUpstreamWaitForThePump(t *testing.T) {
	for _, rule := range []string{
		"after_upstream: true, respond: {status: 503}", "after_upstream: true, ok_with_error: {}",
		"after_upstream: true, redirect: {}",
		"latency: {delay: 3s, before: response}", "bandwidth: {rate: 5}", "slicer: {size: 2, delay: 1s}",
	} {
		t.Run(rule, func(t *testing.T) {
			inOvertakenRig(t, rule, func(r *rig) {
				got, end, _ := r.talk(overtaken + overtaken)
				assert.Equal(t, 2, strings.Count(got, "HTTP/1.1 "), got)
				assert.Equal(t, open, end)
				for _, rec := range r.records() {
					assert.Equal(t, "complete", rec.Ended)
					assert.EqualValues(t, len(overtaken), rec.BytesReceived)
					assert.Equal(t, 200, rec.UpstreamStatus)
				}
			})
		})
	}
	inOvertakenRig(t, "after_upstream: true, timeout: 5s", func(r *rig) {
		got, end, at := r.talk(overtaken)
		assert.Empty(t, got)
		assert.Equal(t, eof, end)
		assert.GreaterOrEqual(t, at, 5*time.Second)
		assert.Equal(t, "timeout", r.record().Ended)
	})
}

// If the upstream refuses a body before 100 Continue, the proxy does not wait for the body.
func TestBodyThatTheClientHoldsBackIsNotWaitedFor(t *testing.T) {
	inRig(t, nil, []string{"after_upstream: true, respond: {status: 503}"}, func(r *rig) {
		up, err := r.network.Listen("up:80")
		require.NoError(t, err)
		defer up.Close()
		done := make(chan struct{})
		go func() {
			defer close(done)
			c, err := up.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			_, _ = c.Read(make([]byte, 100))
			_, _ = io.WriteString(c, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
			_, _ = io.Copy(io.Discard, c)
		}()
		got, end, at := r.talk(
			"PUT /demo/a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 40000\r\n\r\n")
		assert.True(t, strings.HasPrefix(got, "HTTP/1.1 503 "), got)
		assert.Contains(t, got, "\r\nConnection: close\r\n")
		assert.Equal(t, eof, end)
		assert.Less(t, at, time.Second)
		assert.Equal(t, 403, r.record().UpstreamStatus)
		<-done
	})
}
