package scenarios

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/glob"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// breaks lets S3 break off as `server.breaks` says.
type breaks struct {
	w    *world
	mu   sync.Mutex
	list []serverBreak
}

// A serverBreak is an entry of `server.breaks` and what became of it.
type serverBreak struct {
	*script.ServerBreak
	event    Event
	left     int      // how often it may still happen
	happened int      // how often it has happened
	idle     []string // ids of the responses after which S3 has closed the connection
}

func newBreaks(w *world) *breaks {
	b := &breaks{w: w}
	for i := range w.scenario.Server.Breaks {
		one := &w.scenario.Server.Breaks[i]
		b.list = append(b.list, serverBreak{
			ServerBreak: one, left: max(1, one.Times),
			event: Event{Line: one.Line, Text: fmt.Sprintf("S3 breaks off at %s", one.At)},
		})
	}
	return b
}

// take reserves the break for an exchange, the first in the order of the file. It returns nil if
// the file has no break for the exchange.
func (b *breaks) take(fits func(*script.ServerBreak) bool) *serverBreak {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.list {
		if one := &b.list[i]; one.left > 0 && fits(one.ServerBreak) {
			one.left--
			return one
		}
	}
	return nil
}

// release gives back a break that had nothing to break off.
func (b *breaks) release(one *serverBreak) {
	b.mu.Lock()
	defer b.mu.Unlock()
	one.left++
}

// happen counts a break at the moment at which S3 breaks off.
func (b *breaks) happen(one *serverBreak) {
	b.mu.Lock()
	defer b.mu.Unlock()
	one.count(time.Since(b.w.zero()))
}

func (one *serverBreak) count(at time.Duration) {
	if one.happened++; one.happened == max(1, one.Times) {
		one.event.Happened, one.event.At = true, at
	}
}

// result returns the breaks as events. One that did not happen as often as the file says has not
// happened. The records are those of the drill.
func (b *breaks) result(records []faultproxy.Record) []Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	var events []Event
	for i := range b.list {
		one := &b.list[i]
		for _, id := range one.idle {
			if next := nextForwarded(records, id); next != nil {
				one.count(next.At)
			}
		}
		if !one.event.Happened {
			one.event.unmet = one.unmet()
		}
		events = append(events, one.event)
	}
	return events
}

// unmet explains why the break did not happen, or not often enough.
func (one *serverBreak) unmet() string {
	why := "no request had this place"
	switch one.At {
	case script.BreakConnect:
		why = "the proxy opened no connection to S3"
	case script.BreakRequestBody:
		why = fmt.Sprintf("no request had a body of %v", one.AfterBytes)
	case script.BreakResponseBody:
		why = fmt.Sprintf("no response had more than %v in its body", one.AfterBytes)
	case script.BreakIdle:
		why = "no request came to S3 on a connection that it had left"
	}
	switch {
	case one.happened > 0:
		return fmt.Sprintf("%d of %d: else %s", one.happened, max(1, one.Times), why)
	case one.Method != "" || one.Key != "":
		why += ", among those that it matches"
	}
	return why
}

// nextForwarded returns the next request that the proxy forwards on the connection that had the
// response with this id, or nil.
func nextForwarded(records []faultproxy.Record, id string) *faultproxy.Record {
	before := slices.IndexFunc(records, func(r faultproxy.Record) bool {
		return r.ResponseHeader[requestIDHeader] == id
	})
	if before < 0 {
		return nil
	}
	for i := range records {
		r := &records[i]
		forwarded := r.UpstreamStatus != 0 || r.Ended == "upstream_error"
		if r.Conn == records[before].Conn && r.At >= records[before].End && i != before && forwarded {
			return r
		}
	}
	return nil
}

const requestIDHeader = "X-Amz-Request-Id"

// dial connects the proxy to S3, which may refuse.
func (b *breaks) dial(dial func(context.Context, string, string) (net.Conn, error)) func(
	context.Context, string, string,
) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		one := b.take(func(one *script.ServerBreak) bool { return one.At == script.BreakConnect })
		if one != nil {
			b.happen(one)
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
		b.breakOff(next, w, r, one)
	})
}

// breakOff serves a request up to the place at which S3 breaks off. It serves the whole request if
// that does not have the place.
func (b *breaks) breakOff(next http.Handler, w http.ResponseWriter, r *http.Request, one *serverBreak) {
	switch one.At {
	case script.BreakRequestBody:
		var body bytes.Buffer
		if n, err := io.CopyN(&body, r.Body, int64(one.AfterBytes)); n < int64(one.AfterBytes) {
			b.release(one)
			if !errors.Is(err, io.EOF) {
				panic(http.ErrAbortHandler) // the proxy has left
			}
			r = r.WithContext(r.Context())
			r.Body = io.NopCloser(&body)
			next.ServeHTTP(w, r)
			return
		}
	case script.BreakResponseHead:
		next.ServeHTTP(&unsent{header: http.Header{}}, r)
	case script.BreakResponseBody:
		cut := &cutResponse{ResponseWriter: w, left: int64(one.AfterBytes), cut: func() { b.happen(one) }}
		if r.Method == http.MethodHead {
			cut.left = math.MaxInt64 // the response has no body
		}
		defer func() {
			if !cut.off {
				b.release(one)
			}
		}()
		next.ServeHTTP(cut, r)
		return
	case script.BreakIdle:
		answer := &unsent{header: http.Header{}}
		next.ServeHTTP(answer, r)
		b.mu.Lock()
		one.idle = append(one.idle, answer.header.Get(requestIDHeader))
		b.mu.Unlock()
		answer.sendAndClose(w, r)
		return
	}
	b.happen(one)
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
	off  bool   // it has broken off
	cut  func() // is called before it breaks off
}

func (c *cutResponse) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	if err == nil && n < len(p) {
		if flusher, ok := c.ResponseWriter.(http.Flusher); ok {
			flusher.Flush()
		}
		c.off = true
		c.cut()
		panic(http.ErrAbortHandler)
	}
	return n, err
}
