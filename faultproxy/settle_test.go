package faultproxy_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// Requests without an invocation id belong to one logical request until a response settles it.
func TestAResponseThatSettlesARequestEndsItsAttempts(t *testing.T) {
	const (
		head   = "HEAD /demo/a HTTP/1.1\r\nHost: s3.test\r\n\r\n"
		listA  = "GET /demo?list-type=2&prefix=a/ HTTP/1.1\r\nHost: s3.test\r\n\r\n"
		listB  = "GET /demo?list-type=2&prefix=b/ HTTP/1.1\r\nHost: s3.test\r\n\r\n"
		tail   = "GET /demo/a.bin HTTP/1.1\r\nHost: s3.test\r\nRange: bytes=4-\r\n\r\n"
		absent = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
		failed = "HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n"
	)
	once := func(fault string) []string { return []string{"times: 1, " + fault} }
	for name, tc := range map[string]struct {
		answer string
		rules  []string
		sends  []string
		want   []int
	}{
		"two successes":         {hello, nil, []string{get, get}, []int{1, 1}},
		"two HEADs":             {strings.TrimSuffix(hello, "0123456789"), nil, []string{head, head}, []int{1, 1}},
		"two ranges":            {hello, nil, []string{get, tail, tail}, []int{1, 1, 1}},
		"a failure before":      {hello, once("respond: {status: 503}"), []string{get, get, get}, []int{1, 2, 1}},
		"an upstream's failure": {failed, nil, []string{get, get, get}, []int{1, 2, 3}},
		"a cut body": {
			hello, once("close_early: {after_bytes: 4}"), []string{get, tail, get}, []int{1, 2, 1},
		},
		"a flipped body":        {hello, once("corrupt: {}"), []string{get, get, get}, []int{1, 2, 1}},
		"an error in a success": {hello, once("ok_with_error: {}"), []string{get, get, get}, []int{1, 2, 1}},
		"a slow success":        {hello, once("latency: {delay: 1s}"), []string{get, get}, []int{1, 1}},
		"not there":             {absent, nil, []string{get, get}, []int{1, 1}},
		"not there, says a fault": {
			hello, once("respond: {status: 404}"), []string{get, get, get}, []int{1, 2, 1},
		},
		"not changed": {"HTTP/1.1 304 Not Modified\r\n\r\n", nil, []string{get, get}, []int{1, 1}},
		"other lists": {failed, nil, []string{listA, listB, listA}, []int{1, 1, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, always(tc.answer), tc.rules, func(r *rig) {
				for _, send := range tc.sends {
					r.talk(send)
				}
				attempts := make([]int, len(tc.sends))
				for _, rec := range r.records() {
					attempts[rec.Seq-1] = rec.Attempt
				}
				assert.Equal(t, tc.want, attempts)
			})
		})
	}
}

// On TCP the next request may come on another connection as soon as the client has the last byte.
func TestASettledRequestIsSettledBeforeTheClientKnows(t *testing.T) {
	upstream := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "hello")
	})}
	up, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = upstream.Serve(up) }()
	defer upstream.Close()
	p, err := faultproxy.New(faultproxy.Config{Upstream: up.Addr().String()})
	require.NoError(t, err)
	front, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = p.Serve(front) }()
	defer p.Close()

	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	const requests = 300
	for range requests {
		resp, err := client.Get("http://" + front.Addr().String() + "/demo/a")
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
	}
	for _, rec := range p.Journal().Records() {
		require.Equal(t, 1, rec.Attempt, "request %d", rec.Seq)
	}
	require.Len(t, p.Journal().Logical(), requests)
}
