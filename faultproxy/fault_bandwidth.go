package faultproxy

import (
	"cmp"
	"errors"
	"sync/atomic"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// bandwidth limits the rate at which a body is sent.
type bandwidth struct {
	Rate Size   `yaml:"rate"` // bytes per second
	In   string `yaml:"in"`   // response (default) or request
}

// Bandwidth sends the response's body at this many bytes per second.
func Bandwidth(rate Size) Fault { return &bandwidth{Rate: rate} }

// BandwidthRequest reads the request's body, and sends it to the upstream, at this many bytes per
// second.
func BandwidthRequest(rate Size) Fault { return &bandwidth{Rate: rate, In: "request"} }

func (f *bandwidth) Kind() string   { return "bandwidth" }
func (f *bandwidth) String() string { return printFault(f) }
func (f *bandwidth) part(r *Rule)   { r.Fault = f }
func (f *bandwidth) traits() traits { return slowTraits(f.In == "request") }
func (f *bandwidth) Validate() error {
	var rate error
	if f.Rate <= 0 {
		rate = fieldErrorf("bandwidth.rate", "%v: want more than 0B", f.Rate)
	}
	return errors.Join(rate, oneOf("bandwidth.in", f.In, "response", "request"))
}

func (f *bandwidth) shape(x *exchange, rule *activeRule) shape {
	request := f.In == "request"
	return x.onBody(request, func(body wire.Framing) actor {
		if !longer(body, 0) {
			return nil
		}
		paced := &pacedBody{pauser: pauser{rule: rule, request: request}, rate: float64(f.Rate)}
		if body.Kind == wire.ByLength {
			paced.length = body.Length
		}
		return paced
	})
}

// maxLate is the delay up to which a slow body catches up, because timers are late. It does not
// catch up with a pause of the upstream or of another fault.
const maxLate = 100 * time.Millisecond

// pacedBody is a shaper that sends a body at a rate, in steps of about 10 ms. All bytes of a step
// are due at the same instant, so that the sizes in which they arrive do not matter. Each step is a
// nanosecond longer than its bytes take, so that no step is due when a timer fires that the client
// started at an earlier one.
type pacedBody struct {
	pauser
	rate   float64 // bytes per second
	length int64   // of the body in bytes as it arrives; 0: unknown
	start  time.Time
	sent   int64
	hit    atomic.Bool
}

func (b *pacedBody) acted() bool { return b.hit.Load() }

func (b *pacedBody) shape(x *exchange, piece []byte, next sink) error {
	if b.start.IsZero() {
		b.start = time.Now()
		b.hit.Store(true)
		if err := next.flush(); err != nil {
			return err
		}
	}
	step := max(1, int64(b.rate/100))
	for len(piece) > 0 {
		ends := b.sent - b.sent%step + step
		if b.length > b.sent {
			ends = min(ends, b.length)
		}
		n := min(int64(len(piece)), ends-b.sent)
		due := b.start.Add(time.Duration(float64(ends)/b.rate*float64(time.Second)) + time.Duration((ends+step-1)/step))
		d := time.Until(due)
		if d > 0 {
			if err := b.pause(x, d, next); err != nil {
				return err
			}
		} else if late := -d; late > maxLate {
			b.start = b.start.Add(late)
		}
		if err := next.put(piece[:n], true); err != nil {
			return err
		}
		b.sent += n
		piece = piece[n:]
	}
	return next.flush()
}

func (f *bandwidth) neverActsOn(op asked) string { return op.noBody(f.In == "request") }

func (f *bandwidth) idleReason() string { return "the " + way(f.In) + " had no body" }

// way returns the name of the message that a fault acts on; "" means the response.
func way(in string) string { return cmp.Or(in, "response") }
