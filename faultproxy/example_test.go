package faultproxy_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// The proxy listens on a port, in front of any S3.
func ExampleNew() {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "content")
	}))
	defer upstream.Close()

	rule, err := faultproxy.ParseRule("match: {operation: GetObject}, times: 1, respond: {status: 503, code: SlowDown}")
	if err != nil {
		panic(err)
	}
	proxy, err := faultproxy.New(faultproxy.Config{
		Upstream: upstream.Listener.Addr().String(),
		Rules:    []faultproxy.Rule{rule},
	})
	if err != nil {
		panic(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	served := make(chan error, 1)
	go func() { served <- proxy.Serve(listener) }()

	client := &http.Client{Transport: &http.Transport{}}
	for range 2 {
		resp, err := client.Get("http://" + listener.Addr().String() + "/demo/a.txt")
		if err != nil {
			panic(err)
		}
		fmt.Println(resp.Status)
		_ = resp.Body.Close()
	}
	client.CloseIdleConnections()
	_ = proxy.Close()
	fmt.Println(<-served)
	for _, r := range proxy.Journal().Records() {
		fmt.Println(r.Operation, r.Key, r.Status, r.Rule, r.Ended)
	}
	// Output:
	// 503 Slow Down
	// 200 OK
	// proxy closed
	// GetObject a.txt 503 #1 complete
	// GetObject a.txt 200  complete
}
