package faultproxy

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// stall is silence in the middle of a body.
type stall struct {
	At              Phase         `yaml:"at"`          // request_body or response_body (default)
	AfterBytes      Amount        `yaml:"after_bytes"` // of the body, sent before the silence
	AfterBytesRange AmountRange   `yaml:"after_bytes"`
	For             time.Duration `yaml:"for"` // how long the silence lasts
}

// Stall lets a body pause for the time d after this many bytes of it, and go on then. at is
// [AtRequestBody] or [AtResponseBody]. At [AtRequestBody] the proxy neither reads from the client
// nor sends to the upstream meanwhile. The fault does not act on a body that is not longer than
// afterBytes.
func Stall(at Phase, afterBytes Size, d time.Duration) Fault {
	return StallAt(at, Bytes(afterBytes), d)
}

// StallAt stalls as [Stall] does, at any place of the body.
func StallAt(at Phase, place Place, d time.Duration) Fault {
	return &stall{At: at, AfterBytes: place.After, AfterBytesRange: place.Range, For: d}
}

func (f *stall) Kind() string   { return "stall" }
func (f *stall) String() string { return printFault(f) }
func (f *stall) part(r *Rule)   { r.Fault = f }
func (f *stall) traits() traits { return slowTraits(f.At == AtRequestBody) }

func (f *stall) place() Place { return Place{f.AfterBytes, f.AfterBytesRange} }

func (f *stall) Validate() error {
	var silence error
	if f.For <= 0 {
		silence = fieldErrorf("stall.for", "%v: want a positive duration", f.For)
	}
	return errors.Join(oneOf("stall.at", f.At, AtResponseBody, AtRequestBody), f.place().validate("stall.after_bytes"),
		silence)
}

func (f *stall) shape(x *exchange, rule *activeRule) shape {
	request := f.At == AtRequestBody
	return x.onBody(request, func(body wire.Framing) actor {
		n, ok := f.place().in(x, rule, body)
		if !ok || !longer(body, n) {
			return nil
		}
		return &stalledBody{pauser: pauser{rule: rule, request: request}, left: int64(n), silence: f.For}
	})
}

// stalledBody is a shaper that pauses once, after the first left bytes, if more follow.
type stalledBody struct {
	pauser
	left    int64
	silence time.Duration
	hit     atomic.Bool
}

func (s *stalledBody) acted() bool { return s.hit.Load() }

func (s *stalledBody) shape(x *exchange, piece []byte, next sink) error {
	if s.hit.Load() {
		return next.put(piece, true)
	}
	n := min(int64(len(piece)), s.left)
	s.left -= n
	if n > 0 {
		if err := next.put(piece[:n], true); err != nil {
			return err
		}
	}
	if piece = piece[n:]; len(piece) == 0 {
		return nil
	}
	s.hit.Store(true)
	if err := s.pause(x, s.silence, next); err != nil {
		return err
	}
	return next.put(piece, true)
}

func (f *stall) neverActsOn(op asked) string { return op.noBody(f.At == AtRequestBody) }

func (f *stall) idleReason() string {
	return "the body ended before the byte to stall at" + f.place().idleHint()
}
