package faultproxy

import (
	"errors"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// resetPeer resets the connection at a phase, after a number of bytes.
type resetPeer struct {
	// accept, request_head, request_body, response_head or response_body (default)
	At         Phase         `yaml:"at"`
	AfterBytes Size          `yaml:"after_bytes"` // of that phase, sent or read before the reset
	Hold       time.Duration `yaml:"hold"`        // how long the proxy waits before the reset
}

// Phase is the phase in which [ResetPeer] resets the connection; "" means [AtResponseBody].
type Phase string

// The phases of a connection, in order. At the first three, the upstream receives nothing of the
// request.
const (
	AtAccept       Phase = "accept"
	AtRequestHead  Phase = "request_head"
	AtRequestBody  Phase = "request_body"
	AtResponseHead Phase = "response_head"
	AtResponseBody Phase = "response_body"
)

// ResetPeer resets the connection at a phase, after this many bytes of it. At [AtRequestBody] the
// proxy reads this many bytes from the client, and sends none to the upstream. In memory the client
// receives exactly this many bytes of a response; on TCP it can receive fewer, because a reset
// discards bytes in flight.
func ResetPeer(at Phase, afterBytes Size) Fault { return &resetPeer{At: at, AfterBytes: afterBytes} }

// ResetPeerHold resets as [ResetPeer] does, but waits for the time hold before.
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
		cut = fieldErrorf("reset_peer.after_bytes",
			"has no meaning at %s: want request_body, response_head or response_body", f.At)
	}
	return errors.Join(
		oneOf("reset_peer.at", f.At, AtResponseBody, AtAccept, AtRequestHead, AtRequestBody, AtResponseHead),
		cut, notNegative("reset_peer.after_bytes", f.AfterBytes), notNegative("reset_peer.hold", f.Hold))
}

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
			x.relayUnfired()
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

// sendHead sends the first n bytes of the response's head.
func (x *exchange) sendHead(n int64) bool {
	r := reply{status: x.up.head.Status, head: x.up.raw, framing: x.up.head.Framing(x.req.Method)}
	if !x.prepare(&r) {
		return false
	}
	part := r.head[:min(n, int64(len(r.head)))]
	if len(part) > 0 && x.out.Send(part) != nil {
		return x.lost()
	}
	x.c.dropUpstream()
	return true
}

func (f *resetPeer) accepted(c *conn, rule *activeRule) string {
	ended := journal.EndReset
	if f.Hold > 0 && !c.sleep(f.Hold, rule.gone) {
		ended = journal.EndClosed
	}
	wire.ResetConn(c.nc)
	return ended
}

func (f *resetPeer) neverActsOn(op asked) string {
	if f.At == "" || f.At == AtResponseBody {
		return op.noAnswerBody()
	}
	return ""
}

func (f *resetPeer) idleReason() string {
	if f.traits().order == throughUpstream {
		return "the response ended before the byte to cut at"
	}
	return noResponse
}
