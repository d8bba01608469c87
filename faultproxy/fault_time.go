package faultproxy

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// timeout never answers, or closes the connection after a while.
type timeout struct {
	For time.Duration `yaml:"for"` // how long nothing happens before the connection is closed; zero: for ever
}

// Timeout reads the request and answers nothing: for that long, then it closes the connection; 0 means for ever.
func Timeout(d time.Duration) Fault { return &timeout{For: d} }

func (f *timeout) Kind() string    { return "timeout" }
func (f *timeout) String() string  { return printFault(f) }
func (f *timeout) part(r *Rule)    { r.Fault = f }
func (f *timeout) traits() traits  { return traits{order: insteadOfUpstream} }
func (f *timeout) Validate() error { return notNegative("timeout", f.For) }

// UnmarshalText reads the short form `timeout: 5s`.
func (f *timeout) UnmarshalText(text []byte) error { return unmarshalDuration(&f.For, text) }

// latency delays the request on its way to the upstream, or the answer on its way back.
type latency struct {
	Delay  time.Duration `yaml:"delay"`
	Jitter time.Duration `yaml:"jitter"` // up to so much more, drawn from the seed and the request's identity
	Before string        `yaml:"before"` // upstream (default) or response
}

// Latency delays the request before it goes to the upstream.
func Latency(delay time.Duration) Fault { return &latency{Delay: delay} }

// LatencyBeforeResponse delays the answer after the upstream has acted.
func LatencyBeforeResponse(delay time.Duration) Fault {
	return &latency{Delay: delay, Before: "response"}
}

// LatencyJitter is [Latency] with up to jitter more, drawn from the seed and the request's identity.
func LatencyJitter(delay, jitter time.Duration) Fault { return &latency{Delay: delay, Jitter: jitter} }

// LatencyJitterBeforeResponse is [LatencyBeforeResponse] with up to jitter more, drawn as [LatencyJitter] draws.
func LatencyJitterBeforeResponse(delay, jitter time.Duration) Fault {
	return &latency{Delay: delay, Jitter: jitter, Before: "response"}
}

func (f *latency) Kind() string   { return "latency" }
func (f *latency) String() string { return printFault(f) }
func (f *latency) part(r *Rule)   { r.Fault = f }
func (f *latency) traits() traits {
	if f.Before == "response" {
		return traits{order: throughUpstream}
	}
	return traits{order: beforeUpstream}
}

func (f *latency) Validate() error {
	var nothing error
	if f.Delay == 0 && f.Jitter == 0 {
		nothing = fieldErrorf("latency.delay", "a latency of nothing does nothing")
	}
	return errors.Join(nothing, notNegative("latency.delay", f.Delay), notNegative("latency.jitter", f.Jitter),
		oneOf("latency.before", f.Before, "upstream", "response"))
}

// bandwidth lets the answer's body through at a fixed rate.
type bandwidth struct {
	Rate Size `yaml:"rate"` // bytes per second
}

// Bandwidth lets the answer's body through at so many bytes per second.
func Bandwidth(rate Size) Fault { return &bandwidth{Rate: rate} }

func (f *bandwidth) Kind() string   { return "bandwidth" }
func (f *bandwidth) String() string { return printFault(f) }
func (f *bandwidth) part(r *Rule)   { r.Fault = f }
func (f *bandwidth) traits() traits { return traits{order: throughUpstream} }
func (f *bandwidth) Validate() error {
	if f.Rate <= 0 {
		return fieldErrorf("bandwidth.rate", "%v lets nothing through; it must be above zero", f.Rate)
	}
	return nil
}

// slicer cuts the answer's body into small writes with a pause between them.
type slicer struct {
	Size  Size          `yaml:"size"`  // of a piece, in bytes
	Delay time.Duration `yaml:"delay"` // between two pieces
}

// Slicer sends the answer's body in pieces of that size, with that delay between two of them.
func Slicer(size Size, delay time.Duration) Fault { return &slicer{Size: size, Delay: delay} }

func (f *slicer) Kind() string   { return "slicer" }
func (f *slicer) String() string { return printFault(f) }
func (f *slicer) part(r *Rule)   { r.Fault = f }
func (f *slicer) traits() traits { return traits{order: throughUpstream} }
func (f *slicer) Validate() error {
	var size error
	if f.Size <= 0 {
		size = fieldErrorf("slicer.size", "%v is no size of a piece; it must be above zero", f.Size)
	}
	return errors.Join(size, notNegative("slicer.delay", f.Delay))
}

func unmarshalDuration(to *time.Duration, text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is no duration like 250ms or 1m30s", text)
	}
	*to = d
	return nil
}

// forever is a wait that only its rule's going ends.
const forever time.Duration = math.MaxInt64

func (f *timeout) act(x *exchange) {
	d := f.For
	if d == 0 {
		d = forever
	}
	if x.settleRequest(false) && x.wait(d) {
		x.close(endTimeout)
	}
}

func (f *latency) act(x *exchange) {
	delay := f.Delay
	if f.Jitter > 0 {
		drawn := draw(x.p.cfg.Seed, uint64(x.rule.id)<<32|drawJitter, x.req.identity64, x.req.Nth)
		delay += max(1, time.Duration(drawn*float64(f.Jitter)))
	}
	if f.Before == "response" {
		if x.through() && x.wait(delay) {
			x.relay(nil)
		}
		return
	}
	if x.wait(delay) {
		x.pass()
	}
}

// What a draw of a fault's own is for: apart from whether the rule fires.
const (
	drawJitter = 1 + iota
	drawFlip
)

func (f *bandwidth) act(x *exchange) { x.shapeAnswer(&pacedBody{rate: float64(f.Rate)}, 0) }

// pacedBody lets a body through so that every byte comes when the rate allows it, in steps of about 10 ms.
type pacedBody struct {
	rate  float64 // bytes per second
	start time.Time
	sent  int64
}

func (b *pacedBody) acted() bool { return !b.start.IsZero() }

func (b *pacedBody) shape(x *exchange, piece []byte, out *wire.Writer) error {
	if b.start.IsZero() {
		b.start = time.Now()
		if err := out.Flush(); err != nil {
			return err
		}
	}
	step := max(1, int(b.rate/100))
	for len(piece) > 0 {
		n := min(len(piece), step)
		b.sent += int64(n)
		due := b.start.Add(time.Duration(float64(b.sent) / b.rate * float64(time.Second)))
		if d := time.Until(due); d > 0 && !x.wait(d) {
			return errCut
		}
		x.out.sum.write(piece[:n])
		if err := out.Send(piece[:n]); err != nil {
			return err
		}
		piece = piece[n:]
	}
	return nil
}

func (f *slicer) act(x *exchange) {
	x.shapeAnswer(&slicedBody{size: int(min(f.Size, 1<<30)), delay: f.Delay}, f.Size)
}

// slicedBody lets a body through in pieces of a size, with a pause between two.
type slicedBody struct {
	size   int
	delay  time.Duration
	pieces int
	left   int // of the piece being sent
}

// acted is for more than one piece: a body that fits into one passes as it is.
func (s *slicedBody) acted() bool { return s.pieces > 1 }

func (s *slicedBody) shape(x *exchange, piece []byte, out *wire.Writer) error {
	if err := out.Flush(); err != nil {
		return err
	}
	for len(piece) > 0 {
		if s.left == 0 {
			s.pieces++
			s.left = s.size
			if s.pieces > 1 && s.delay > 0 && !x.wait(s.delay) {
				return errCut
			}
		}
		n := min(len(piece), s.left)
		x.out.sum.write(piece[:n])
		if err := out.Send(piece[:n]); err != nil {
			return err
		}
		piece = piece[n:]
		s.left -= n
	}
	return nil
}
