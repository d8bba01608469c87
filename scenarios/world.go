package scenarios

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/scenarios/script"
	"github.com/s3chaos/s3chaos/scenarios/seeds"
)

// region is the region that every client signs for.
const region = "us-east-1"

// maxExchanges is the number of exchanges after which a drill ends. A client that retries without a
// wait would otherwise run forever, because virtual time stands still.
const maxExchanges = 20_000

// headTimeout is how long a request's head may take, as in `chaos serve`.
const headTimeout = time.Minute

// exchangesForEach is the number of exchanges that each step of a load adds to maxExchanges.
const exchangesForEach = 20

// plannedByLoads returns how many steps the loads of a scenario take at most.
func plannedByLoads(s *Scenario) int {
	planned := 0
	s.EachStep(func(step *script.Step) {
		if step.Load != nil {
			steps, _ := step.Load.Planned()
			planned += steps
		}
	})
	return planned
}

// A network connects the parts of a world, in memory or over loopback.
type network interface {
	// listen opens the address of a server.
	listen(name string) (net.Listener, error)
	// dial connects to the address of a server.
	dial(ctx context.Context, network, addr string) (net.Conn, error)
}

// A world is everything that a drill needs besides its client: a fake S3 with its objects, the
// proxy with the faults in front of it, and the network.
type world struct {
	scenario *Scenario
	seed     uint64
	start    time.Time
	prefix   string // of the client's keys

	fake      *fakes3.Server
	keys      *keyring
	keyServer *http.Server // gives a program its credentials; nil: the environment does
	server    *http.Server
	proxy     *faultproxy.Proxy
	dial      func(ctx context.Context, network, addr string) (net.Conn, error) // how clients connect to the proxy
	transport *http.Transport
	endpoint  string
	tls       bool
	authority *faultproxy.Authority // nil for plain HTTP

	virtualHosted bool        // clients put the bucket into the host name
	hosts         string      // the file with host names for programs; empty: the system's
	slow          bool        // back-offs may be as long as the program likes
	partSize      script.Size // that the client is to use; 0: as it likes
	address       string      // of the proxy, for connections

	workdir string                   // the value of ${workdir}
	place   func(name string) string // the value of each placeholder
	files   map[string][]byte        // the files that the scenario declares, by path

	changes *changes
	breaks  *breaks
	holds   *holds
	rules   *rules

	over    chan struct{}  // closed with the world, after which no attempt of a call goes on
	opened  []net.Listener // closed with the world
	serving []chan error

	latencyInProxy bool
	mu             sync.Mutex
	transports     []*faultproxy.Transport // the transports of all clients
}

// exchangesOf returns the number of exchanges after which the drill ends: for a foreign client a
// multiple of the requests that the file allows.
func (o *Options) exchangesOf(s *Scenario) int {
	const endless = 20 // times as many requests as a client may send
	if c := s.Conformance; c != nil && o.other {
		if allowed, ok := c.Requests.Max(); ok {
			return min(maxExchanges, endless*max(1, allowed))
		}
	}
	return cmp.Or(o.Exchanges, maxExchanges) + exchangesForEach*plannedByLoads(s)
}

// newWorld builds a world and stores the files and objects of the scenario. An error means that the
// harness failed, not the client.
func newWorld(s *Scenario, o *Options, seed uint64, dir string) (*world, error) {
	w := &world{
		scenario: s, seed: seed, workdir: dir, files: make(map[string][]byte), tls: o.TLS || speaksTLS(s),
		over:          make(chan struct{}),
		virtualHosted: o.Style == VirtualStyle, partSize: o.partSize, slow: o.Slow,
	}
	front, back := networks(o.clock(s))
	listeners, err := w.listen(front, back)
	if err == nil {
		err = w.resolve()
	}
	if err != nil {
		return w, fmt.Errorf("open the world: %w", err)
	}
	if b := w.scenario.Client.Builtin; b != nil && b.Prefix != "" && !o.adapted() {
		w.prefix = strings.TrimSuffix(b.Prefix, "/") + "/"
	}
	if err := w.seedFiles(); err != nil {
		return w, err
	}
	if w.virtualHosted && o.foreign != nil && !resolvesNames() {
		w.hosts = w.scratch("hosts")
		if err := os.WriteFile(w.hosts, w.hostsFile(), 0o600); err != nil {
			return w, err
		}
	}
	options := seeds.Options(w.scenario)
	options.Credentials = &fakes3.Credentials{AccessKey: accessKey, SecretKey: secretKey}
	options.AllowUnsigned, options.HideSigned = !w.scenario.Authenticates(), true
	options.BaseHosts = w.bases()
	if w.tls {
		options.Scheme = "https"
	}
	w.fake = fakes3.NewWith(options)
	w.keys = newKeyring(w.scenario, w.fake)
	if err := seeds.Fill(w.fake, w.scenario, w.seed); err != nil {
		return w, err
	}
	if err := w.open(front, back, listeners, o); err != nil {
		return w, fmt.Errorf("open the world: %w", err)
	}
	return w, nil
}

func (w *world) seedFiles() error {
	for _, f := range w.scenario.Files {
		content := f.Bytes(w.seed)
		path := filepath.Join(w.workdir, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if f.LinkTo == "" {
			w.files[f.Path] = content
		}
		if err := makeFile(path, &f, content); err != nil {
			return err
		}
	}
	return nil
}

// makeFile makes a declared file, or a symbolic link.
func makeFile(path string, f *script.File, content []byte) error {
	if f.LinkTo != "" {
		return os.Symlink(filepath.FromSlash(f.LinkTo), path)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil || f.Mode == 0 {
		return err
	}
	return os.Chmod(path, f.Mode.OS())
}

// scratch returns the path of a file for the runner, which the scenario's files do not use.
func (w *world) scratch(name string) string { return filepath.Join(w.workdir, ".s3chaos-"+name) }

// open starts the fake S3 and the proxy in front of it, and connects the client's transport to the
// proxy.
func (w *world) open(front, back network, listeners listeners, o *Options) (err error) {
	var handler http.Handler = w.fake
	if o.WrapUpstream != nil {
		handler = o.WrapUpstream(handler)
	}
	w.changes, w.holds = newChanges(w), newHolds(w.scenario)
	if w.scenario.Client.Run != nil && len(w.changes.list) > 0 {
		handler = w.changes.handler(handler)
	}
	dial := back.dial
	w.breaks = newBreaks(w)
	if len(w.breaks.list) > 0 {
		handler, dial = w.breaks.handler(handler), w.breaks.dial(dial)
	}
	w.server = &http.Server{Handler: handler, ErrorLog: silent}
	w.serve(func() error { return w.server.Serve(listeners.fake) })

	w.latencyInProxy = o.latencyInProxy
	virtual := o.clock(w.scenario) == Virtual
	w.proxy, err = faultproxy.New(faultproxy.Config{
		Upstream:        listeners.fake.Addr().String(),
		Dial:            dial,
		Seed:            w.seed,
		Rules:           w.scenario.Rules(),
		Digest:          w.scenario.Proxy.HasDigests() || o.other, // another client may delete in another way
		IdentityLatency: virtual && !o.withoutLatency,
		MaxExchanges:    o.exchangesOf(w.scenario),
		StartOnArrival:  w.scenario.Client.Run != nil || o.adapted(),
		TLS:             w.authority,
		HeadTimeout:     headTimeout,
		Hosts:           w.bases(),
		Held:            w.holds.held,
	})
	if err != nil {
		return err
	}
	w.rules = newRules(w.scenario, w.proxy)
	w.start = time.Now()
	w.serve(func() error { return w.proxy.Serve(listeners.proxy) })
	w.dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if !virtual { // the operating system may refuse; this tells the proxy
			conn, err := front.dial(ctx, network, w.dialed(addr))
			w.proxy.Dialed(ctx, err)
			return conn, err
		}
		if err := w.proxy.OnDial(ctx, network, addr); err != nil {
			return nil, err
		}
		return front.dial(ctx, network, w.dialed(addr))
	}
	w.transport = &http.Transport{
		DialContext:         w.dial,
		DisableCompression:  true,
		MaxIdleConnsPerHost: 64,
	}
	if w.authority != nil {
		w.transport.TLSClientConfig = w.authority.ClientConfig()
	}
	return nil
}

// serve runs a server until close ends it.
func (w *world) serve(run func() error) {
	done := make(chan error, 1)
	w.serving = append(w.serving, done)
	go func() { done <- run() }()
}

// httpClient returns the HTTP client with which the drilled client sends its requests.
func (w *world) httpClient() *http.Client {
	return &http.Client{Transport: w.wrap(w.transport)}
}

// wrap returns a transport that sends with base and announces each request to the proxy. close
// closes its idle connections.
func (w *world) wrap(base http.RoundTripper) http.RoundTripper {
	t := &faultproxy.Transport{Base: base}
	if !w.latencyInProxy {
		t.Proxy = w.proxy
	}
	w.mu.Lock()
	w.transports = append(w.transports, t)
	w.mu.Unlock()
	if len(w.changes.list) == 0 {
		return t
	}
	return &changingTransport{t, w.changes}
}

// now returns the scenario time.
func (w *world) now() time.Duration { return time.Since(w.start) }

// proxyNow returns the scenario time of a program, which begins with its first request.
func (w *world) proxyNow() time.Duration { return time.Since(w.proxy.Start()) }

// cut ends every connection at once.
func (w *world) cut() error {
	if w.proxy == nil {
		return nil
	}
	return w.proxy.Close()
}

// close ends the world: first idle connections, then the proxy, then the fake S3. It cuts the
// connections that a client still holds open.
func (w *world) close() error {
	close(w.over)
	w.mu.Lock()
	transports := w.transports
	w.mu.Unlock()
	for _, t := range transports {
		t.CloseIdleConnections()
	}
	err := w.cut()
	for _, server := range []*http.Server{w.server, w.keyServer} {
		if server != nil {
			err = errors.Join(err, server.Close())
		}
	}
	for _, done := range w.serving {
		if ended := <-done; ended != nil && !errors.Is(ended, http.ErrServerClosed) &&
			!errors.Is(ended, faultproxy.ErrClosed) {
			err = errors.Join(err, ended)
		}
	}
	w.serving = nil
	for _, l := range w.opened {
		l.Close() // its server has closed it, or no server has used it
	}
	return err
}
