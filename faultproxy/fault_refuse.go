package faultproxy

import "github.com/s3chaos/s3chaos/faultproxy/memnet"

// refuse lets dials fail as if nobody were there.
type refuse struct {
	As string `yaml:"as"` // refused (default), unreachable, no_route or timed_out
}

// RefuseMode is the error of a dial that [Refuse] lets fail; "" means [AsRefused].
type RefuseMode string

// The port is closed, the network has no way, the host has none, or nobody answers.
const (
	AsRefused     RefuseMode = "refused"
	AsUnreachable RefuseMode = "unreachable"
	AsNoRoute     RefuseMode = "no_route"
	AsTimedOut    RefuseMode = "timed_out"
)

// Refuse lets every dial fail. While it is active it also cuts the connections there are: a request
// that is reset so is a strike too.
//
// On TCP it can only refuse, and for a whole window ([Rule.During]): the proxy closes its port, and
// the kernel refuses. Nobody sees whom. There the rule has fired once for each request that the
// window cut short, which the journal says of it, and once for each refused dial that its dialer,
// in this process, has told [Proxy.Dialed] of: those are in the journal as connections. A window
// that met neither has not fired, whoever may have dialed in vain.
func Refuse(as RefuseMode) Fault { return &refuse{As: string(as)} }

func (f *refuse) Kind() string   { return "refuse" }
func (f *refuse) String() string { return printFault(f) }
func (f *refuse) part(r *Rule)   { r.Fault = f }
func (f *refuse) traits() traits {
	return traits{stage: stageDial, memoryOnly: f.As != "" && f.As != "refused"}
}

func (f *refuse) Validate() error {
	return oneOf("refuse.as", f.As, "refused", "unreachable", "no_route", "timed_out")
}

// UnmarshalText reads the short form `refuse: no_route`.
func (f *refuse) UnmarshalText(text []byte) error { f.As = string(text); return f.Validate() }

func (f *refuse) prevent(d *dial) error {
	switch f.As {
	case "unreachable":
		return memnet.Unreachable(d.addr)
	case "no_route":
		return memnet.NoRoute(d.addr)
	case "timed_out":
		return memnet.TimedOut(d.addr)
	}
	return memnet.Refused(d.addr)
}
