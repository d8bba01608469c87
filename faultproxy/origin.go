package faultproxy

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
	"github.com/s3chaos/s3chaos/faultproxy/internal/identity"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// origin is a request of a client in this process: the request that a connection was dialed for, or
// the next one on it.
type origin struct {
	method, target string
	header         httptext.Headers
	step           string
	ctx            context.Context // context of the request

	identity  atomic.Uint64 // hash of the request's identity, set by takePlace
	sends     atomic.Int64  // how often net/http asked for a connection, which is the number of sends
	connected atomic.Int64  // number of the send that got a connection last
	asked     atomic.Int64  // scenario time at which the client sent the request, before the identity latency
	ready     atomic.Int64  // scenario time at which the identity latency was over; never: it is not over

	counted atomic.Pointer[counted]

	// scenario time of the last dial that no rule prevented, and of the end of its identity latency
	dialed, admitted atomic.Int64
}

// counted holds the numbers that a send got when it was counted first: on a dial for it, or on its
// arrival.
type counted struct {
	send               int64
	nth, attempt, turn int
	logical            string // "": the client's invocation id
}

// count numbers a request among those of its identity and of its logical request. It counts each
// send of an origin once: a dial that a fault prevents and the arrival on another connection may
// belong to the same send.
func (p *Proxy) count(r *s3api.Request, o *origin) {
	if o == nil {
		p.tracker.See(r)
		return
	}
	send := o.sends.Load()
	if c := o.counted.Load(); c != nil && c.send == send && send > 0 {
		p.tracker.Peek(r)
		r.Nth, r.Attempt, r.Turn = c.nth, c.attempt, c.turn
		if c.logical != "" {
			r.Logical = c.logical
		}
		return
	}
	p.tracker.See(r)
	c := &counted{send: send, nth: r.Nth, attempt: r.Attempt, turn: r.Turn}
	if r.InvocationID == "" {
		c.logical = r.Logical
	}
	o.counted.Store(c)
}

// never is a scenario time that is never reached.
const never time.Duration = -1

// send returns the number of the present send, from 1, or 0 if it is unknown.
func (o *origin) send() int64 {
	if o == nil {
		return 0
	}
	return o.sends.Load()
}

// admit records a dial that no rule prevented, and the end of its identity latency.
func (o *origin) admit(dialed, now time.Duration) {
	if o.admitted.Load() != int64(dialed) { // otherwise this is the same dial at a later stage
		o.dialed.Store(int64(dialed))
	}
	o.admitted.Store(int64(now))
}

// placed returns when the client sent the request, and true, if its identity latency has ended just
// now. Otherwise it returns now and false.
func (o *origin) placed(now time.Duration) (asked time.Duration, ok bool) {
	if o == nil || o.ready.Load() != int64(now) {
		return now, false
	}
	return time.Duration(o.asked.Load()), true
}

// arrived returns the arrival time of a request that the proxy reads now. If the identity latency
// of its dial has ended just now, that is the time of the dial.
func (o *origin) arrived(now time.Duration) time.Duration {
	if o != nil && o.admitted.Load() == int64(now) {
		return time.Duration(o.dialed.Load())
	}
	return now
}

// endApart returns a context that ends after the request's context ends, or after its Cancel
// channel is closed. It ends at once if no other request is in flight, otherwise after a latency
// drawn from the request's identity. Requests with the same deadline then end one after another.
// What their callers do next, such as taking the last token of a shared budget, does not depend on
// the scheduler.
func (t *Transport) endApart(req *http.Request, o *origin) (ctx context.Context, release func()) {
	parent := req.Context()
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(parent))
	end := func(cause error) {
		if t.inFlight.Load() > 1 {
			time.Sleep(t.Proxy.latencyOf(endSalt, o.identity.Load(), 1))
		}
		cancel(cause)
	}
	stop := context.AfterFunc(parent, func() { end(context.Cause(parent)) })
	//lint:ignore SA1019 http.Client itself closes the channel at its Timeout
	canceled := req.Cancel //nolint:staticcheck // as above
	if canceled == nil {
		return ctx, func() { stop() }
	}
	released := make(chan struct{})
	go func() {
		select {
		case <-canceled:
			cause := errRequestCanceled
			// http.Client closes the channel and ends the context at its Timeout
			if at, ok := parent.Deadline(); ok && !time.Now().Before(at) {
				<-parent.Done()
				cause = context.Cause(parent)
			}
			end(cause)
		case <-released:
		}
	}()
	return ctx, func() {
		stop()
		close(released)
	}
}

// releaseApart waits for a latency, after a change of the rules has ended the wait of a connection
// for o. If one change ends several waits, the connections then go on one after another.
func (p *Proxy) releaseApart(o *origin) {
	if o != nil && p.cfg.IdentityLatency {
		time.Sleep(p.latencyOf(releaseSalt, o.identity.Load(), int(o.send())))
	}
}

// latencyOf returns a latency that is drawn from the identity of a request for an event other than
// its send; salt stands for the event.
func (p *Proxy) latencyOf(salt, identityHash uint64, nth int) time.Duration {
	return identity.Latency(p.cfg.Seed, identity.Mix(identityHash^salt), nth)
}

// releaseSalt makes the latency of a release differ from that of the request.
const releaseSalt = 0x72656c65 // the letters "rele"

// errRequestCanceled is the error of net/http for a request whose Cancel channel was closed.
var errRequestCanceled = errors.New("net/http: request canceled")

// endSalt makes the latency of an end differ from that of the send.
const endSalt = 0x656e6473 // the letters "ends"

// watchEnd calls over once the response has ended: its body was read to the end, failed, or was
// closed.
func watchEnd(resp *http.Response, over func()) {
	once := sync.OnceFunc(over)
	if resp.Body == nil || resp.Body == http.NoBody || resp.StatusCode == http.StatusSwitchingProtocols {
		once()
		return
	}
	resp.Body = &watchedBody{ReadCloser: resp.Body, over: once}
}

type watchedBody struct {
	io.ReadCloser
	over func()
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.over()
	}
	return n, err
}

func (b *watchedBody) Close() error {
	defer b.over()
	return b.ReadCloser.Close()
}
