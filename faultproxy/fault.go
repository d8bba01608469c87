package faultproxy

import (
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// Fault is what a rule does to the exchange (or connection) it matched. The constructors in this package
// ([Respond], [Timeout], [ResetPeer] …) make the faults there are; scripts decode into [NewFault].
//
// A fault is immutable once it is part of a rule, prints as the text that [ParseFault] reads back, and may be
// shared by rules. Only this package can implement it: a fault acts inside an exchange.
type Fault interface {
	RulePart

	// Kind is the fault's name in scripts: "respond", "reset_peer" …
	Kind() string
	// String is the fault as one line of YAML flow form: "respond: {status: 503, code: SlowDown}".
	String() string
	// Validate returns every mistake in the fault's parameters, joined, each a *FieldError that matches ErrRule.
	Validate() error

	// traits says when the fault acts, for the checks that need no exchange.
	traits() traits
}

// RulePart is what faulttest.Lab.Rule puts a rule together from: one [Fault], and what limits it ([Times], [Key] …).
type RulePart interface {
	part(r *Rule)
}

// exchangeFault is a Fault that acts within an exchange: it drives the exchange from the request head on, to its end.
type exchangeFault interface {
	Fault
	act(x *exchange)
}

// dialFault is a Fault of stageDial: it prevents a dial.
type dialFault interface {
	Fault
	// prevent returns the dial's error when it is due, or when the rule goes away.
	prevent(d *dial) error
}

// acceptFault is a Fault of stageAccept.
type acceptFault interface {
	Fault
	// accepted acts on a fresh connection and returns how it ended; journal.EndComplete: it is served.
	accepted(c *conn, rule *activeRule) (ended string)
}

// chooser is implemented by faults that do not apply to every request their rule matches: a quota that is not used
// up, a connection that is not reused. It is asked last; false means that the rule does not match.
type chooser interface {
	applies(req *s3api.Request, at time.Duration, state any) bool
}

// stateful is implemented by faults that remember: every proxy keeps its own state for every rule, since faults are
// shared.
type stateful interface {
	newState() any
}

// order says where the upstream stands in a fault.
type order int

const (
	beforeUpstream    order = iota // acts while the request is on its way: after_upstream would contradict it
	insteadOfUpstream              // answers (or not) in place of the upstream; with after_upstream, once it has acted
	throughUpstream                // the upstream always acts first: after_upstream is implied
)

// stage is the moment at which a connection fault is decided.
type stage int

const (
	stageExchange stage = iota // not a connection fault
	stageDial                  // before there is a connection
	stageAccept                // the connection is there, nothing was read
)

// traits are the facts about a fault that a rule's checks need.
type traits struct {
	stage      stage
	order      order
	memoryOnly bool // cannot be done to a TCP listener
	needsTLS   bool // has a meaning only where the proxy speaks TLS
	ends       bool // at accept: no exchange follows on the connection
	takesAll   bool // a chooser that with these parameters never says no
	faithful   bool // the client gets the upstream's response unchanged, if slowly
	corrupts   bool // the upstream gets another request body than the client sent
	spoils     bool // the client gets a whole response that it may refuse, and then try again
}

// connection reports whether the fault acts on connections, which have no request to match.
func (t traits) connection() bool { return t.stage != stageExchange }

// kinds are all faults there are, in the order of the documentation.
var kinds = []struct {
	name string
	zero func() Fault
}{
	{"respond", func() Fault { return new(respond) }},
	{"ok_with_error", func() Fault { return new(okWithError) }},
	{"timeout", func() Fault { return new(timeout) }},
	{"latency", func() Fault { return new(latency) }},
	{"reset_peer", func() Fault { return new(resetPeer) }},
	{"close_early", func() Fault { return new(closeEarly) }},
	{"bandwidth", func() Fault { return new(bandwidth) }},
	{"slicer", func() Fault { return new(slicer) }},
	{"corrupt", func() Fault { return new(corrupt) }},
	{"refuse", func() Fault { return new(refuse) }},
	{"dns", func() Fault { return new(dns) }},
	{"connect_timeout", func() Fault { return new(connectTimeout) }},
	{"tls", func() Fault { return new(tlsFault) }},
	{"idle_close", func() Fault { return new(idleClose) }},
	{"continue", func() Fault { return new(continueFault) }},
	{"redirect", func() Fault { return new(redirect) }},
	{"stale", func() Fault { return new(stale) }},
	{"throttle", func() Fault { return new(throttle) }},
	{"duplicate", func() Fault { return new(duplicate) }},
}

// Kinds returns the names of all faults, in the order of the documentation.
func Kinds() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return names
}

// NewFault returns a pointer to the zero value of the fault with that name, to decode parameters into, and whether
// there is such a fault. The zero value is what `name: {}` means in a script.
func NewFault(kind string) (Fault, bool) {
	for _, k := range kinds {
		if k.name == kind {
			return k.zero(), true
		}
	}
	return nil, false
}

// What a draw of a fault's own is for: apart from whether the rule fires.
const (
	drawJitter = 1 + iota
	drawFlip
)
