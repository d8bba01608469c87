package faultproxy

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
	if !x.keepRequest(message) {
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
