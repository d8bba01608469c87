// Package faultproxy is a proxy in front of S3 that injects faults: [New] makes a proxy for any
// program, and faulttest.NewLab one for a Go test.
//
// A connection of a client is a sequence of exchanges, each a request and its response. An exchange
// passes through phases: accept, request head, request body, upstream, response head, response
// body, idle. A [Rule] says on which exchanges a [Fault] acts. The fault acts in a phase: before
// the upstream gets the request, in its place, or on its response. The proxy forwards heads byte
// for byte, so that signatures stay valid. The [Journal] has a record of every exchange, and is a
// witness that does not depend on the client.
//
//	lab := faulttest.NewLab(t, fakes3.New())
//	lab.Rule("PutObject", faultproxy.Times(2), faultproxy.Respond(503, "SlowDown"))
//	client := newMyClient(lab.HTTPClient(), lab.URL())
//	// … put an object, then:
//	require.Equal(t, 3, lab.Journal().Count("PutObject"))
//
// All random numbers are drawn from a hash of the seed and the request's identity, never from a
// shared generator. In a testing/synctest bubble, the same seed therefore gives the same journal,
// independently of the scheduler.
package faultproxy

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/identity"
	"github.com/s3chaos/s3chaos/faultproxy/internal/memory"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// Config configures a proxy. Upstream is required; the zero value of every other field works.
type Config struct {
	// Upstream is the address of the upstream, host:port.
	Upstream string
	// Dial opens connections to the upstream; nil: a net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// UpstreamTLS is the configuration of TLS to the upstream; nil: plain HTTP.
	UpstreamTLS *tls.Config
	// Seed determines all random numbers. 0 is as good as any other.
	Seed uint64
	// Rules are the initial rules. The first rule that matches a request acts on it.
	Rules []Rule
	// Hosts are the host names of the endpoint. A request to the host BUCKET.NAME is
	// virtual-hosted.
	Hosts []string
	// Digest adds the SHA-256 of decoded bodies to the journal.
	Digest bool
	// IdentityLatency delays each exchange and each failing dial by less than a millisecond, drawn
	// from its identity. Requests that arrive at the same instant then have an order that does not
	// depend on the scheduler. It is for virtual time only.
	IdentityLatency bool
	// TLS makes the proxy speak TLS with certificates of this authority; nil: plain HTTP.
	TLS *Authority
	// Logger gets warnings and errors that do not belong to a record; nil: they are dropped.
	Logger *slog.Logger
	// MaxExchanges limits the number of exchanges and prevented connections; 0: no limit. Above it,
	// the proxy cuts all connections, and Failed is closed.
	MaxExchanges int
	// JournalLimit is how many records the journal keeps, the latest ones; 0: all.
	JournalLimit int
	// HeadTimeout is how long a client may take to send a request's head, from its first byte on.
	// Above it, the proxy answers 400 RequestTimeout and closes the connection. 0: no limit.
	HeadTimeout time.Duration
	// TCP says that Serve will get a TCP listener: [New] and changes of the rules then refuse rules
	// that TCP cannot do. Without it they are refused from the call of Serve on.
	TCP bool
	// StartOnArrival makes the first arrival scenario time zero. Otherwise that is the call of
	// Serve, or the first dial.
	StartOnArrival bool
	// Held is called when a rule begins to hold an exchange: its fault waits, and no byte moves
	// meanwhile. rule is the name that the journal has for it. Held is called by the goroutine of
	// the exchange, and must return soon. Nil: it is not called.
	Held func(rule string)
}

// Proxy is a fault-injecting proxy. Its methods may be called at any time, from any goroutine.
type Proxy struct {
	cfg     Config
	rules   *RuleSet
	journal journal.Writer
	hosts   *s3api.Hosts
	tracker *identity.Tracker
	dials   *identity.Tracker // numbers of dials, for the draws of connection faults
	sends   *identity.Tracker // numbers of sends, for the identity latencies of [Transport]

	startOnce sync.Once
	clockRuns chan struct{} // closed at scenario time zero
	zero      atomic.Pointer[time.Time]
	exchanges atomic.Int64
	conns     atomic.Int64 // connections so far
	unordered atomic.Int64 // requests that did not come through a Transport, see Unordered
	failed    chan struct{}
	failOnce  sync.Once
	failure   error // set before failed is closed

	closing  chan struct{} // closed by Shutdown and Close
	cut      chan struct{} // closed by Close
	cutOnce  sync.Once
	memory   *memory.Memory // snapshots for stale rules
	sweeper  *sweeper
	group    sync.WaitGroup
	mu       sync.Mutex
	live     map[*conn]struct{}
	serving  map[io.Closer]struct{}
	draining bool
	tcp      atomic.Bool                // Serve was called with a TCP port
	wrapped  bool                       // Serve was called with a listener that wraps a TCP listener
	closed   atomic.Pointer[activeRule] // the rule for which the TCP port is closed; nil: it is open
	replaced []Replacement              // objects that the proxy itself wrote
	cutting  map[Window]bool            // windows whose timer has been started
}

// New makes a proxy. It does not listen yet: call Serve. The error matches ErrRule if a rule is
// invalid.
func New(cfg Config) (*Proxy, error) {
	if cfg.Upstream == "" {
		return nil, errors.New("faultproxy: Config.Upstream is empty")
	}
	if cfg.Dial == nil {
		cfg.Dial = new(net.Dialer).DialContext
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	scheme := "http"
	if cfg.TLS != nil {
		scheme = "https"
	}
	p := &Proxy{
		cfg:       cfg,
		journal:   journal.NewWriter(cfg.JournalLimit, scheme),
		hosts:     s3api.NewHosts(cfg.Hosts...),
		tracker:   identity.NewTracker(cfg.JournalLimit),
		dials:     identity.NewTracker(cfg.JournalLimit),
		sends:     identity.NewTracker(cfg.JournalLimit),
		clockRuns: make(chan struct{}),
		failed:    make(chan struct{}),
		closing:   make(chan struct{}),
		cut:       make(chan struct{}),
		live:      map[*conn]struct{}{},
		serving:   map[io.Closer]struct{}{},
		cutting:   map[Window]bool{},
	}
	p.sweeper = newSweeper(p)
	p.tcp.Store(cfg.TCP)
	p.rules, _ = newRuleSet(cfg.Seed, nil) // never fails without rules
	p.rules.check = p.checkRule
	if err := p.rules.Replace(cfg.Rules); err != nil {
		return nil, fmt.Errorf("faultproxy: %w", err)
	}
	p.rules.clock = p.now
	p.rules.changed = p.cutPools
	p.memory = memory.New(memory.Config{
		Dial: p.dialUpstream, Histories: p.rules.histories, Now: p.now,
		Logger: cfg.Logger,
	})
	return p, nil
}

// Journal returns the journal of the proxy.
func (p *Proxy) Journal() *Journal { return p.journal.Journal() }

// Rules returns the rules of the proxy, which can be changed while it runs.
func (p *Proxy) Rules() *RuleSet { return p.rules }

// Failed returns a channel that is closed when there are more exchanges than Config.MaxExchanges,
// or when the proxy has a defect. Err then returns the reason.
func (p *Proxy) Failed() <-chan struct{} { return p.failed }

// Err returns nil until Failed is closed. Its error matches ErrNoProgress, or ErrPanic if a
// goroutine of the proxy panicked, which is a defect of this package.
func (p *Proxy) Err() error {
	select {
	case <-p.failed:
		return p.failure
	default:
		return nil
	}
}

// fail records why the proxy has failed, and cuts all connections.
func (p *Proxy) fail(err error) {
	p.failOnce.Do(func() {
		p.failure = err
		close(p.failed)
		p.cutAll(journal.EndClosed, nil)
	})
}

// guard is deferred in every goroutine of the proxy: it turns a panic into a failure of the proxy,
// so that the process goes on.
func (p *Proxy) guard() {
	if r := recover(); r != nil {
		p.crashed(r)
	}
}

func (p *Proxy) crashed(reason any) {
	stack := debug.Stack()
	p.cfg.Logger.Error("panic", "reason", reason, "stack", string(stack))
	p.fail(fmt.Errorf("%w: %v\n%s", ErrPanic, reason, stack))
}

// Start returns the moment of scenario time zero, or the zero Time before it.
func (p *Proxy) Start() time.Time {
	if zero := p.zero.Load(); zero != nil {
		return *zero
	}
	return time.Time{}
}

// Started is closed when scenario time begins, which [Proxy.Start] then returns.
func (p *Proxy) Started() <-chan struct{} { return p.clockRuns }

// startClock makes the present moment scenario time zero, on its first call.
func (p *Proxy) startClock() {
	p.startOnce.Do(func() {
		now := time.Now()
		p.zero.Store(&now)
		p.journal.Start(now)
		close(p.clockRuns)
	})
}

// now returns the scenario time.
func (p *Proxy) now() time.Duration {
	start := p.zero.Load()
	if start == nil {
		return 0
	}
	return time.Since(*start)
}

// admit counts an exchange or a prevented connection. It reports whether the number is within the
// limit.
func (p *Proxy) admit() bool {
	n := p.exchanges.Add(1)
	if p.cfg.MaxExchanges == 0 || n <= int64(p.cfg.MaxExchanges) {
		return true
	}
	p.fail(fmt.Errorf("%w: more than %d exchanges", ErrNoProgress, p.cfg.MaxExchanges))
	return false
}
