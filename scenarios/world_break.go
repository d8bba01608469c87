package scenarios

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/s3chaos/s3chaos/internal/glob"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// breaks lets S3 break off as `server.breaks` says.
type breaks struct {
	w      *world
	mu     sync.Mutex
	list   []script.ServerBreak
	left   []int // how often each may still happen
	events []Event
}

func newBreaks(w *world) *breaks {
	b := &breaks{w: w, list: w.scenario.Server.Breaks}
	for _, one := range b.list {
		b.left = append(b.left, max(1, one.Times))
		b.events = append(b.events, Event{Line: one.Line, Text: fmt.Sprintf("S3 breaks off at %s", one.At)})
	}
	return b
}

// take returns the break for an exchange, the first in the order of the file, and counts it; nil if
// the file has no break for it.
func (b *breaks) take(fits func(*script.ServerBreak) bool) *script.ServerBreak {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.list {
		if b.left[i] == 0 || !fits(&b.list[i]) {
			continue
		}
		if b.left[i]--; b.left[i] == 0 {
			b.events[i].Happened, b.events[i].At = true, time.Since(b.w.zero())
		}
		return &b.list[i]
	}
	return nil
}

// result returns the breaks as events. One that did not happen as often as the file says has not
// happened.
func (b *breaks) result() []Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Event(nil), b.events...)
}

// dial connects the proxy to S3, which may refuse.
func (b *breaks) dial(dial func(context.Context, string, string) (net.Conn, error)) func(
	context.Context, string, string,
) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if b.take(func(one *script.ServerBreak) bool { return one.At == script.BreakConnect }) != nil {
			return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
		}
		return dial(ctx, network, addr)
	}
}

// handler returns S3 with its breaks.
func (b *breaks) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := strings.TrimPrefix(r.URL.Path, "/")
		if !b.w.virtualHosted {
			_, key, _ = strings.Cut(key, "/")
		}
		one := b.take(func(one *script.ServerBreak) bool {
			pattern := glob.Compile(one.Key)
			return one.At != script.BreakConnect && (one.Method == "" || one.Method == r.Method) && pattern.Match(key)
		})
		if one == nil {
			next.ServeHTTP(w, r)
			return
		}
		breakOff(next, w, r, one)
	})
}

// breakOff serves a request up to the place at which S3 breaks off.
func breakOff(next http.Handler, w http.ResponseWriter, r *http.Request, one *script.ServerBreak) {
	switch one.At {
	case script.BreakRequestBody:
		_, _ = io.CopyN(io.Discard, r.Body, int64(one.AfterBytes)) // a shorter body breaks off at its end
	case script.BreakResponseHead:
		next.ServeHTTP(&unsent{header: http.Header{}}, r)
	case script.BreakResponseBody:
		next.ServeHTTP(&cutResponse{w, int64(one.AfterBytes)}, r)
	case script.BreakIdle:
		answer := &unsent{header: http.Header{}}
		next.ServeHTTP(answer, r)
		answer.sendAndClose(w, r)
		return
	}
	panic(http.ErrAbortHandler) // net/http closes the connection
}

// unsent is a response that is not sent.
type unsent struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (u *unsent) Header() http.Header { return u.header }

func (u *unsent) WriteHeader(status int) {
	if u.status == 0 && status >= 200 {
		u.status = status
	}
}

func (u *unsent) Write(p []byte) (int, error) {
	u.WriteHeader(http.StatusOK)
	return u.body.Write(p)
}

// sendAndClose sends the response as one that keeps its connection, and closes the connection.
func (u *unsent) sendAndClose(w http.ResponseWriter, r *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // the proxy has left
	}
	u.WriteHeader(http.StatusOK)
	response := http.Response{
		StatusCode: u.status, ProtoMajor: 1, ProtoMinor: 1, Request: r, Header: u.header,
		Body: io.NopCloser(&u.body), ContentLength: int64(u.body.Len()),
	}
	_ = response.Write(conn) // the proxy may have left
	_ = conn.Close()
}

// cutResponse passes so many bytes of the body, and breaks off before the next one.
type cutResponse struct {
	http.ResponseWriter
	left int64
}

func (c *cutResponse) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	if err == nil && n < len(p) {
		if flusher, ok := c.ResponseWriter.(http.Flusher); ok {
			flusher.Flush()
		}
		panic(http.ErrAbortHandler)
	}
	return n, err
}
