package main

// Opening the ports of serve, and closing them again.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/control"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/faultproxy/memnet"
	"github.com/s3chaos/s3chaos/scenarios/seeds"
)

// server is a proxy on a port, with its fake S3, its control API and its files.
type server struct {
	plan     *servePlan
	stderr   io.Writer
	warnings *warningLog
	proxy    *faultproxy.Proxy
	listener net.Listener
	caFile   string // "": plain HTTP

	resetObjects func() error // of the fake S3; nil: a real upstream

	api         *control.Handler // nil: no control API
	apiServer   *http.Server
	apiListener net.Listener

	closers []func() error // close calls the last one first
}

// headTimeout is how long a client may take to send a request's head.
const headTimeout = time.Minute

// start opens the ports. After an error nothing is left open.
func (p *servePlan) start(ctx context.Context, stderr io.Writer) (_ *server, err error) {
	stderr = &lockedWriter{w: stderr}
	s := &server{plan: p, stderr: stderr, warnings: newWarningLog(stderr)}
	defer func() {
		if err != nil {
			_ = s.close() // the first error tells more
		}
	}()
	if s.listener, err = listen(ctx, p.listen); err != nil {
		return nil, fmt.Errorf("--listen: %w", err)
	}
	s.onClose(ignoreClosed(s.listener.Close))
	if err := s.resolve(); err != nil {
		return nil, err
	}
	cfg := faultproxy.Config{
		Seed: p.seed, Rules: p.rules, Digest: p.digest, JournalLimit: p.keep,
		UpstreamTLS: p.trust, Hosts: p.hosts, Logger: slog.New(s.warnings),
		HeadTimeout: headTimeout,
	}
	if p.tls {
		if cfg.TLS, err = s.certify(); err != nil {
			return nil, err
		}
	}
	if p.target != nil {
		cfg.Upstream = p.upstreamAddress()
	} else if cfg.Upstream, cfg.Dial, err = s.startFake(); err != nil {
		return nil, err
	}
	if s.proxy, err = faultproxy.New(cfg); err != nil {
		return nil, err
	}
	s.onClose(s.proxy.Close)
	if p.control != "" {
		if err := s.startControl(ctx); err != nil {
			return nil, err
		}
	}
	if p.tls { // last, so that no failure leaves a file
		if err := s.publish(cfg.TLS); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// startFake serves the fake S3 on a network in memory, so that no client can bypass the proxy.
func (s *server) startFake() (addr string, dial func(context.Context, string, string) (net.Conn, error), err error) {
	options := s.plan.fakeOptions()
	var now atomic.Pointer[fakes3.Server] // ends with its objects: a reset puts another one in its place
	s.resetObjects = func() error {
		fake := fakes3.NewWith(options)
		if err := s.plan.seedObjects(fake); err != nil {
			return err
		}
		now.Store(fake)
		return nil
	}
	if err := s.resetObjects(); err != nil {
		return "", nil, err
	}
	fake := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { now.Load().ServeHTTP(w, r) })
	network := memnet.New()
	const name = "s3:80"
	l, err := network.Listen(name)
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: fake, ErrorLog: log.New(io.Discard, "", 0)} // faults break its connections
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // returns when close closes the server
	}()
	s.onClose(func() error {
		err := server.Close()
		<-done
		return err
	})
	return name, network.DialContext, nil
}

// fakeOptions returns the options of the fake S3, with those that the scenario declares.
func (p *servePlan) fakeOptions() fakes3.Options {
	var options fakes3.Options
	auth := p.auth
	if p.script != nil {
		options = seeds.Options(p.script)
		auth = auth || p.script.Authenticates()
	}
	options.DiscardHistory, options.Scheme = true, p.scheme()
	options.BaseHosts = append(slices.Clone(p.hosts), "localhost")
	if auth || options.Region != "" || options.ClockOffset != 0 {
		options.Credentials = &fakes3.Credentials{AccessKey: serveAccessKey, SecretKey: serveSecretKey}
		options.AllowUnsigned = !auth
	}
	if auth && options.Region == "" {
		options.Region = serveRegion
	}
	return options
}

// seedObjects makes the buckets and objects of the scenario.
func (p *servePlan) seedObjects(fake *fakes3.Server) error {
	if p.script == nil {
		return nil
	}
	return seeds.Fill(fake, p.script, p.seed)
}

func (s *server) startControl(ctx context.Context) error {
	var err error
	if s.api, err = control.New(control.Config{
		Proxy: s.proxy, Token: s.plan.token, ResetObjects: s.resetObjects,
	}); err != nil {
		return err
	}
	s.onClose(s.api.Close)
	if s.apiListener, err = listen(ctx, s.plan.control); err != nil {
		return fmt.Errorf("--control: %w", err)
	}
	s.onClose(ignoreClosed(s.apiListener.Close))
	s.apiServer = &http.Server{
		Handler: s.api, ErrorLog: log.New(io.Discard, "", 0), // the response tells the client
		ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
	return nil
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "tcp", addr)
}

// url returns the URL of the listener for clients on this machine.
func (s *server) url() string {
	return s.plan.scheme() + "://" + reachable(s.listener)
}

func (p *servePlan) scheme() string {
	if p.tls {
		return "https"
	}
	return "http"
}

// reachable returns the address that a client on this machine dials: loopback, if the listener is
// on all interfaces.
func reachable(l net.Listener) string {
	host, port, err := net.SplitHostPort(l.Addr().String())
	if ip := net.ParseIP(host); err == nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return l.Addr().String()
}

func (s *server) onClose(f func() error) { s.closers = append(s.closers, f) }

func (s *server) close() error {
	var wrong []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		wrong = append(wrong, s.closers[i]())
	}
	s.closers = nil
	return errors.Join(wrong...)
}

// ignoreClosed returns f without the error of a second close: a server closes its listener too.
func ignoreClosed(f func() error) func() error {
	return func() error {
		if err := f(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	}
}
