package faultproxy_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a proxy in a bubble, between a client and an upstream that send raw bytes.
type rig struct {
	t       *testing.T
	network *memnet.Network
	proxy   *faultproxy.Proxy

	pieces int // bytes of a response that the upstream writes at once; 0: all. Set before the first request

	mu   sync.Mutex
	seen bytes.Buffer // bytes that the upstream received
}

// answerer returns the upstream's response to a request; "" closes the connection.
type answerer func(req *http.Request, body string) string

const hello = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"e\"\r\n\r\n0123456789"

func always(answer string) answerer { return func(*http.Request, string) string { return answer } }

// inRig runs f in a bubble with a proxy that has these rules.
func inRig(t *testing.T, upstream answerer, rules []string, f func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, network: memnet.New()}
		cfg := faultproxy.Config{
			Upstream: "up:80", Dial: r.network.DialContext, Seed: 1, Digest: true,
			IdentityLatency: true,
		}
		for _, text := range rules {
			rule, err := faultproxy.ParseRule(text)
			require.NoError(t, err)
			cfg.Rules = append(cfg.Rules, rule)
		}
		r.run(cfg, upstream, f)
	})
}

func (r *rig) run(cfg faultproxy.Config, upstream answerer, f func(r *rig)) {
	t := r.t
	var err error
	r.proxy, err = faultproxy.New(cfg)
	require.NoError(t, err)
	r.network.OnDial(func(ctx context.Context, network, addr string) error {
		if addr == "up:80" {
			return nil
		}
		return r.proxy.OnDial(ctx, network, addr)
	})
	var group sync.WaitGroup
	defer group.Wait()
	if upstream != nil {
		up, err := r.network.Listen("up:80")
		require.NoError(t, err)
		group.Go(func() { r.upstream(&group, up, upstream) })
		defer up.Close()
	}
	front, err := r.network.Listen("s3.test:80")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- r.proxy.Serve(front) }()
	f(r)
	require.NoError(t, r.proxy.Close())
	require.ErrorIs(t, <-served, faultproxy.ErrClosed)
	for _, rec := range r.records() {
		assert.True(t, rec.Done, "in flight after Close: %+v", rec)
	}
}

func (r *rig) upstream(group *sync.WaitGroup, l net.Listener, answer answerer) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		group.Go(func() {
			defer conn.Close()
			br := bufio.NewReader(io.TeeReader(conn, lockedWriter{r}))
			for {
				req, err := http.ReadRequest(br)
				if err != nil {
					return
				}
				if req.Header.Get("Expect") != "" {
					_, _ = io.WriteString(conn, "HTTP/1.1 100 Continue\r\n\r\n")
				}
				body, err := io.ReadAll(req.Body)
				if err != nil {
					return
				}
				text := answer(req, string(body))
				if err := inPieces(conn, text, r.pieces); err != nil || text == "" ||
					strings.Contains(text, "Connection: close") || !strings.Contains(text, "\r\nContent-Length:") &&
					!strings.Contains(text, "chunked") && !strings.Contains(text, " 204 ") &&
					!strings.Contains(text, " 304 ") {
					return
				}
			}
		})
	}
}

type lockedWriter struct{ r *rig }

func (w lockedWriter) Write(p []byte) (int, error) {
	w.r.mu.Lock()
	defer w.r.mu.Unlock()
	return w.r.seen.Write(p)
}

// upstreamSaw returns all bytes that the upstream received.
func (r *rig) upstreamSaw() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen.String()
}

func (r *rig) records() []faultproxy.Record { return r.proxy.Journal().Records() }

// record returns the only record.
func (r *rig) record() faultproxy.Record {
	records := r.records()
	require.Len(r.t, records, 1)
	return records[0]
}

func (r *rig) dial() *memnet.Conn {
	c, err := r.network.DialContext(r.t.Context(), "tcp", "s3.test:80")
	require.NoError(r.t, err)
	return c.(*memnet.Conn)
}

// The state of a connection after all bytes were read from it.
const (
	open  = "open"
	eof   = "eof"
	reset = "reset"
)

// quiet is how long a client waits for bytes before it assumes that no more come.
const quiet = time.Minute

// talk sends bytes on a new connection. It returns all bytes that come back, the state of the
// connection, and the time.
func (r *rig) talk(send string) (got, end string, at time.Duration) {
	c := r.dial()
	defer c.Close()
	return r.talkOver(c, send)
}

func (r *rig) talkOver(c *memnet.Conn, send string) (got, end string, at time.Duration) {
	return r.talkUntil(c, send, quiet)
}

func (r *rig) talkUntil(c *memnet.Conn, send string, quiet time.Duration) (got, end string, at time.Duration) {
	start := time.Now()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.WriteString(c, send) // the proxy may close before it has read everything
	}()
	var b bytes.Buffer
	buf := make([]byte, 4096)
	for {
		_ = c.SetReadDeadline(time.Now().Add(quiet))
		n, err := c.Read(buf)
		b.Write(buf[:n])
		if n > 0 {
			at = time.Since(start)
		}
		switch {
		case err == nil:
			continue
		case errors.Is(err, os.ErrDeadlineExceeded):
			end = open
		case errors.Is(err, io.EOF):
			end, at = eof, time.Since(start)
		case errors.Is(err, syscall.ECONNRESET):
			end, at = reset, time.Since(start)
		default:
			r.t.Fatalf("read: %v", err)
		}
		break
	}
	if end == open {
		_ = c.SetWriteDeadline(time.Now())
	} else {
		_ = c.Close()
	}
	<-done
	_ = c.SetWriteDeadline(time.Time{})
	return b.String(), end, at
}

const (
	get = "GET /demo/a.bin HTTP/1.1\r\nHost: s3.test\r\n\r\n"
	put = "PUT /demo/a.bin HTTP/1.1\r\nHost: s3.test\r\nContent-Length: 5\r\n\r\nhello"
)

// sha256Of returns the digest of a body as the journal writes it.
func sha256Of(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// echo responds to GET with the path, and to other methods with the request's body.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		_, _ = io.WriteString(w, "content of "+r.URL.Path)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	_, _ = w.Write(body)
})
