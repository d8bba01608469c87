// Package faultproxy is a proxy in front of S3 that breaks things on purpose: [New] makes one for a
// port of its own, and faulttest.NewLab one for a test in this process.
//
// A client connection is a sequence of exchanges, and an exchange passes through phases: accept,
// request head, request body, upstream, response head, response body, idle. A [Rule] says which
// exchanges a [Fault] strikes, and the fault acts at a phase: before the upstream sees the request,
// in place of it, or on its answer. Heads go through byte for byte, so what was signed stays
// signed. The [Journal] holds a record of every exchange: an independent witness of the client.
//
//	lab := faulttest.NewLab(t, fakes3.New())
//	lab.Rule("PutObject", faultproxy.Times(2), faultproxy.Respond(503, "SlowDown"))
//	client := newMyClient(lab.HTTPClient(), lab.URL())
//	// … put an object, then:
//	require.Equal(t, 3, lab.Journal().Count("PutObject"))
//
// Everything random is drawn from a hash of the seed and the request's identity, never from a
// shared generator: in a testing/synctest bubble the same seed gives the same journal, whatever the
// scheduler does.
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

// Config is how a proxy is set up. Upstream is required; every other zero value works.
type Config struct {
	// Upstream is the address, host:port, that exchanges are forwarded to.
	Upstream string
	// Dial opens connections to the upstream; nil: a net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// UpstreamTLS is the configuration for TLS to the upstream; nil: plain HTTP.
	UpstreamTLS *tls.Config
	// Seed is what everything random is drawn from: the same seed, the same draws. 0 is a seed like
	// any other.
	Seed uint64
	// Rules are the faults; the first that matches a request wins.
	Rules []Rule
	// Hosts are the endpoint's own names: a request to BUCKET.NAME is virtual-hosted.
	Hosts []string
	// Digest adds the SHA-256 of decoded bodies to the journal.
	Digest bool
	// IdentityLatency delays every exchange and every failing dial by less than a millisecond,
	// drawn from its identity, so that the order of what arrives at one instant is not the
	// scheduler's. For virtual time only.
	IdentityLatency bool
	// TLS makes the proxy speak TLS with certificates of this authority; nil: plain HTTP.
	TLS *Authority
	// Logger is told what a journal has no place for; nil: nobody.
	Logger *slog.Logger
	// MaxExchanges is how many exchanges and prevented connections there may be; beyond, Failed
	// closes and everything is cut. 0: no limit.
	MaxExchanges int
	// JournalLimit is how many records the journal keeps, the last ones; 0: all.
	JournalLimit int
	// StartOnArrival makes the first arrival scenario time zero; otherwise it is the call of Serve
	// or OnDial.
	StartOnArrival bool
}

// Proxy is a fault-injecting proxy. Its methods may be called at any time from any goroutine.
type Proxy struct {
	cfg     Config
	rules   *RuleSet
	journal journal.Writer
	hosts   *s3api.Hosts
	tracker *identity.Tracker
	dials   *identity.Tracker // draws of connection faults
	sends   *identity.Tracker // identity latencies of [Transport]

	startOnce sync.Once
	clockRuns chan struct{} // closed at scenario time zero
	zero      atomic.Pointer[time.Time]
	exchanges atomic.Int64
	conns     atomic.Int64 // connections so far
	unordered atomic.Int64 // requests that took their place on arrival
	failed    chan struct{}
	failOnce  sync.Once
	failure   error // valid once failed is closed

	closing  chan struct{} // closed by Shutdown and Close
	cut      chan struct{} // closed by Close
	cutOnce  sync.Once
	memory   *memory.Memory // for stale rules
	sweeper  *sweeper
	group    sync.WaitGroup
	mu       sync.Mutex
	live     map[*conn]struct{}
	serving  map[io.Closer]struct{}
	draining bool
	tcp      atomic.Bool                // a listener is a TCP port
	wrapped  bool                       // and within another listener
	closed   atomic.Pointer[activeRule] // the one that a TCP port is closed for; nil: none
	cutting  map[Window]bool            // outages that have their timer
}

// New makes a proxy. It listens to nothing yet: see Serve.
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
	p.rules, _ = newRuleSet(cfg.Seed, nil) // nothing to be wrong
	p.rules.check = p.checkRule
	if err := p.rules.Replace(cfg.Rules); err != nil {
		return nil, fmt.Errorf("faultproxy: %w", err)
	}
	p.rules.changed = p.cutPools
	p.memory = memory.New(memory.Config{Dial: p.dialUpstream, Histories: p.rules.histories, Now: p.now, Logger: cfg.Logger})
	return p, nil
}

// Journal is the proxy's account of all exchanges.
func (p *Proxy) Journal() *Journal { return p.journal.Journal() }

// Rules is the rules and what became of them.
func (p *Proxy) Rules() *RuleSet { return p.rules }

// Failed is closed when there were more than Config.MaxExchanges, or the proxy itself broke; Err
// then says which.
func (p *Proxy) Failed() <-chan struct{} { return p.failed }

// Err is nil until Failed is closed. It then matches ErrNoProgress, or ErrPanic when a goroutine of
// the proxy's panicked: a mistake of this package.
func (p *Proxy) Err() error {
	select {
	case <-p.failed:
		return p.failure
	default:
		return nil
	}
}

// fail ends all connections there are, for a reason.
func (p *Proxy) fail(err error) {
	p.failOnce.Do(func() {
		p.failure = err
		close(p.failed)
		p.cutAll(journal.EndClosed, nil)
	})
}

// guard is deferred in every goroutine of the proxy: its panic is a failure, and the end of nobody
// else's process.
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

// Start is scenario time zero; the zero Time while it has not begun.
func (p *Proxy) Start() time.Time {
	if zero := p.zero.Load(); zero != nil {
		return *zero
	}
	return time.Time{}
}

// Started is closed when scenario time begins, which [Proxy.Start] then returns.
func (p *Proxy) Started() <-chan struct{} { return p.clockRuns }

// startClock makes now scenario time zero unless it has begun.
func (p *Proxy) startClock() {
	p.startOnce.Do(func() {
		now := time.Now()
		p.zero.Store(&now)
		p.journal.Start(now)
		close(p.clockRuns)
	})
}

// now is the scenario time.
func (p *Proxy) now() time.Duration {
	start := p.zero.Load()
	if start == nil {
		return 0
	}
	return time.Since(*start)
}

// admit counts an exchange or prevented connection and reports whether it is within the limit.
func (p *Proxy) admit() bool {
	n := p.exchanges.Add(1)
	if p.cfg.MaxExchanges == 0 || n <= int64(p.cfg.MaxExchanges) {
		return true
	}
	p.fail(fmt.Errorf("%w: more than %d exchanges", ErrNoProgress, p.cfg.MaxExchanges))
	return false
}
