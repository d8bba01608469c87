package proxy

// The contenders: each is a server in front of the same upstream.

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// The names of the contenders, in the order of the table.
const (
	Direct       = "direct"               // no proxy
	Relay        = "tcp-relay"            // io.Copy both ways: splice
	Toxiproxy    = "toxiproxy"            // without toxics
	ReverseProxy = "reverseproxy"         // httputil.ReverseProxy with pooled buffers
	Faultproxy   = "faultproxy"           // no rules
	Rules        = "faultproxy-100-rules" // 100 rules that match no request
	Digest       = "faultproxy-digest"    // SHA-256 of every body
)

// Contenders lists the names of all contenders.
var Contenders = []string{Direct, Relay, Toxiproxy, ReverseProxy, Faultproxy, Rules, Digest}

// serveUpstream is the name of the server behind all contenders.
const serveUpstream = "upstream"

// servers maps a name to the function that starts the server in front of an upstream and returns
// its address. The server runs until the process ends.
var servers = map[string]func(upstream string) (addr string, err error){
	serveUpstream: startUpstream,
	Relay:         startRelay,
	Toxiproxy:     startToxiproxy,
	ReverseProxy:  startReverseProxy,
	Faultproxy: func(upstream string) (string, error) {
		return startFaultproxy(faultproxy.Config{Upstream: upstream})
	},
	Rules: func(upstream string) (string, error) {
		rules, err := unmatched(100)
		if err != nil {
			return "", err
		}
		return startFaultproxy(faultproxy.Config{Upstream: upstream, Rules: rules})
	},
	Digest: func(upstream string) (string, error) {
		return startFaultproxy(faultproxy.Config{Upstream: upstream, Digest: true})
	},
}

// listen opens a port and calls f for every connection, each in its own goroutine.
func listen(f func(*net.TCPConn)) (addr string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go f(c.(*net.TCPConn))
		}
	}()
	return l.Addr().String(), nil
}

func startRelay(upstream string) (string, error) {
	return listen(func(client *net.TCPConn) {
		defer client.Close()
		nc, err := net.Dial("tcp", upstream)
		if err != nil {
			return
		}
		up := nc.(*net.TCPConn)
		defer up.Close()
		var group sync.WaitGroup
		group.Go(func() {
			_, _ = io.Copy(up, client) // ends when a connection breaks
			_ = up.CloseWrite()
		})
		_, _ = io.Copy(client, up)
		_ = client.CloseWrite()
		group.Wait()
	})
}

func startToxiproxy(upstream string) (string, error) {
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	p := toxiproxy.NewProxy(server, "bench", "127.0.0.1:0", upstream)
	if err := server.Collection.Add(p, true); err != nil {
		return "", err
	}
	return p.Listen, nil
}

// bufferPool holds the copy buffers of httputil.ReverseProxy.
type bufferPool struct{ sync.Pool }

func (p *bufferPool) Get() []byte  { return *p.Pool.Get().(*[]byte) }
func (p *bufferPool) Put(b []byte) { p.Pool.Put(&b) }

func startReverseProxy(upstream string) (string, error) {
	rp := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: upstream})
			r.Out.Host = r.In.Host
		},
		Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 1024},
		BufferPool: &bufferPool{sync.Pool{New: func() any {
			b := make([]byte, 32<<10)
			return &b
		}}},
	}
	return serveListener(func(l net.Listener) error { return http.Serve(l, rp) })
}

// journalLimit is the number of records in the journal, as in chaos serve.
const journalLimit = 10_000

func startFaultproxy(cfg faultproxy.Config) (string, error) {
	cfg.JournalLimit = journalLimit
	p, err := faultproxy.New(cfg)
	if err != nil {
		return "", err
	}
	return serveListener(p.Serve)
}

func serveListener(serve func(net.Listener) error) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() { slog.Error("server ended", "error", serve(l)) }()
	return l.Addr().String(), nil
}
