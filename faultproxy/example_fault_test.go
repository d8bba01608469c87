package faultproxy_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

// drill is a proxy in front of a fake S3 with the bucket demo, on a network in memory. A Go test
// uses faulttest.NewLab instead.
type drill struct {
	proxy  *faultproxy.Proxy
	client *http.Client
	url    string
	close  func()
}

func newDrill(cfg faultproxy.Config) *drill {
	network, fake := memnet.New(), fakes3.New()
	must(fake.CreateBucket("demo"))
	cfg.Upstream, cfg.Dial = "upstream.test:80", network.DialContext
	d := &drill{url: "http://s3.test/demo/a.txt"}
	transport := &http.Transport{}
	if cfg.TLS != nil {
		d.url = "https://s3.test:80/demo/a.txt"
		transport.TLSClientConfig = cfg.TLS.ClientConfig()
	}
	var err error
	d.proxy, err = faultproxy.New(cfg)
	must(err)
	transport.DialContext = func(ctx context.Context, _, addr string) (net.Conn, error) {
		if err := d.proxy.OnDial(ctx, "tcp", addr); err != nil { // the rules for connections
			return nil, err
		}
		return network.DialContext(ctx, "tcp", addr)
	}
	d.client = &http.Client{Transport: transport}
	server := &http.Server{Handler: fake}
	upstream, err := network.Listen("upstream.test:80")
	must(err)
	listener, err := network.Listen("s3.test:80")
	must(err)
	served := make(chan error, 2)
	go func() { served <- server.Serve(upstream) }()
	go func() { served <- d.proxy.Serve(listener) }()
	d.close = func() {
		d.client.CloseIdleConnections()
		must(d.proxy.Close())
		must(server.Close())
		<-served
		<-served
	}
	return d
}

// send sends a request for the object a.txt, and prints the response.
func (d *drill) send(method, body string) {
	req, err := http.NewRequestWithContext(context.Background(), method, d.url, strings.NewReader(body))
	must(err)
	resp, err := d.client.Do(req)
	if err != nil {
		fmt.Println(method, "failed:", errorKind(err))
		return
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		fmt.Println(method, resp.Status, "and then failed:", errorKind(err))
		return
	}
	if resp.StatusCode == http.StatusOK && method == http.MethodGet {
		fmt.Println(method, resp.Status, string(content))
		return
	}
	fmt.Println(method, resp.Status)
}

func errorKind(err error) string {
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &certificate):
		return "the certificate is not valid"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET):
		return "connection reset"
	}
	return err.Error()
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// Rules can change while the proxy runs.
func ExampleRuleSet() {
	d := newDrill(faultproxy.Config{})
	defer d.close()
	rules := d.proxy.Rules()

	d.send("PUT", "hello")
	id, err := rules.Add(faultproxy.Rule{
		Name:  "busy",
		Match: faultproxy.Match{Operation: "GetObject"},
		Fault: faultproxy.Respond(503, "SlowDown"),
	})
	must(err)
	d.send("GET", "")
	rules.Toggle(id, false)
	d.send("GET", "")
	for _, r := range rules.List() {
		fmt.Println(r.Label, "fired:", r.Fired, "enabled:", r.Enabled)
	}
	// Output:
	// PUT 200 OK
	// GET 503 Slow Down
	// GET 200 OK hello
	// busy fired: 1 enabled: false
}

// The HAR file opens in the network panel of a browser. A response that is not complete says how it
// ended.
func ExampleJournal_har() {
	d := newDrill(faultproxy.Config{Rules: []faultproxy.Rule{{
		Match: faultproxy.Match{Operation: "GetObject"}, Fault: faultproxy.ResetPeer(faultproxy.AtResponseBody, 3),
	}}})
	d.send("PUT", "hello")
	d.send("GET", "")
	d.close()

	var file bytes.Buffer
	must(d.proxy.Journal().WriteHAR(&file))
	var har struct {
		Log struct {
			Entries []struct {
				Request  struct{ Method, URL string }
				Response struct{ StatusText string }
			}
		}
	}
	must(json.Unmarshal(file.Bytes(), &har))
	for _, e := range har.Log.Entries {
		fmt.Println(e.Request.Method, e.Request.URL, e.Response.StatusText)
	}
	// Output:
	// PUT 200 OK
	// GET 200 OK and then failed: connection reset
	// PUT http://s3.test/demo/a.txt OK
	// GET http://s3.test/demo/a.txt OK (reset)
}

// A read returns the object as it was before the last change.
func ExampleStale() {
	d := newDrill(faultproxy.Config{Rules: []faultproxy.Rule{{
		Match: faultproxy.Match{Operation: "GetObject"}, Times: 1, Fault: faultproxy.Stale(0),
	}}})
	defer d.close()
	d.send("PUT", "old")
	d.send("PUT", "new")
	d.send("GET", "")
	d.send("GET", "")
	// Output:
	// PUT 200 OK
	// PUT 200 OK
	// GET 200 OK old
	// GET 200 OK new
}

// The quota is two requests at once, and then one in about 17 minutes.
func ExampleThrottle() {
	d := newDrill(faultproxy.Config{Rules: []faultproxy.Rule{{
		Fault: faultproxy.Throttle(0.001, 2, faultproxy.PerBucket),
	}}})
	defer d.close()
	d.send("PUT", "hello")
	d.send("GET", "")
	d.send("GET", "")
	// Output:
	// PUT 200 OK
	// GET 200 OK hello
	// GET 503 Slow Down
}

// The proxy speaks TLS with an authority of its own, which the client must trust.
func ExampleTLS() {
	authority, err := faultproxy.NewAuthority("s3.test")
	must(err)
	d := newDrill(faultproxy.Config{
		TLS:   authority,
		Rules: []faultproxy.Rule{{Times: 1, Fault: faultproxy.TLS(faultproxy.AsExpired)}},
	})
	defer d.close()
	d.send("PUT", "hello")
	d.send("PUT", "hello")
	// Output:
	// PUT failed: the certificate is not valid
	// PUT 200 OK
}

// The network asks the proxy before each dial, so that the rules for connections act on dials.
func ExampleProxy_OnDial() {
	network := memnet.New()
	proxy, err := faultproxy.New(faultproxy.Config{
		Upstream: "upstream.test:80", Dial: network.DialContext,
		Rules: []faultproxy.Rule{{Times: 1, Fault: faultproxy.Refuse(faultproxy.AsNoRoute)}},
	})
	must(err)
	listener, err := network.Listen("s3.test:80")
	must(err)
	served := make(chan error, 1)
	go func() { served <- proxy.Serve(listener) }()

	network.OnDial(proxy.OnDial)
	for range 2 {
		c, err := network.DialContext(context.Background(), "tcp", "s3.test:80")
		fmt.Println(err)
		if err == nil {
			must(c.Close())
		}
	}
	must(proxy.Close())
	<-served
	// Output:
	// dial tcp s3.test:80: connect: no route to host
	// <nil>
}
