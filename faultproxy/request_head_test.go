package faultproxy_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"log/slog"
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

func TestHeadsThatAreNotHTTP1AreNamedInTheResponse(t *testing.T) {
	for request, want := range map[string]string{
		"GET / HTTP/1.1\r\nHost: a b\r\n\r\n":            "a Host that is not a host and a port",
		"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n":            "a Host that is not a host and a port",
		"GET / HTTP/1.1\r\nHost: user@a\r\n\r\n":         "a Host that is not a host and a port",
		"GET /k#part HTTP/1.1\r\nHost: a\r\n\r\n":        "a fragment in the target",
		"GET http://a/k#p HTTP/1.1\r\nHost: a\r\n\r\n":   "a fragment in the target",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n":               "the preface of HTTP/2",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n": "TLS on a port that speaks plain HTTP",
		"\r\n\r\n" + get: "an empty line before the start line",
	} {
		inRig(t, always(hello), nil, func(r *rig) {
			got, end, _ := r.talk(request)
			assert.True(t, strings.HasPrefix(got, "HTTP/1.1 400 "), got)
			assert.Contains(t, got, want)
			assert.Equal(t, eof, end)
			assert.Contains(t, r.record().Why, want)
			assert.Empty(t, r.upstreamSaw())
		})
	}
}

func TestOneEmptyLineBeforeARequestIsIgnored(t *testing.T) {
	inRig(t, always(hello), nil, func(r *rig) {
		got, end, _ := r.talk("\r\n" + get + "\r\n" + get)
		assert.Equal(t, hello+hello, got)
		assert.Equal(t, open, end)
		assert.Len(t, r.records(), 2)
		assert.False(t, strings.HasPrefix(r.upstreamSaw(), "\r\n"))
	})
}

func TestHostsOfEveryFormPass(t *testing.T) {
	for _, host := range []string{"", "s3.test", "s3.test:80", "[::1]:9000", "b_1.s3.test", "127.0.0.1:1", "b%20.s3"} {
		inRig(t, always(hello), nil, func(r *rig) {
			got, _, _ := r.talk("GET /demo/a HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
			assert.Equal(t, hello, got, host)
		})
	}
}

// It is for the upstream to demand a length: S3 answers 411.
func TestPutWithoutALengthReachesTheUpstreamAsItIs(t *testing.T) {
	const answer = "HTTP/1.1 411 Length Required\r\nContent-Length: 0\r\n\r\n"
	const bare = "PUT /demo/a HTTP/1.1\r\nHost: h\r\n\r\n"
	inRig(t, always(answer), nil, func(r *rig) {
		got, end, _ := r.talk(bare)
		assert.Equal(t, answer, got)
		assert.Equal(t, open, end)
		assert.Equal(t, bare, r.upstreamSaw())
		assert.Equal(t, 411, r.record().Status)
		assert.False(t, r.record().Committed)
	})
}

// inTimedRig runs f with a proxy that waits ten seconds for a request's head.
func inTimedRig(t *testing.T, f func(r *rig)) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, network: memnet.New()}
		r.run(faultproxy.Config{
			Upstream: "up:80", Dial: r.network.DialContext, IdentityLatency: true, HeadTimeout: 10 * time.Second,
		}, always(hello), f)
	})
}

func TestStalledHeadIsAnsweredAndClosed(t *testing.T) {
	inTimedRig(t, func(r *rig) {
		c := r.dial()
		defer c.Close()
		got, end, _ := r.talkUntil(c, get, 5*time.Second)
		assert.Equal(t, hello, got)
		assert.Equal(t, open, end)
		got, end, at := r.talkOver(c, "GET /demo/a HTTP/1.1\r\nHos")
		assert.True(t, strings.HasPrefix(got, "HTTP/1.1 400 "), got)
		assert.Contains(t, got, "<Code>RequestTimeout</Code>")
		assert.Equal(t, eof, end)
		assert.Equal(t, 10*time.Second, at.Truncate(time.Second))
		records := r.records()
		require.Len(t, records, 2)
		assert.Equal(t, "bad_request", records[1].Ended)
		assert.Contains(t, records[1].Why, "stalled")
	})
}

// Neither an idle connection nor a head that comes in time is cut.
func TestHeadTimeoutSparesIdleAndSlowClients(t *testing.T) {
	inTimedRig(t, func(r *rig) {
		c := r.dial()
		defer c.Close()
		for range 2 {
			time.Sleep(time.Hour)
			for _, part := range strings.SplitAfter(get, "\n") {
				_, err := io.WriteString(c, part)
				require.NoError(t, err)
				time.Sleep(2 * time.Second)
			}
			got, end, _ := r.talkUntil(c, "", 3*time.Second)
			assert.Equal(t, hello, got)
			assert.Equal(t, open, end)
		}
	})
}

// The same on TCP, where the kernel's calls are the proxy's own.
func TestStalledHeadIsClosedOnTCP(t *testing.T) {
	_, url, _ := onTCP(t, echo, faultproxy.Config{HeadTimeout: 50 * time.Millisecond})
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	require.NoError(t, err)
	defer c.Close()
	for _, part := range []string{get, "GET /demo/a HT"} {
		_, err = io.WriteString(c, part)
		require.NoError(t, err)
	}
	got, err := io.ReadAll(c)
	require.NoError(t, err)
	assert.Contains(t, string(got), "content of /demo/a.bin")
	assert.Contains(t, string(got), "<Code>RequestTimeout</Code>")
}

func TestPlainHTTPOnATLSPortIsSaid(t *testing.T) {
	for _, request := range []string{get, "DELETE /demo/a HTTP/1.1\r\nHost: h\r\n\r\n"} {
		synctest.Test(t, func(t *testing.T) {
			authority, err := faultproxy.NewAuthority("s3.test")
			require.NoError(t, err)
			var log bytes.Buffer
			r := &rig{t: t, network: memnet.New()}
			r.run(faultproxy.Config{
				Upstream: "up:80", Dial: r.network.DialContext, TLS: authority, IdentityLatency: true,
				Logger: slog.New(slog.NewTextHandler(&log, nil)),
			}, always(hello), func(r *rig) {
				got, end, _ := r.talk(request)
				assert.True(t, strings.HasPrefix(got, "HTTP/1.1 400 "), got)
				assert.Contains(t, got, "want https:// in the client")
				assert.Equal(t, eof, end)
				assert.Contains(t, r.record().Why, "plain HTTP on a port that speaks TLS")

				cfg := authority.ClientConfig()
				cfg.ServerName = "s3.test"
				c := tls.Client(r.dial(), cfg)
				_, err := io.WriteString(c, get)
				require.NoError(t, err)
				answer := make([]byte, len(hello))
				_, err = io.ReadFull(c, answer)
				require.NoError(t, err)
				assert.Equal(t, hello, string(answer))
				_ = c.Close()
				_ = c.NetConn().Close()
			})
			assert.Contains(t, log.String(), "plain HTTP on a port that speaks TLS")
		})
	}
}
