package scenarios

import (
	"bytes"
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
)

// What every client is given to sign with. The fake S3 takes any signature.
const (
	accessKey = "AKIAS3CHAOSDRILL0000"
	secretKey = "s3chaos-drill-secret"
	region    = "us-east-1"
)

// maxExchanges ends a drill whose client retries without ever waiting: virtual time would stand
// still.
const maxExchanges = 20_000

// A network is where a world lives: in memory or on loopback.
type network interface {
	// listen opens a server's address.
	listen(name string) (net.Listener, error)
	// dial reaches it.
	dial(ctx context.Context, network, addr string) (net.Conn, error)
}

// A world is all that a drill needs beside its client: a fake S3 with its objects, the proxy with
// the faults before it, and a way to reach it.
type world struct {
	scenario *Scenario
	seed     uint64
	start    time.Time
	prefix   string // of the client's keys

	fake      *fakes3.Server
	server    *http.Server
	proxy     *faultproxy.Proxy
	dial      func(ctx context.Context, network, addr string) (net.Conn, error) // what clients reach the proxy with
	transport *http.Transport
	endpoint  string
	authority *faultproxy.Authority // nil: plain HTTP

	workdir string            // what the scenario calls ${workdir}
	files   map[string][]byte // declared, by path

	opened  []net.Listener // closed with the world
	serving []chan error

	latencyInProxy bool
	mu             sync.Mutex
	transports     []*faultproxy.Transport // all that clients send with
}

// newWorld builds it and puts everything in its place. An error says that the harness broke, never
// the client.
func newWorld(s *Scenario, o *Options, seed uint64, dir string) (*world, error) {
	w := &world{scenario: s, seed: seed, workdir: dir, files: make(map[string][]byte)}
	front, back := networks(o.clock(s))
	listeners, err := w.listen(front, back)
	if err == nil {
		err = w.resolve()
	}
	if err != nil {
		return w, fmt.Errorf("open the world: %w", err)
	}
	if b := w.scenario.Client.Builtin; b != nil && b.Prefix != "" {
		w.prefix = strings.TrimSuffix(b.Prefix, "/") + "/"
	}
	if err := w.seedFiles(); err != nil {
		return w, err
	}
	if err := w.seedObjects(); err != nil {
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
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return err
		}
		w.files[f.Path] = content
	}
	return nil
}

// scratch is a file of the runner's own, beside those that the scenario names.
func (w *world) scratch(name string) string { return filepath.Join(w.workdir, ".s3chaos-"+name) }

// seedObjects fills the buckets, and looks whether the fake S3 gives back what it was given: what
// is wrong before any fault is no client's fault.
func (w *world) seedObjects() error {
	w.fake = fakes3.NewWith(fakes3.WithCredentials(accessKey, secretKey))
	for _, bucket := range w.scenario.Buckets {
		if err := w.fake.CreateBucket(bucket); err != nil {
			return fmt.Errorf("create bucket %s: %w", bucket, err)
		}
	}
	for _, o := range w.scenario.Objects {
		content := o.Bytes(w.seed)
		if err := w.fake.Put(o.Bucket, o.Key, content); err != nil {
			return fmt.Errorf("put object %s/%s: %w", o.Bucket, o.Key, err)
		}
		if got, ok := w.fake.Object(o.Bucket, o.Key); !ok || !bytes.Equal(got.Content, content) {
			return fmt.Errorf("put object %s/%s: the fake S3 holds something else", o.Bucket, o.Key)
		}
	}
	return nil
}

// open starts the servers, the proxy before the fake, and connects the client's transport to the
// proxy.
func (w *world) open(front, back network, listeners listeners, o *Options) (err error) {
	var handler http.Handler = w.fake
	if o.WrapUpstream != nil {
		handler = o.WrapUpstream(handler)
	}
	w.server = &http.Server{Handler: handler, ErrorLog: silent}
	w.serve(func() error { return w.server.Serve(listeners.fake) })

	w.latencyInProxy = o.latencyInProxy
	virtual := o.clock(w.scenario) == Virtual
	w.proxy, err = faultproxy.New(faultproxy.Config{
		Upstream:        listeners.fake.Addr().String(),
		Dial:            back.dial,
		Seed:            w.seed,
		Rules:           w.scenario.Rules(),
		Digest:          true,
		IdentityLatency: virtual && !o.withoutLatency,
		MaxExchanges:    maxExchanges,
		StartOnArrival:  w.scenario.Client.Run != nil,
		TLS:             w.authority,
	})
	if err != nil {
		return err
	}
	w.start = time.Now()
	w.serve(func() error { return w.proxy.Serve(listeners.proxy) })
	w.dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if !virtual { // the operating system refuses: the proxy learns of it here
			conn, err := front.dial(ctx, network, addr)
			w.proxy.Dialed(ctx, err)
			return conn, err
		}
		if err := w.proxy.OnDial(ctx, network, addr); err != nil {
			return nil, err
		}
		return front.dial(ctx, network, addr)
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

// serve runs a server until close.
func (w *world) serve(run func() error) {
	done := make(chan error, 1)
	w.serving = append(w.serving, done)
	go func() { done <- run() }()
}

// httpClient is what the drilled client sends its requests with.
func (w *world) httpClient() *http.Client {
	return &http.Client{Transport: w.wrap(w.transport)}
}

// wrap lets a client's transport tell the proxy of its requests, and closes its idle connections
// with the world.
func (w *world) wrap(base http.RoundTripper) http.RoundTripper {
	t := &faultproxy.Transport{Base: base}
	if !w.latencyInProxy {
		t.Proxy = w.proxy
	}
	w.mu.Lock()
	w.transports = append(w.transports, t)
	w.mu.Unlock()
	return t
}

// now is the scenario time.
func (w *world) now() time.Duration { return time.Since(w.start) }

// cut ends every connection at once.
func (w *world) cut() error {
	if w.proxy == nil {
		return nil
	}
	return w.proxy.Close()
}

// close ends the world: idle connections, then the proxy, then the fake S3. What a client still
// holds open is cut.
func (w *world) close() error {
	w.mu.Lock()
	transports := w.transports
	w.mu.Unlock()
	for _, t := range transports {
		t.CloseIdleConnections()
	}
	err := w.cut()
	if w.server != nil {
		err = errors.Join(err, w.server.Close())
	}
	for _, done := range w.serving {
		if ended := <-done; ended != nil && !errors.Is(ended, http.ErrServerClosed) &&
			!errors.Is(ended, faultproxy.ErrClosed) {
			err = errors.Join(err, ended)
		}
	}
	w.serving = nil
	for _, l := range w.opened {
		l.Close() // its server has closed it, or it was never served
	}
	return err
}
