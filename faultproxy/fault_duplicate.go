package faultproxy

import (
	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// duplicate sends the request to the upstream twice.
type duplicate struct{}

// Duplicate sends the request to the upstream twice. The client gets the second response. The proxy
// reads the whole request first; it stores more than 8 MiB in a temporary file.
func Duplicate() Fault { return &duplicate{} }

func (f *duplicate) Kind() string    { return "duplicate" }
func (f *duplicate) String() string  { return printFault(f) }
func (f *duplicate) part(r *Rule)    { r.Fault = f }
func (f *duplicate) traits() traits  { return traits{order: beforeUpstream} }
func (f *duplicate) Validate() error { return nil }

func (f *duplicate) act(x *exchange) {
	if !x.before() {
		return
	}
	message := new(spool)
	defer message.free()
	held := wire.Writer{Dst: message}
	held.Err = held.Send(x.in.raw)
	x.consume()
	if !x.in.done {
		if x.in.head.Expect && !x.in.continued && !x.sendContinue() {
			return
		}
		if !x.judge(x.readBody(&held, x.toUpstream(&held, nil, false))) {
			return
		}
	}
	if held.Err != nil {
		x.p.cfg.Logger.Error("duplicate: the proxy could not store the request", "error", held.Err)
		x.answerError(answer{code: "InternalError"}.usual())
		x.end(journal.EndClosed)
		return
	}
	x.in.quiet = true
	send := func(up *upstream) error {
		return x.await(up, func() error { return message.sendTo(up.nc) })
	}
	if !x.ask(false, send) {
		x.unfire(false)
		return
	}
	x.up.stored = x.succeeded()
	if x.discard() && x.ask(false, send) {
		x.relay(nil)
	}
}
