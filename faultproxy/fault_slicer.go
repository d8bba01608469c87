package faultproxy

import (
	"errors"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

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
func (f *slicer) traits() traits { return traits{order: throughUpstream, faithful: true} }
func (f *slicer) Validate() error {
	var size error
	if f.Size <= 0 {
		size = fieldErrorf("slicer.size", "%v is no size of a piece; it must be above zero", f.Size)
	}
	return errors.Join(size, notNegative("slicer.delay", f.Delay))
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

func (f *slicer) neverActsOn(op asked) string { return op.noAnswerBody() }

func (f *slicer) idleReason() string {
	return "the response's body was absent or fitted into one piece"
}
