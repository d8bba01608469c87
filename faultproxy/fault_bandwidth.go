package faultproxy

import (
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// bandwidth limits the rate at which the response's body is sent.
type bandwidth struct {
	Rate Size `yaml:"rate"` // bytes per second
}

// Bandwidth sends the response's body at this many bytes per second.
func Bandwidth(rate Size) Fault { return &bandwidth{Rate: rate} }

func (f *bandwidth) Kind() string   { return "bandwidth" }
func (f *bandwidth) String() string { return printFault(f) }
func (f *bandwidth) part(r *Rule)   { r.Fault = f }
func (f *bandwidth) traits() traits { return traits{order: throughUpstream, faithful: true} }
func (f *bandwidth) Validate() error {
	if f.Rate <= 0 {
		return fieldErrorf("bandwidth.rate", "%v: want more than 0B", f.Rate)
	}
	return nil
}

func (f *bandwidth) act(x *exchange) { x.shapeAnswer(&pacedBody{rate: float64(f.Rate)}, 0) }

// pacedBody is a shaper that sends each byte when the rate allows it, in steps of about 10 ms.
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

func (f *bandwidth) neverActsOn(op asked) string { return op.noAnswerBody() }

func (f *bandwidth) idleReason() string { return "the response had no body" }
