package faultproxy

import "github.com/s3chaos/s3chaos/faultproxy/memnet"

// refuse makes dials fail.
type refuse struct {
	As string `yaml:"as"` // refused (default), unreachable, no_route or timed_out
}

// RefuseMode is the error with which dials fail; "" means [AsRefused].
type RefuseMode string

// AsRefused means that the port is closed (ECONNREFUSED), AsUnreachable that the network cannot be
// reached (ENETUNREACH), AsNoRoute that the host cannot be reached (EHOSTUNREACH), and AsTimedOut
// that the host does not respond (ETIMEDOUT).
const (
	AsRefused     RefuseMode = "refused"
	AsUnreachable RefuseMode = "unreachable"
	AsNoRoute     RefuseMode = "no_route"
	AsTimedOut    RefuseMode = "timed_out"
)

// Refuse makes every dial fail. When it becomes active it also resets the open connections; each
// request that is reset then counts as fired.
//
// On TCP only [AsRefused] is possible, and the rule needs a window ([Rule.During]): the proxy
// closes its port during the window, and the kernel refuses the dials. The proxy does not learn of
// these dials. There the rule fires once for each request that the start of the window resets, and
// once for each refused dial that a dialer in this process reports with [Proxy.Dialed]; the journal
// has a record of each. If neither happens, the rule has not fired, even if other programs were
// refused.
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
