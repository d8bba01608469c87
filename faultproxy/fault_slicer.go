package faultproxy

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// slicer sends a body in small pieces, with a pause between them.
type slicer struct {
	Size  Size          `yaml:"size"`  // of a piece, in bytes
	Delay time.Duration `yaml:"delay"` // between two pieces
	In    string        `yaml:"in"`    // response (default) or request
}

// Slicer sends the response's body in pieces of size bytes, with a delay between two pieces.
func Slicer(size Size, delay time.Duration) Fault { return &slicer{Size: size, Delay: delay} }

// SlicerRequest sends the request's body to the upstream in pieces, as [Slicer] does for responses.
func SlicerRequest(size Size, delay time.Duration) Fault {
	return &slicer{Size: size, Delay: delay, In: "request"}
}

func (f *slicer) Kind() string   { return "slicer" }
func (f *slicer) String() string { return printFault(f) }
func (f *slicer) part(r *Rule)   { r.Fault = f }
func (f *slicer) traits() traits { return slowTraits(f.In == "request") }
func (f *slicer) Validate() error {
	var size error
	if f.Size <= 0 {
		size = fieldErrorf("slicer.size", "%v: want more than 0B", f.Size)
	}
	return errors.Join(size, notNegative("slicer.delay", f.Delay),
		oneOf("slicer.in", f.In, "response", "request"))
}

func (f *slicer) shape(x *exchange, rule *activeRule) shape {
	request := f.In == "request"
	return x.onBody(request, func(body wire.Framing) actor {
		if !longer(body, f.Size) {
			return nil
		}
		slow := pauser{rule: rule, request: request}
		return &slicedBody{pauser: slow, size: int(min(f.Size, 1<<30)), delay: f.Delay}
	})
}

// slicedBody is a shaper that sends a body in pieces of a size, with a delay between two.
type slicedBody struct {
	pauser
	size   int
	delay  time.Duration
	pieces atomic.Int64
	left   int // bytes still to send of the present piece
}

// acted reports whether there was more than one piece: one piece is what the client receives
// without the fault, too.
func (s *slicedBody) acted() bool { return s.pieces.Load() > 1 }

func (s *slicedBody) shape(x *exchange, piece []byte, next sink) error {
	if err := next.flush(); err != nil {
		return err
	}
	for len(piece) > 0 {
		if s.left == 0 {
			s.left = s.size
			if s.pieces.Add(1) > 1 && s.delay > 0 {
				if err := s.pause(x, s.delay, next); err != nil {
					return err
				}
			}
		}
		n := min(len(piece), s.left)
		if err := next.put(piece[:n], true); err != nil {
			return err
		}
		if err := next.flush(); err != nil {
			return err
		}
		piece = piece[n:]
		s.left -= n
	}
	return nil
}

func (f *slicer) neverActsOn(op asked) string { return op.noBody(f.In == "request") }

func (f *slicer) idleReason() string {
	return "the " + way(f.In) + "'s body was absent or fitted into one piece"
}
