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
	At              Phase         `yaml:"at"`
	AfterBytes      Amount        `yaml:"after_bytes"` // of that phase, sent or read before the reset
	AfterBytesRange AmountRange   `yaml:"after_bytes"`
	After           time.Duration `yaml:"after"` // since the body's first byte, in place of after_bytes
	Hold            time.Duration `yaml:"hold"`  // how long the proxy waits before the reset
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
// proxy reads this many bytes from the client, and sends none to the upstream; a request whose
// Content-Length is smaller passes unchanged. The client has sent some more by then: in virtual
// time as many in each run. In memory it receives exactly this many bytes of a response; on TCP it
// can receive fewer, because a reset discards bytes in flight.
func ResetPeer(at Phase, afterBytes Size) Fault { return ResetPeerAt(at, Bytes(afterBytes)) }

// ResetPeerAt resets as [ResetPeer] does, at any place of a phase. Shares are possible at
// [AtRequestBody] and [AtResponseBody].
func ResetPeerAt(at Phase, place Place) Fault {
	return &resetPeer{At: at, AfterBytes: place.After, AfterBytesRange: place.Range}
}

// ResetPeerAfter resets the connection when the time d has passed since the first byte of the body;
// at is [AtRequestBody] or [AtResponseBody]. d must be positive. A response whose body ends before
// passes unchanged; for a request the proxy reads the whole body and then waits.
func ResetPeerAfter(at Phase, d time.Duration) Fault { return &resetPeer{At: at, After: d} }

// ResetPeerHold resets as [ResetPeer] does, but waits for the time hold before.
func ResetPeerHold(at Phase, afterBytes Size, hold time.Duration) Fault {
	return &resetPeer{At: at, AfterBytes: Amount{Bytes: afterBytes}, Hold: hold}
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
	at := f.cutting()
	switch elsewhere := f.At == AtAccept || f.At == AtRequestHead || f.At == AtResponseHead; {
	case !at.place.zero() && (f.At == AtAccept || f.At == AtRequestHead):
		cut = fieldErrorf("reset_peer.after_bytes",
			"has no meaning at %s: want request_body, response_head or response_body", f.At)
	case f.After != 0 && elsewhere:
		cut = fieldErrorf("reset_peer.after", "has no meaning at %s: want request_body or response_body", f.At)
	case at.place.share() && elsewhere:
		cut = fieldErrorf("reset_peer.after_bytes",
			"a share has no meaning at %s: want request_body or response_body", f.At)
	}
	return errors.Join(
		oneOf("reset_peer.at", f.At, AtResponseBody, AtAccept, AtRequestHead, AtRequestBody, AtResponseHead),
		cut, at.validate("reset_peer"), notNegative("reset_peer.hold", f.Hold))
}

func (f *resetPeer) cutting() cutting {
	return cutting{Place{f.AfterBytes, f.AfterBytesRange}, f.After}
}

func (f *resetPeer) act(x *exchange) {
	through := true
	switch f.At {
	case AtRequestHead:
		x.fillUp()
	case AtRequestBody:
		through = x.cutRequest(f.cutting())
	case AtResponseHead:
		if !x.through() {
			return
		}
		n, _ := f.cutting().place.in(x, x.rule, wire.Framing{})
		if !x.cutsHead(n) {
			x.relayUnfired()
			return
		}
		through = x.sendHead(int64(n))
	default:
		through = x.cutAnswer(f.cutting(), x.relay)
	}
	if through && (f.Hold == 0 || x.wait(f.Hold)) {
		x.reset()
	}
}

// sendHead sends the first n bytes of the response's head.
func (x *exchange) sendHead(n int64) bool {
	r, ok := x.prepareRelay()
	if !ok {
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
		return f.cutting().idleReason("response")
	}
	return f.cutting().idleReason("request")
}
