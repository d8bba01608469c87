package faultproxy

import (
	"errors"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// slicer sends the response's body in small pieces, with a pause between them.
type slicer struct {
	Size  Size          `yaml:"size"`  // of a piece, in bytes
	Delay time.Duration `yaml:"delay"` // between two pieces
}

// Slicer sends the response's body in pieces of size bytes, with a delay between two pieces.
func Slicer(size Size, delay time.Duration) Fault { return &slicer{Size: size, Delay: delay} }

func (f *slicer) Kind() string   { return "slicer" }
func (f *slicer) String() string { return printFault(f) }
func (f *slicer) part(r *Rule)   { r.Fault = f }
func (f *slicer) traits() traits { return traits{order: throughUpstream, faithful: true} }
func (f *slicer) Validate() error {
	var size error
	if f.Size <= 0 {
		size = fieldErrorf("slicer.size", "%v: want more than 0B", f.Size)
	}
	return errors.Join(size, notNegative("slicer.delay", f.Delay))
}

func (f *slicer) act(x *exchange) {
	x.shapeAnswer(&slicedBody{size: int(min(f.Size, 1<<30)), delay: f.Delay}, f.Size)
}

// slicedBody is a shaper that sends a body in pieces of a size, with a delay between two.
type slicedBody struct {
	size   int
	delay  time.Duration
	pieces int
	left   int // bytes still to send of the present piece
}

// acted reports whether there was more than one piece: one piece is what the client receives
// without the fault, too.
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

func (f *slicer) neverActsOn(op asked) string { return op.noAnswerBody() }

func (f *slicer) idleReason() string {
	return "the response's body was absent or fitted into one piece"
}
