// Package faulttest is a fault-injecting proxy for one Go test: [NewLab] starts it in front of a
// handler, [Lab.Rule] adds a fault, and [Lab.RequireFired] fails the test if a fault did not fire.
//
// A [Lab] has a network in memory, so it needs no port. In a testing/synctest bubble it runs in
// virtual time. The Lab closes everything when the test ends. It is a package of its own, as
// httptest is beside net/http, because the proxy itself must not import package testing.
//
//	lab := faulttest.NewLab(t, fakes3.New())
//	lab.Rule("PutObject", faultproxy.Times(2), faultproxy.Respond(503, "SlowDown"))
//	client := newMyClient(lab.HTTPClient(), lab.URL())
//	// … put an object, then:
//	require.Equal(t, 3, lab.Journal().Count("PutObject"))
package faulttest

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

const (
	labHost     = "s3.test"
	labUpstream = "upstream.test:80"
)

// Lab is a proxy in front of a handler for one test, both on a network in memory, or on TCP if its
// configuration says so. In memory it works inside and outside of a testing/synctest bubble. Adding
// a rule that can never fire fails the test. When the test ends, the Lab logs the rules that did
// not fire; Lab.RequireFired fails the test because of them.
type Lab struct {
	tb      testing.TB
	proxy   *faultproxy.Proxy
	network *memnet.Network // nil: TCP
	client  *http.Client
	url     string
	bubbled bool // the lab was made in a bubble
	tls     *tls.Config
}

// LabConfig configures a Lab. NewLab uses the zero value.
type LabConfig struct {
	// Seed determines all random numbers. 0 is as good as any other.
	Seed uint64
	// Rules are the initial rules, with the same checks as in Lab.Rule.
	Rules []faultproxy.Rule
	// TLS makes the proxy speak TLS, with an authority that Lab.HTTPClient trusts.
	TLS bool
	// TCP puts the lab on ports of the loopback interface, as NewTCPLab does. False means a network
	// in memory.
	TCP bool
	// MaxExchanges is how many exchanges the lab allows; 0: 100000. More fail the test: a client
	// that retries without a wait would go on for ever in virtual time.
	MaxExchanges int
}

// NewLab starts a proxy in front of a handler, such as a fake S3. It closes when the test ends. In
// a bubble, closing takes a virtual second, which http.Server needs.
func NewLab(tb testing.TB, handler http.Handler) *Lab {
	tb.Helper()
	return LabConfig{}.New(tb, handler)
}

// NewTCPLab is NewLab on TCP, for code that takes only a URL: [Lab.URL] is an address on the
// loopback interface, which any client reaches, also another program. It runs in real time, and
// fails the test in a bubble, where virtual time stands still while a goroutine waits for a socket.
//
// A rule that needs a network in memory, such as [faultproxy.DNS], fails the test.
func NewTCPLab(tb testing.TB, handler http.Handler) *Lab {
	tb.Helper()
	return LabConfig{TCP: true}.New(tb, handler)
}

// New starts a lab with this configuration, as NewLab does without one.
func (cfg LabConfig) New(tb testing.TB, handler http.Handler) *Lab {
	tb.Helper()
	l := &Lab{tb: tb, bubbled: inBubble()}
	place, err := cfg.place(l)
	if err != nil {
		tb.Fatalf("lab: %v", err)
	}
	tb.Cleanup(place.close) // also if the proxy cannot be made
	var authority *faultproxy.Authority
	if cfg.TLS {
		if authority, err = faultproxy.NewAuthority(place.names...); err != nil {
			tb.Fatal(err)
		}
	}
	if cfg.MaxExchanges == 0 {
		cfg.MaxExchanges = 100_000
	}
	l.proxy, err = faultproxy.New(faultproxy.Config{
		Upstream: place.upstream.Addr().String(), Dial: l.connect, Hosts: place.names[:1],
		Seed: cfg.Seed, Rules: cfg.Rules,
		Digest: true, IdentityLatency: inBubble(), TLS: authority, MaxExchanges: cfg.MaxExchanges, TCP: cfg.TCP,
	})
	if err != nil {
		tb.Fatalf("lab: %v", err)
	}
	l.refuseUnreachable(cfg.Rules, 0)
	server := &http.Server{Handler: handler}
	served := make(chan error, 1+len(place.proxy))
	go func() { served <- server.Serve(place.upstream) }()
	for _, listener := range place.proxy {
		go func() { served <- l.proxy.Serve(listener) }()
	}

	transport := &http.Transport{DialContext: l.DialContext}
	if cfg.TLS {
		l.tls = authority.ClientConfig()
		transport.TLSClientConfig = l.tls
	}
	l.client = &http.Client{Transport: &guard{l, &faultproxy.Transport{Base: transport, Proxy: l.proxy}}}
	tb.Cleanup(func() {
		if err := l.crossed(); err != nil {
			tb.Error(err)
			return
		}
		l.client.CloseIdleConnections()
		_ = l.proxy.Close()
		_ = server.Close()
		for range cap(served) {
			if err := <-served; !errors.Is(err, faultproxy.ErrClosed) && !errors.Is(err, http.ErrServerClosed) {
				tb.Errorf("lab: %v", err)
			}
		}
		if inBubble() {
			time.Sleep(time.Second) // http.Server needs up to a second to close
		}
		if err := l.proxy.Err(); err != nil {
			tb.Errorf("lab: %v", err)
		}
		if silent := l.unfired(); silent != "" {
			tb.Logf("lab: rules that did not fire (Lab.RequireFired fails because of them):\n%s", silent)
		}
	})
	return l
}

// inBubble reports whether the caller runs in a testing/synctest bubble, whose clock starts at
// 2000-01-01 00:00 UTC.
func inBubble() bool { return time.Now().Year() < 2001 }

// ErrOtherBubble means that a lab made inside a testing/synctest bubble is used outside of it, or
// the other way round. The runtime would end the process, or the test would hang.
var ErrOtherBubble = errors.New("lab: made on one side of a synctest bubble and used on the other: " +
	"make the lab, with the bubble's t, where its client is used")

// crossed returns ErrOtherBubble if the caller is in another bubble than the lab, or only one of
// them is in a bubble.
func (l *Lab) crossed() error {
	if inBubble() != l.bubbled {
		return ErrOtherBubble
	}
	return nil
}

// guard rejects requests from another bubble.
type guard struct {
	lab  *Lab
	next *faultproxy.Transport
}

func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := g.lab.crossed(); err != nil {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, err
	}
	return g.next.RoundTrip(req)
}

func (g *guard) CloseIdleConnections() {
	if g.lab.crossed() == nil {
		g.next.CloseIdleConnections()
	}
}

// Wrap returns a transport whose requests the lab can follow: they have an order in virtual time,
// and the step in their context. base must dial with [Lab.DialContext].
func (l *Lab) Wrap(base http.RoundTripper) http.RoundTripper {
	return &guard{l, &faultproxy.Transport{Base: base, Proxy: l.proxy}}
}

// DialContext dials the lab. The rules for connections act on the dial.
func (l *Lab) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	if err := l.crossed(); err != nil {
		return nil, err
	}
	return l.dial(ctx, network, addr)
}

// TLSClientConfig returns the configuration with which a client trusts the lab, or nil without TLS.
func (l *Lab) TLSClientConfig() *tls.Config { return l.tls.Clone() }

// dial dials on the network. The rules act on dials to the proxy, not on those to the upstream.
func (l *Lab) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if err := l.proxy.OnDial(ctx, network, addr); err != nil {
		return nil, err
	}
	return l.connect(ctx, network, addr)
}

// connect dials on the network without regard to rules.
func (l *Lab) connect(ctx context.Context, network, addr string) (net.Conn, error) {
	if l.network == nil {
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	return l.network.DialContext(ctx, network, addr)
}

// HTTPClient returns a client that reaches the proxy at [Lab.URL], and virtual-hosted buckets below
// it. Its transport tells the proxy the step in a request's context: see [faultproxy.WithStep].
func (l *Lab) HTTPClient() *http.Client { return l.client }

// URL returns the URL of the endpoint.
func (l *Lab) URL() string { return l.url }

// Journal returns the journal of the proxy. A record is completed just after the client has the
// last byte of the response: in a bubble, call synctest.Wait before you read records. Counts of
// arrivals need no wait.
func (l *Lab) Journal() *faultproxy.Journal { return l.proxy.Journal() }

// Proxy returns the proxy.
func (l *Lab) Proxy() *faultproxy.Proxy { return l.proxy }

// Network returns the network in memory, to dial the proxy without HTTPClient, at "s3.test:80", or
// at ":443" with TLS. It is nil on TCP.
func (l *Lab) Network() *memnet.Network { return l.network }
