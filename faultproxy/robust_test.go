package faultproxy_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

func TestUnsolicitedResponseIsDropped(t *testing.T) {
	const evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
	inRig(t, always(hello+evil), nil, func(r *rig) {
		got, _, _ := r.talk(get + get)
		assert.Equal(t, hello+hello, got)
	})
}

func TestMalformedChunksCloseTheConnectionAfterTheValidOnes(t *testing.T) {
	const answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
	inRig(t, always(answer+"zz\r\n"), nil, func(r *rig) {
		got, end, _ := r.talk(get)
		assert.Equal(t, answer, got)
		assert.Equal(t, eof, end)
		assert.Equal(t, "upstream_error", r.record().Ended)
	})
}

func TestResponseToHEADHasNoBody(t *testing.T) {
	inRig(t, always(hello), []string{"times: 1, respond: {status: 503}"}, func(r *rig) {
		got, end, _ := r.talk("HEAD /demo/a HTTP/1.1\r\nHost: h\r\n\r\n" + get)
		head, rest, _ := strings.Cut(got, "\r\n\r\n")
		assert.True(t, strings.HasPrefix(head, "HTTP/1.1 503 "), head)
		assert.Equal(t, hello, rest)
		assert.Equal(t, open, end)
	})
}

func TestAnOutageDeclaredLaterReachesPooledConnections(t *testing.T) {
	inRig(t, always(hello), nil, func(r *rig) {
		c := r.dial()
		got, _, _ := r.talkUntil(c, get, time.Second)
		assert.Equal(t, hello, got)
		_, err := r.proxy.Rules().Add(faultproxy.Rule{Fault: faultproxy.Refuse("")})
		require.NoError(t, err)
		got, end, _ := r.talkOver(c, get)
		assert.Empty(t, got)
		assert.Equal(t, reset, end)
	})
	inRig(t, always(hello), nil, func(r *rig) {
		c := r.dial()
		_, _, _ = r.talkUntil(c, get, time.Second)
		_, err := r.proxy.Rules().Add(faultproxy.Rule{
			Fault:  faultproxy.Refuse(""),
			During: faultproxy.Window{From: 5 * time.Second, To: 6 * time.Second},
		})
		require.NoError(t, err)
		_, end, at := r.talkOver(c, "")
		assert.Equal(t, reset, end)
		assert.Equal(t, 5*time.Second, at.Truncate(time.Second), "the window counts from the adding")
	})
}

func TestTooManyExchangesCutAllConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, network: memnet.New()}
		stalled := faultproxy.Rule{Match: faultproxy.Match{Key: "stalled"}, Fault: faultproxy.Timeout(0)}
		cfg := faultproxy.Config{
			Upstream: "up:80", Dial: r.network.DialContext, MaxExchanges: 3,
			Rules: []faultproxy.Rule{stalled},
		}
		r.run(cfg, always(hello), func(r *rig) {
			c := r.dial()
			_, err := io.WriteString(c, strings.Replace(get, "a.bin", "stalled", 1))
			require.NoError(t, err)
			time.Sleep(time.Second)
			r.talk(get + get + get)
			<-r.proxy.Failed()
			_, end, _ := r.talkOver(c, "")
			assert.Equal(t, eof, end)
		})
	})
}

func TestUpstreamsCloseReachesTheClient(t *testing.T) {
	answers := func(*http.Request, string) string {
		return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
	}
	inRig(t, answers, nil, func(r *rig) {
		got, end, _ := r.talk(get + get)
		assert.Equal(t, 1, strings.Count(got, "HTTP/1.1 "))
		assert.Equal(t, eof, end)
	})
}
