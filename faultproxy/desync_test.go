package faultproxy_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// unsolicited is what an upstream does on an idle connection, after it has answered a request.
var unsolicited = map[string]struct {
	sends  string
	closes bool
}{
	"a second response": {"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged", false},
	"the 408 of a load balancer": {
		"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", true,
	},
	"a close":                     {"", true},
	"the beginning of a response": {"HTTP/1.1 200 OK\r\nContent-Le", false},
}

// speak answers each request on each connection with okAnswer. When idle is received, so that the
// connection is idle, it sends more and may close, and sends to done.
func speak(l net.Listener, sends string, closes bool, idle <-chan struct{}, done chan<- struct{}) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			for br := bufio.NewReader(c); ; {
				req, err := http.ReadRequest(br)
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, req.Body)
				_, _ = io.WriteString(c, okAnswer)
				<-idle
				if _, err = io.WriteString(c, sends); closes || err != nil {
					_ = c.Close()
				}
				done <- struct{}{}
			}
		}()
	}
}

// A response that the upstream sends on an idle connection is not the response to the next request.
func TestUnsolicitedResponseIsNotTheNextOnesOnTCP(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS() // for its certificate
	server.Close()
	for _, secure := range []bool{false, true} {
		for name, how := range unsolicited {
			t.Run(map[bool]string{false: "plain ", true: "TLS "}[secure]+name, func(t *testing.T) {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				require.NoError(t, err)
				cfg := faultproxy.Config{}
				if secure {
					l = tls.NewListener(l, &tls.Config{Certificates: server.TLS.Certificates})
					cfg.UpstreamTLS = &tls.Config{InsecureSkipVerify: true}
				}
				defer l.Close()
				idle, done := make(chan struct{}, 3), make(chan struct{}, 3)
				go speak(l, how.sends, how.closes, idle, done)
				p, url, _ := inFront(t, l.Addr().String(), cfg)
				c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
				require.NoError(t, err)
				defer c.Close()
				for range 3 {
					_, err = io.WriteString(c, put)
					require.NoError(t, err)
					got := make([]byte, len(okAnswer))
					_, err = io.ReadFull(c, got)
					require.NoError(t, err)
					assert.Equal(t, okAnswer, string(got))
					idle <- struct{}{}
					requireSoon(t, done)
				}
				for _, rec := range settled(t, p) {
					assert.Equal(t, 200, rec.UpstreamStatus)
				}
			})
		}
	}
}

// The same in memory.
func TestUnsolicitedResponseIsNotTheNextOnesInMemory(t *testing.T) {
	for name, how := range unsolicited {
		t.Run(name, func(t *testing.T) {
			inRig(t, nil, nil, func(r *rig) {
				up, err := r.network.Listen("up:80")
				require.NoError(t, err)
				idle, done := make(chan struct{}, 3), make(chan struct{}, 3)
				go speak(up, how.sends, how.closes, idle, done)
				c := r.dial()
				for range 3 {
					got, _, _ := r.talkUntil(c, put, time.Second)
					assert.Equal(t, okAnswer, got)
					idle <- struct{}{}
					requireSoon(r.t, done)
				}
				_ = c.Close()
				require.NoError(t, up.Close())
				for _, rec := range r.records() {
					assert.Equal(t, 200, rec.UpstreamStatus)
				}
			})
		})
	}
}

// requireSoon waits for an event.
func requireSoon(t *testing.T, event <-chan struct{}) {
	t.Helper()
	select {
	case <-event:
	case <-time.After(10 * time.Second):
		require.Fail(t, "the upstream got no request")
	}
}
