// Package faulttest is a fault-injecting proxy for one test: [NewLab] starts it in front of a
// handler, [Lab.Rule] adds a fault, and [Lab.RequireFired] fails the test if a fault did not fire.
//
// A [Lab] has a network in memory, so that it needs no port. In a testing/synctest bubble it runs
// in virtual time. The Lab closes everything when the test ends. It stands beside package
// faultproxy as httptest stands beside net/http: the proxy itself does not import package testing.
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

// Lab is a proxy in front of a handler, both on a network in memory, for one test: in a
// testing/synctest bubble or outside. A rule that can never fire fails the test when it is added;
// rules that did not fire are logged when the test ends, and fail it where it calls
// Lab.RequireFired.
type Lab struct {
	tb      testing.TB
	proxy   *faultproxy.Proxy
	network *memnet.Network
	client  *http.Client
	url     string
	bubbled bool // it was made in a bubble
	tls     *tls.Config
}

// LabConfig is what a Lab may have beyond the usual. The zero value is what NewLab makes.
type LabConfig struct {
	// Seed is what everything random is drawn from: the same seed, the same faults. 0 is a seed
	// like any other.
	Seed uint64
	// Rules are there from the start, and are refused as Lab.Rule refuses; it adds more.
	Rules []faultproxy.Rule
	// TLS lets the proxy speak TLS, with an authority that Lab.HTTPClient trusts.
	TLS bool
	// MaxExchanges ends a client that retries without pause; 0: 100000.
	MaxExchanges int
}

// NewLab starts a proxy in front of a handler, such as a fake S3. It closes with the test. In a
// bubble it takes a virtual second to close, which http.Server needs.
func NewLab(tb testing.TB, handler http.Handler) *Lab {
	tb.Helper()
	return LabConfig{}.New(tb, handler)
}

// New is NewLab with this configuration.
func (cfg LabConfig) New(tb testing.TB, handler http.Handler) *Lab {
	tb.Helper()
	l := &Lab{tb: tb, network: memnet.New(), url: "http://" + labHost, bubbled: inBubble()}
	port := ":80"
	var authority *faultproxy.Authority
	if cfg.TLS {
		var err error
		if authority, err = faultproxy.NewAuthority(labHost, "*."+labHost); err != nil {
			tb.Fatal(err)
		}
		l.url, port = "https://"+labHost, ":443"
	}
	if cfg.MaxExchanges == 0 {
		cfg.MaxExchanges = 100_000
	}
	var err error
	l.proxy, err = faultproxy.New(faultproxy.Config{
		Upstream: labUpstream, Dial: l.network.DialContext, Seed: cfg.Seed, Rules: cfg.Rules, Hosts: []string{labHost},
		Digest: true, IdentityLatency: inBubble(), TLS: authority, MaxExchanges: cfg.MaxExchanges,
	})
	if err != nil {
		tb.Fatalf("lab: %v", err)
	}
	l.refuseUnreachable(cfg.Rules, 0)
	server := &http.Server{Handler: handler}
	served := make(chan error, 3)
	serve := func(serve func(net.Listener) error, addr string) {
		listener, err := l.network.Listen(addr)
		if err != nil {
			tb.Fatal(err)
		}
		go func() { served <- serve(listener) }()
	}
	serve(server.Serve, labUpstream)
	serve(l.proxy.Serve, labHost+port)
	serve(l.proxy.Serve, "*."+labHost+port)

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
		for range 3 {
			if err := <-served; !errors.Is(err, faultproxy.ErrClosed) && !errors.Is(err, http.ErrServerClosed) {
				tb.Errorf("lab: %v", err)
			}
		}
		if inBubble() {
			time.Sleep(time.Second) // http.Server lingers
		}
		if err := l.proxy.Err(); err != nil {
			tb.Errorf("lab: %v", err)
		}
		if silent := l.unfired(); silent != "" {
			tb.Logf("lab: rules that did not fire, which Lab.RequireFired makes a failure:\n%s", silent)
		}
	})
	return l
}

// inBubble reports whether this is a testing/synctest bubble: its clock starts at midnight UTC of
// 2000-01-01.
func inBubble() bool { return time.Now().Year() < 2001 }

// ErrOtherBubble means that a lab made inside a testing/synctest bubble is used outside of it, or
// the other way round. The runtime would end the process, or the test would hang.
var ErrOtherBubble = errors.New("lab: made on one side of a synctest bubble and used on the other: " +
	"make the lab, with the bubble's t, where its client is used")

// crossed is ErrOtherBubble on the other side of a bubble's edge, else nil.
func (l *Lab) crossed() error {
	if inBubble() != l.bubbled {
		return ErrOtherBubble
	}
	return nil
}

// guard refuses requests from the other side of a bubble's edge.
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

// Wrap returns a transport of one's own as one that the lab can follow: its requests keep their
// order in virtual time and carry the step of their context. The transport must reach the lab by
// [Lab.DialContext].
func (l *Lab) Wrap(base http.RoundTripper) http.RoundTripper {
	return &guard{l, &faultproxy.Transport{Base: base, Proxy: l.proxy}}
}

// DialContext connects to the lab, with the faults of its rules on the way.
func (l *Lab) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	if err := l.crossed(); err != nil {
		return nil, err
	}
	return l.dial(ctx, network, addr)
}

// TLSClientConfig returns what a client with a transport of its own needs to trust the lab; nil
// without TLS.
func (l *Lab) TLSClientConfig() *tls.Config { return l.tls.Clone() }

// dial is the network's, with the proxy's faults on the way to the proxy only.
func (l *Lab) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if err := l.proxy.OnDial(ctx, network, addr); err != nil {
		return nil, err
	}
	return l.network.DialContext(ctx, network, addr)
}

// HTTPClient reaches the proxy by [Lab.URL], and below it virtual-hosted buckets. Its transport
// tells the proxy the step in a request's context; see [faultproxy.WithStep].
func (l *Lab) HTTPClient() *http.Client { return l.client }

// URL is the endpoint.
func (l *Lab) URL() string { return l.url }

// Journal is what the proxy saw.
func (l *Lab) Journal() *faultproxy.Journal { return l.proxy.Journal() }

// Proxy is the proxy itself.
func (l *Lab) Proxy() *faultproxy.Proxy { return l.proxy }

// Network is the network in memory, to dial the proxy without HTTPClient: "s3.test:80", or ":443"
// with TLS.
func (l *Lab) Network() *memnet.Network { return l.network }
