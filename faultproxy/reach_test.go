package faultproxy_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// A rule that Shadowed reports because of its own match does not fire, whatever request is sent.
func TestRulesReportedAsUnreachableNeverFire(t *testing.T) {
	requests := map[string]string{ // by operation
		"GetObject": get, "HeadObject": strings.Replace(get, "GET", "HEAD", 1),
		"DeleteObject":       strings.Replace(get, "GET", "DELETE", 1),
		"HeadBucket":         "HEAD /demo HTTP/1.1\r\nHost: s3.test\r\n\r\n",
		"ListObjectsV2":      "GET /demo?list-type=2 HTTP/1.1\r\nHost: s3.test\r\n\r\n",
		"ListObjectVersions": "GET /demo?versions HTTP/1.1\r\nHost: s3.test\r\n\r\n",
		"ListBuckets":        "GET / HTTP/1.1\r\nHost: s3.test\r\n\r\n",
		"PutObject": "PUT /demo/a.bin HTTP/1.1\r\nHost: s3.test\r\nExpect: " +
			"100-continue\r\nContent-Length: 5\r\n\r\nhello",
		"CreateMultipartUpload": "POST /demo/a.bin?uploads HTTP/1.1\r\nHost: s3.test\r\nContent-Length: 0\r\n\r\n",
		"CopyObject": "PUT /demo/a.bin HTTP/1.1\r\nHost: s3.test\r\nX-Amz-Copy-Source: " +
			"/demo/b\r\nContent-Length: 0\r\n\r\n",
	}
	upstream := func(r *http.Request, _ string) string {
		if r.Method == "HEAD" {
			return strings.TrimSuffix(hello, "0123456789")
		}
		return hello
	}
	reported := 0
	for _, text := range []string{
		"respond: {}", "respond: {after_bytes: 1}", "ok_with_error: {}", "whitespace: 1s",
		"timeout: 1s", "latency: {delay: 1s}",
		"latency: {delay: 1s, before: response}", "reset_peer: {}",
		"reset_peer: {at: request_head}", "reset_peer: {at: request_body}", "reset_peer: {at: response_head}",
		"close_early: {}",
		"close_early: {close_delimited: true}", "bandwidth: {rate: 1KiB}", "slicer: {size: 1}", "corrupt: {}",
		"corrupt: {in: request}", "idle_close: {}",
		"continue: final", "continue: late", "redirect: {}", "redirect: {region: a}",
		"edit: {status: 500}",
		"delete_errors: {}", "list: {drop: 1}", "stale: {}", "throttle: {rate: 0.001}", "duplicate: {}",
	} {
		for operation, request := range requests {
			fault, err := faultproxy.ParseFault(text)
			require.NoError(t, err)
			method, _, _ := strings.Cut(request, " ")
			for _, match := range []string{"operation: " + operation, "method: " + method} {
				rule := faultproxy.Rule{Fault: fault}
				if rule.Match.Operation = operation; strings.HasPrefix(match, "method") {
					rule.Match = faultproxy.Match{Method: method}
				}
				if len(faultproxy.Shadowed([]faultproxy.Rule{rule})) == 0 {
					continue
				}
				reported++
				inRig(t, upstream, []string{rule.String()}, func(r *rig) {
					c := r.dial()
					defer c.Close()
					r.talkUntil(c, put+request, 10*time.Second) // write the object first, so that there is a snapshot
					assert.Equal(t, []int{0}, r.proxy.Rules().Fired(), rule.String())
				})
			}
		}
	}
	assert.Greater(t, reported, 20)
}
