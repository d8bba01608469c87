package faultproxy

import (
	"errors"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// resetPeer ends the connection with a TCP reset at a chosen phase and byte.
type resetPeer struct {
	At         Phase         `yaml:"at"`          // accept, request_head, request_body, response_head or response_body (default)
	AfterBytes Size          `yaml:"after_bytes"` // of that phase, let through first
	Hold       time.Duration `yaml:"hold"`        // how long the connection stalls before the reset
}

// Phase is where [ResetPeer] cuts; "" means [AtResponseBody].
type Phase string

// Phases of a connection, in the order in which they pass. Up to AtRequestBody nothing of the request reaches the upstream.
const (
	AtAccept       Phase = "accept"
	AtRequestHead  Phase = "request_head"
	AtRequestBody  Phase = "request_body"
	AtResponseHead Phase = "response_head"
	AtResponseBody Phase = "response_body"
)

// ResetPeer resets the connection at a phase, after so many bytes of it went through: at [AtRequestBody] so many were read
// from the client, and none sent to the upstream. In memory the client reads exactly that many of an answer; on TCP a reset
// also destroys what is in flight.
func ResetPeer(at Phase, afterBytes Size) Fault { return &resetPeer{At: at, AfterBytes: afterBytes} }

// ResetPeerHold is [ResetPeer] that lets the connection stall for so long before the reset.
func ResetPeerHold(at Phase, afterBytes Size, hold time.Duration) Fault {
	return &resetPeer{At: at, AfterBytes: afterBytes, Hold: hold}
}

func (f *resetPeer) Kind() string   { return "reset_peer" }
func (f *resetPeer) String() string { return printFault(f) }
func (f *resetPeer) part(r *Rule)   { r.Fault = f }
func (f *resetPeer) traits() traits {
	switch f.At {
	case AtAccept:
		return traits{stage: stageAccept, ends: true}
	case AtRequestHead, AtRequestBody:
		return traits{order: beforeUpstream}
	default:
		return traits{order: throughUpstream}
	}
}

func (f *resetPeer) Validate() error {
	var cut error
	if f.AfterBytes > 0 && (f.At == AtAccept || f.At == AtRequestHead) {
		cut = fieldErrorf("reset_peer.after_bytes", "only bodies and the response head can be cut at a byte; at %s it has no meaning", f.At)
	}
	return errors.Join(
		oneOf("reset_peer.at", f.At, AtResponseBody, AtAccept, AtRequestHead, AtRequestBody, AtResponseHead),
		cut, notNegative("reset_peer.after_bytes", f.AfterBytes), notNegative("reset_peer.hold", f.Hold))
}

// closeEarly ends the connection with an orderly close before the body is complete.
type closeEarly struct {
	AfterBytes     Size `yaml:"after_bytes"`     // of the body, let through first
	CloseDelimited bool `yaml:"close_delimited"` // the answer carries no length: its end is the close itself
}

// CloseEarly closes the connection after so many bytes of the answer's body: fewer than its Content-Length said.
func CloseEarly(afterBytes Size) Fault { return &closeEarly{AfterBytes: afterBytes} }

// CloseDelimited sends the answer without a length and closes after so many bytes of its body: the client can tell
// only from what else it knows that something is missing.
func CloseDelimited(afterBytes Size) Fault {
	return &closeEarly{AfterBytes: afterBytes, CloseDelimited: true}
}

func (f *closeEarly) Kind() string    { return "close_early" }
func (f *closeEarly) String() string  { return printFault(f) }
func (f *closeEarly) part(r *Rule)    { r.Fault = f }
func (f *closeEarly) traits() traits  { return traits{order: throughUpstream} }
func (f *closeEarly) Validate() error { return notNegative("close_early.after_bytes", f.AfterBytes) }

// idleClose lets a kept-alive connection turn out dead when the next request arrives on it.
type idleClose struct{}

// IdleClose resets a reused connection when the matched request arrives on it, before anything is answered, as a
// server that closed an idle connection does. It applies to requests on reused connections only.
func IdleClose() Fault { return &idleClose{} }

func (f *idleClose) Kind() string    { return "idle_close" }
func (f *idleClose) String() string  { return printFault(f) }
func (f *idleClose) part(r *Rule)    { r.Fault = f }
func (f *idleClose) traits() traits  { return traits{order: beforeUpstream} }
func (f *idleClose) Validate() error { return nil }

func (f *idleClose) applies(req *request, _ time.Duration, _ any) bool { return req.Reused }

func (f *resetPeer) act(x *exchange) {
	through := true
	switch f.At {
	case AtRequestHead:
	case AtRequestBody:
		through = x.receive(&cut{left: int64(f.AfterBytes)})
	case AtResponseHead:
		if !x.through() {
			return
		}
		if !x.cutsHead(f.AfterBytes) {
			x.missed()
			return
		}
		through = x.sendHead(int64(f.AfterBytes))
	default:
		through = x.cutAnswer(f.AfterBytes, x.relay)
	}
	if through && (f.Hold == 0 || x.wait(f.Hold)) {
		x.reset()
	}
}

// sendHead sends the first n bytes of the answer's head.
func (x *exchange) sendHead(n int64) bool {
	part := x.up.raw[:min(n, int64(len(x.up.raw)))]
	if len(part) > 0 && x.out.Send(part) != nil {
		return x.lost()
	}
	x.c.dropUpstream()
	return true
}

// cut lets so much of a body through, and then ends it.
type cut struct{ left int64 }

func (c *cut) shape(x *exchange, piece []byte, out *wire.Writer) error {
	n := min(int64(len(piece)), c.left)
	c.left -= n
	if x.up.status != 0 {
		x.out.sum.write(piece[:n])
	}
	if err := out.Gather(piece[:n]); err != nil {
		return err
	}
	if c.left == 0 {
		return errCut
	}
	return nil
}

func (f *closeEarly) act(x *exchange) {
	relay := x.relay
	if f.CloseDelimited {
		relay = x.relayUndelimited
	}
	if x.cutAnswer(f.AfterBytes, relay) {
		x.close(endClosed)
	}
}

func (f *idleClose) act(x *exchange) { x.reset() }
