package faultproxy

import (
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// Fault is what a rule does to an exchange or a connection that it matches. The constructors in
// this package ([Respond], [Timeout], [ResetPeer] and others) make faults; [NewFault] returns one
// by its kind, to decode parameters into.
//
// A fault must not change once it is part of a rule. It can be shared by rules. Its text is what
// [ParseFault] reads. Only this package can implement Fault, because a fault acts within an
// exchange.
type Fault interface {
	RulePart

	// Kind returns the fault's name in scripts, such as "respond" or "reset_peer".
	Kind() string
	// String returns the fault as one line of YAML: "respond: {status: 503, code: SlowDown}".
	String() string
	// Validate returns all mistakes in the fault's parameters, joined. Each is a *FieldError that
	// matches ErrRule.
	Validate() error

	// traits returns what the checks of a rule need to know about the fault.
	traits() traits
}

// RulePart is a part of which [NewRule] and faulttest.Lab.Rule make a rule: a [Fault] or a limit,
// such as [Times] or [Key].
type RulePart interface {
	part(r *Rule)
}

// shapingFault is a Fault of stageExchange that leaves it to other rules how the exchange ends. A
// rule with it may have chain.
type shapingFault interface {
	Fault
	// shape returns what the fault does to the exchange, on behalf of the rule.
	shape(x *exchange, rule *activeRule) shape
}

// exchangeFault is any other Fault of stageExchange: act runs the exchange from the request's head
// to its end.
type exchangeFault interface {
	Fault
	act(x *exchange)
}

// dialFault is a Fault of stageDial.
type dialFault interface {
	Fault
	// prevent waits until the dial fails or the rule is removed, and returns the error of the dial.
	prevent(d *dial) error
}

// acceptFault is a Fault of stageAccept.
type acceptFault interface {
	Fault
	// accepted acts on a new connection, and returns the word of journal.EndX for how it ended.
	// EndComplete means that the connection is served.
	accepted(c *conn, rule *activeRule) (ended string)
}

// chooser is implemented by faults that choose among the requests that their rule matches.
// throttle, for example, chooses those above its quota. If applies returns false the rule does not
// fire, and later rules are tried.
type chooser interface {
	applies(req *s3api.Request, at time.Duration, state any) bool
}

// stateful is implemented by faults with a state. Faults are shared by rules and proxies, so each
// proxy keeps a state for each of its rules.
type stateful interface {
	newState() any
}

// order is when the upstream handles the request, compared with the fault.
type order int

const (
	beforeUpstream    order = iota // the fault acts first, so after_upstream is a mistake
	insteadOfUpstream              // the fault answers and the upstream gets no request, except with after_upstream
	throughUpstream                // the upstream always handles the request first, with or without after_upstream
)

// stage is when a fault acts: within an exchange, on a dial, or on a new connection.
type stage int

const (
	stageExchange stage = iota // within an exchange
	stageDial                  // before there is a connection
	stageAccept                // on a new connection, before the proxy reads from it
)

// traits are what the checks of a rule need to know about a fault.
type traits struct {
	stage      stage
	order      order
	memoryOnly bool // not possible on TCP, only on a network in memory
	needsTLS   bool // needs a proxy that speaks TLS
	ends       bool // for stageAccept: the connection has no exchange
	takesAll   bool // a chooser that, with these parameters, accepts every request
	faithful   bool // the client gets the upstream's response unchanged, though perhaps late
	corrupts   bool // the upstream gets another request body than the client sent
	spoils     bool // the client gets a whole response that it may refuse, and then try again
}

// connection reports whether the fault acts on connections, which do not have a request to match.
func (t traits) connection() bool { return t.stage != stageExchange }

// kinds lists all faults, in the order of the documentation.
var kinds = []struct {
	name string
	zero func() Fault
}{
	{"respond", func() Fault { return new(respond) }},
	{"ok_with_error", func() Fault { return new(okWithError) }},
	{"whitespace", func() Fault { return new(whitespace) }},
	{"timeout", func() Fault { return new(timeout) }},
	{"latency", func() Fault { return new(latency) }},
	{"reset_peer", func() Fault { return new(resetPeer) }},
	{"close_early", func() Fault { return new(closeEarly) }},
	{"bandwidth", func() Fault { return new(bandwidth) }},
	{"slicer", func() Fault { return new(slicer) }},
	{"stall", func() Fault { return new(stall) }},
	{"corrupt", func() Fault { return new(corrupt) }},
	{"refuse", func() Fault { return new(refuse) }},
	{"dns", func() Fault { return new(dns) }},
	{"connect_timeout", func() Fault { return new(connectTimeout) }},
	{"tls", func() Fault { return new(tlsFault) }},
	{"malformed", func() Fault { return new(malformed) }},
	{"idle_close", func() Fault { return new(idleClose) }},
	{"continue", func() Fault { return new(continueFault) }},
	{"redirect", func() Fault { return new(redirect) }},
	{"stale", func() Fault { return new(stale) }},
	{"throttle", func() Fault { return new(throttle) }},
	{"duplicate", func() Fault { return new(duplicate) }},
	{"edit", func() Fault { return new(edit) }},
	{"shorten", func() Fault { return new(shorten) }},
	{"commit_late", func() Fault { return new(commitLate) }},
	{"replace", func() Fault { return new(replace) }},
	{"delete_errors", func() Fault { return new(deleteErrors) }},
	{"list", func() Fault { return new(listFault) }},
}

// Kinds returns the names of all faults, in the order of FORMAT.md.
func Kinds() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return names
}

// NewFault returns a pointer to the zero value of the fault with this name, to decode parameters
// into, and whether there is such a fault. The zero value is what `name: {}` means in a script.
func NewFault(kind string) (Fault, bool) {
	for _, k := range kinds {
		if k.name == kind {
			return k.zero(), true
		}
	}
	return nil, false
}
