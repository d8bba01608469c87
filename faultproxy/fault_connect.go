package faultproxy

import (
	"time"
)

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

// Refuse lets every dial fail. While it is active it also cuts the connections there are: a request that is reset so is a
// strike too.
//
// On TCP it can only refuse, and for a whole window ([Rule.During]): the proxy closes its port, and the kernel refuses.
// Nobody sees whom. There the rule has fired once for each request that the window cut short, which the journal says of it,
// and once for each refused dial that its dialer, in this process, has told [Proxy.Dialed] of: those are in the journal as
// connections. A window that met neither has not fired, whoever may have dialed in vain.
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

// dns lets the lookup of the endpoint's name fail.
type dns struct {
	As string `yaml:"as"` // nxdomain (default) or temporary
}

// DNSMode is how a lookup fails that [DNS] lets fail; "" means [AsNXDomain].
type DNSMode string

// There is no such name, or nobody can tell now.
const (
	AsNXDomain  DNSMode = "nxdomain"
	AsTemporary DNSMode = "temporary"
)

// DNS lets the lookup before every dial fail.
func DNS(as DNSMode) Fault { return &dns{As: string(as)} }

func (f *dns) Kind() string    { return "dns" }
func (f *dns) String() string  { return printFault(f) }
func (f *dns) part(r *Rule)    { r.Fault = f }
func (f *dns) traits() traits  { return traits{stage: stageDial, memoryOnly: true} }
func (f *dns) Validate() error { return oneOf("dns", f.As, "nxdomain", "temporary") }

// UnmarshalText reads the short form `dns: nxdomain`.
func (f *dns) UnmarshalText(text []byte) error { f.As = string(text); return f.Validate() }

// linuxConnectTimeout is how long Linux sends SYNs by default (tcp_syn_retries 6: 1+2+4+…+64 s) before ETIMEDOUT.
const linuxConnectTimeout = 127 * time.Second

// connectTimeout lets dials hang.
type connectTimeout struct {
	After time.Duration `yaml:"after"` // when the dial fails with ETIMEDOUT; zero: after 127 s, as on Linux
}

// ConnectTimeout lets every dial hang until the dialer gives up, at most for that long (0: 127 s, as on Linux), and
// then fail with ETIMEDOUT.
func ConnectTimeout(after time.Duration) Fault { return &connectTimeout{After: after} }

func (f *connectTimeout) Kind() string    { return "connect_timeout" }
func (f *connectTimeout) String() string  { return printFault(f) }
func (f *connectTimeout) part(r *Rule)    { r.Fault = f }
func (f *connectTimeout) traits() traits  { return traits{stage: stageDial, memoryOnly: true} }
func (f *connectTimeout) Validate() error { return notNegative("connect_timeout", f.After) }

// UnmarshalText reads the short form `connect_timeout: 10s`.
func (f *connectTimeout) UnmarshalText(text []byte) error { return unmarshalDuration(&f.After, text) }

// tlsFault spoils the TLS handshake.
type tlsFault struct {
	As string `yaml:"as"` // expired, wrong_name, untrusted or handshake
}

// TLSMode is what is wrong with a handshake that [TLS] spoils; there is no mode for "".
type TLSMode string

// The certificate is out of date, for another name or by an unknown authority, or the handshake is cut.
const (
	AsExpired   TLSMode = "expired"
	AsWrongName TLSMode = "wrong_name"
	AsUntrusted TLSMode = "untrusted"
	AsHandshake TLSMode = "handshake"
)

// TLS spoils the handshake. It needs a proxy that speaks TLS.
func TLS(as TLSMode) Fault { return &tlsFault{As: string(as)} }

func (f *tlsFault) Kind() string   { return "tls" }
func (f *tlsFault) String() string { return printFault(f) }
func (f *tlsFault) part(r *Rule)   { r.Fault = f }
func (f *tlsFault) traits() traits {
	return traits{stage: stageAccept, needsTLS: true, ends: f.As == "handshake"}
}

func (f *tlsFault) Validate() error {
	if f.As == "" {
		return fieldErrorf("tls", "needs one of expired, wrong_name, untrusted, handshake")
	}
	return oneOf("tls", f.As, "expired", "wrong_name", "untrusted", "handshake")
}

// UnmarshalText reads the short form `tls: expired`.
func (f *tlsFault) UnmarshalText(text []byte) error { f.As = string(text); return f.Validate() }
