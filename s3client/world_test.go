package s3client_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/faultproxy/memnet"
	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

// world is a client, a fake S3 that can misbehave, and the network between them, in memory and
// under virtual time.
type world struct {
	*testing.T
	fake   *fakes3.Server
	client *s3client.Client
	dir    string
	logs   *bytes.Buffer

	network *memnet.Network

	mu       sync.Mutex
	faults   []fault
	sends    []send
	attempts []s3client.Attempt
}

const (
	accessKey = "AKIAQ3EXAMPLEKEY0001"
	secretKey = "c2VjcmV0/a2V5+ZXhhbXBsZTAwMDAwMDAwMDAwMDAw"
)

// send is a request that arrived at the server.
type send struct {
	operation string
	at        time.Duration
	header    http.Header
	query     string
	path      string
	host      string
	length    int64
}

// fault replaces the answer to a request it matches.
type fault struct {
	operation string
	skip      int // so many matches pass first
	times     int // then so many are hit; 0: all
	act       action
}

type action func(w http.ResponseWriter, r *http.Request, upstream http.Handler)

// in runs test in a bubble with a world made for config.
func in(t *testing.T, config s3client.Config, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		credentials := &fakes3.Credentials{AccessKey: accessKey, SecretKey: secretKey}
		w := &world{
			T: t, fake: fakes3.NewWith(fakes3.Options{MinPartSize: -1, Credentials: credentials}),
			dir: t.TempDir(), logs: new(bytes.Buffer),
		}
		require.NoError(t, w.fake.CreateBucket("demo"))
		start := time.Now()
		network := memnet.New()
		listener, err := network.Listen("s3.test:80")
		require.NoError(t, err)
		server := &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			operation := operationOf(r)
			w.mu.Lock()
			w.sends = append(w.sends, send{
				operation: operation, at: time.Since(start), header: r.Header.Clone(), length: r.ContentLength,
				host: r.Host, path: r.URL.EscapedPath(), query: r.URL.RawQuery,
			})
			act := w.faultFor(operation)
			w.mu.Unlock()
			if act == nil {
				w.fake.ServeHTTP(rw, r)
				return
			}
			act(rw, r, w.fake)
		})}
		served := make(chan struct{})
		go func() {
			defer close(served)
			_ = server.Serve(listener)
		}()
		dial := func(ctx context.Context, kind, addr string) (net.Conn, error) {
			if strings.HasSuffix(strings.ToLower(addr), ".s3.test:80") {
				addr = "s3.test:80" // every host of the domain is this server
			}
			return network.DialContext(ctx, kind, addr)
		}
		transport := &http.Transport{MaxIdleConnsPerHost: 16, DialContext: dial}

		config.Endpoint, config.Bucket = "http://s3.test", "demo"
		if config.Credentials == nil {
			config.AccessKey, config.SecretKey = accessKey, secretKey
		}
		bodies := &bodyCount{base: transport}
		if config.HTTPClient == nil {
			config.HTTPClient = &http.Client{}
		}
		config.HTTPClient.Transport = bodies
		if config.Retry == nil {
			config.Retry = policy(nil)
		}
		if config.Logger == nil {
			config.Logger = slog.New(slog.NewJSONHandler(w.logs, nil))
		}
		config.Observer = s3client.ObserverFunc(func(_ context.Context, a s3client.Attempt) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.attempts = append(w.attempts, a)
		})
		client, err := s3client.New(config)
		require.NoError(t, err)
		w.client, w.network = client, network

		defer func() { // also where test fails, or the bubble would never end
			client.CloseIdleConnections()
			time.Sleep(time.Second) // http.Server lingers on some of its connections
			left := network.Conns()
			require.Zero(t, bodies.open.Load(), "response bodies left open")
			closed := server.Close()
			<-served
			time.Sleep(time.Second)
			require.NoError(t, closed)
			require.Zero(t, left, "connections left open")
		}()
		test(w)
	})
}

// policy is one without jitter: waits of 1 s, 2 s, 4 s.
func policy(change func(*retry.Config)) *retry.Config {
	config := retry.DefaultConfig()
	config.Jitter = retry.JitterNone
	config.Seed = 7
	if change != nil {
		change(&config)
	}
	return &config
}

func (w *world) on(operation string, times int, act action) *world {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, fault{operation: operation, times: times, act: act})
	return w
}

func (w *world) faultFor(operation string) action {
	for i := range w.faults {
		f := &w.faults[i]
		if f.operation != operation || f.times < 0 {
			continue
		}
		if f.skip > 0 {
			f.skip--
			continue
		}
		if f.times > 0 {
			if f.times--; f.times == 0 {
				f.times = -1
			}
		}
		return f.act
	}
	return nil
}

// unsigned makes the server take any signature, for faults that alter what was signed.
func (w *world) unsigned() {
	lax := fakes3.NewWith(fakes3.Options{MinPartSize: -1})
	require.NoError(w, lax.CreateBucket("demo"))
	for _, key := range w.fake.Keys("demo") {
		object, _ := w.fake.Object("demo", key)
		require.NoError(w, lax.Put("demo", key, object.Content))
	}
	w.fake = lax
}

// operations lists what arrived, in order.
func (w *world) operations() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []string
	for _, s := range w.sends {
		all = append(all, s.operation)
	}
	return all
}

// arrivals lists when requests of operation arrived.
func (w *world) arrivals(operation string) []time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []time.Duration
	for _, s := range w.sends {
		if s.operation == operation {
			all = append(all, s.at)
		}
	}
	return all
}

func (w *world) count(operation string) int { return len(w.arrivals(operation)) }

// path names a file in the world's directory.
func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

func (w *world) file(name string, content []byte) string {
	require.NoError(w, os.WriteFile(w.path(name), content, 0o600))
	return w.path(name)
}

// files lists the world's directory: what a failed download leaves shows.
func (w *world) files() []string {
	entries, err := os.ReadDir(w.dir)
	require.NoError(w, err)
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func (w *world) requireFile(name string, content []byte) {
	w.Helper()
	got, err := os.ReadFile(w.path(name))
	require.NoError(w, err)
	require.True(w, bytes.Equal(content, got), "%s: %d bytes, want %d, or other content", name, len(got), len(content))
}

func (w *world) requireObject(key string, content []byte) {
	w.Helper()
	object, ok := w.fake.Object("demo", key)
	require.True(w, ok, "no object %s", key)
	require.True(w, bytes.Equal(content, object.Content), "%s: %d bytes, want %d, or other content",
		key, len(object.Content), len(content))
}

func (w *world) requireNoUploads() {
	w.Helper()
	require.Empty(w, w.fake.Uploads("demo"), "orphan uploads")
}

// noise is content without a pattern, the same each time.
func noise(size int) []byte {
	content := make([]byte, size)
	x := uint32(2463534242)
	for i := range content {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		content[i] = byte(x)
	}
	return content
}

func operationOf(r *http.Request) string {
	q := r.URL.Query()
	_, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case r.Method == http.MethodGet && key == "" && q.Has("uploads"):
		return "ListMultipartUploads"
	case r.Method == http.MethodGet && key == "" && q.Has("versions"):
		return "ListObjectVersions"
	case r.Method == http.MethodGet && key == "":
		return "ListObjectsV2"
	case r.Method == http.MethodGet && q.Has("tagging"):
		return "GetObjectTagging"
	case r.Method == http.MethodGet && q.Has("uploadId"):
		return "ListParts"
	case r.Method == http.MethodPut && q.Has("partNumber") && r.Header.Get("X-Amz-Copy-Source") != "":
		return "UploadPartCopy"
	case r.Method == http.MethodPut && q.Has("partNumber"):
		return "UploadPart"
	case r.Method == http.MethodPut && r.Header.Get("X-Amz-Copy-Source") != "":
		return "CopyObject"
	case r.Method == http.MethodPost && q.Has("delete"):
		return "DeleteObjects"
	case r.Method == http.MethodPost && q.Has("uploads"):
		return "CreateMultipartUpload"
	case r.Method == http.MethodPost:
		return "CompleteMultipartUpload"
	case r.Method == http.MethodDelete && q.Has("uploadId"):
		return "AbortMultipartUpload"
	}
	return map[string]string{
		"GET": "GetObject", "PUT": "PutObject", "HEAD": "HeadObject", "DELETE": "DeleteObject",
	}[r.Method]
}

// bodyCount counts the response bodies that the client has not closed yet.
type bodyCount struct {
	base *http.Transport
	open atomic.Int64
}

func (b *bodyCount) CloseIdleConnections() { b.base.CloseIdleConnections() }

func (b *bodyCount) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.base.RoundTrip(r)
	if err == nil {
		b.open.Add(1)
		resp.Body = &countedBody{ReadCloser: resp.Body, count: b}
	}
	return resp, err
}

type countedBody struct {
	io.ReadCloser
	count *bodyCount
	once  sync.Once
}

func (c *countedBody) Close() error {
	c.once.Do(func() { c.count.open.Add(-1) })
	return c.ReadCloser.Close()
}
