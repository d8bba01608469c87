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

// origin is the request, in this process, that a connection is dialed for or that comes on it next.
type origin struct {
	method, target string
	header         httptext.Headers
	step           string
	ctx            context.Context // the request's

	identity  atomic.Uint64 // its hash, once it has taken its place
	sends     atomic.Int64  // how often net/http asked for a connection
	connected atomic.Int64  // the send that got one last
	asked     atomic.Int64  // when the client asked, before the identity latency
	ready     atomic.Int64  // when the identity latency was over; never before

	counted atomic.Pointer[counted]

	dialed, admitted atomic.Int64 // when a dial came, and when its identity latency was over, if nothing prevented it
}

// counted are the numbers that a send of a request got, when it was counted first: by a dial made
// for it or on arrival.
type counted struct {
	send               int64
	nth, attempt, turn int
	logical            string // "": the client's invocation id
}

// count counts a request among those of its identity and its logical request: once for each send of
// its origin, although a dial that a fault prevents and the arrival on another connection may both
// belong to one send.
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

// never is a scenario time that does not come.
const never time.Duration = -1

// send is the number of the request's send that is under way, from 1; 0: not known.
func (o *origin) send() int64 {
	if o == nil {
		return 0
	}
	return o.sends.Load()
}

// admit notes that a dial went well after its identity latency.
func (o *origin) admit(dialed, now time.Duration) {
	if o.admitted.Load() != int64(dialed) { // not the same dial at a later stage
		o.dialed.Store(int64(dialed))
	}
	o.admitted.Store(int64(now))
}

// placed returns when the client asked, and true, if the request has taken its place in time and
// nothing has kept it waiting since.
func (o *origin) placed(now time.Duration) (asked time.Duration, ok bool) {
	if o == nil || o.ready.Load() != int64(now) {
		return now, false
	}
	return time.Duration(o.asked.Load()), true
}

// arrived is when the request of an exchange arrived that is seen now. The latency of its dial
// counts as part of it.
func (o *origin) arrived(now time.Duration) time.Duration {
	if o != nil && o.admitted.Load() == int64(now) {
		return time.Duration(o.dialed.Load())
	}
	return now
}

// endApart returns a context that ends when the request's own ends, or its Cancel channel is
// closed: at once if this is the only request in flight, else after a latency drawn from the
// request's identity. Requests with one deadline then end one after another, and what their callers
// do next, such as taking the last token of a shared budget, is not the scheduler's choice.
func (t *Transport) endApart(req *http.Request, o *origin) (ctx context.Context, release func()) {
	parent := req.Context()
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(parent))
	end := func(cause error) {
		if t.inFlight.Load() > 1 {
			time.Sleep(identity.Latency(t.Proxy.cfg.Seed, identity.Mix(o.identity.Load()^endSalt), 1))
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
			if at, ok := parent.Deadline(); ok && !time.Now().Before(at) { // http.Client ends both at its Timeout
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

// releaseApart lets a latency pass after a change of the rules has released the connection that o
// waits for: those that one change releases go on one after another.
func (p *Proxy) releaseApart(o *origin) {
	if o != nil && p.cfg.IdentityLatency {
		time.Sleep(p.releaseLatency(o.identity.Load(), int(o.send())))
	}
}

// releaseLatency is drawn from the identity of a request.
func (p *Proxy) releaseLatency(identityHash uint64, nth int) time.Duration {
	return identity.Latency(p.cfg.Seed, identity.Mix(identityHash^releaseSalt), nth)
}

// releaseSalt keeps the latency of a release apart from that of the request.
const releaseSalt = 0x72656c65 // "rele"

// errRequestCanceled is what net/http says of a request whose Cancel channel was closed.
var errRequestCanceled = errors.New("net/http: request canceled")

// endSalt keeps the latency of an ending apart from that of the sends.
const endSalt = 0x656e6473 // "ends"

// watchEnd calls over once, when the response has ended: its body was read to the end, failed or
// was closed.
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
