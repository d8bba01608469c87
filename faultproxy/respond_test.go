package faultproxy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The client gets the response that the rule asks for, for success and failure.
func TestRespondSendsTheResponseOfItsRule(t *testing.T) {
	for _, c := range []struct{ rule, head, body string }{
		{"respond: {status: 200}", "HTTP/1.1 200 OK", ""},
		{"respond: {status: 204}", "HTTP/1.1 204 No Content", ""},
		{"respond: {status: 204, code: X, message: m}", "HTTP/1.1 204 No Content", ""},
		{"respond: {status: 200, body: empty}", "HTTP/1.1 200 OK", ""},
		{"respond: {status: 200, body: html}", "Content-Type: text/html", "<center><h1>200 OK</h1></center>"},
		{"respond: {status: 200, body: malformed_xml}", "Content-Type: application/xml", "</Massage>"},
		{"respond: {status: 200, body: xml}", "Content-Type: application/xml", "<Error><Code>InternalError</Code>"},
		{"respond: {status: 200, message: hi}", "HTTP/1.1 200 OK", "<Message>hi</Message>"},
		{"respond: {status: 200, code: SlowDown}", "HTTP/1.1 200 OK", "<Code>SlowDown</Code>"},
		{"respond: {status: 301, body: html}", "HTTP/1.1 301 Moved Permanently", "<h1>301 Moved Permanently</h1>"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			inRig(t, always(hello), []string{c.rule}, func(r *rig) {
				got, _, _ := r.talk(get)
				head, body, _ := strings.Cut(got, "\r\n\r\n")
				assert.Contains(t, head, c.head)
				assert.Contains(t, body, c.body)
				if c.body == "" {
					assert.Empty(t, body)
				}
			})
		})
	}
}

// A header of the rule replaces the proxy's own, in any case of letters.
func TestRespondReplacesHeaders(t *testing.T) {
	for rule, want := range map[string][]string{
		"respond: {status: 503, headers: " +
			"{Content-Type: text/plain, date: now, SERVER: x, X-Amz-Request-Id: R}}": {
			"Content-Type: text/plain", "date: now", "SERVER: x", "X-Amz-Request-Id: R",
		},
		"respond: {status: 503, retry_after: 2s, headers: {retry-after: '7'}}": {"retry-after: 7"},
		"redirect: {to: 'http://a.test/'}":                                     {"Location: http://a.test/"},
	} {
		t.Run(rule, func(t *testing.T) {
			inRig(t, always(hello), []string{rule}, func(r *rig) {
				got, _, _ := r.talk(get)
				head, _, _ := strings.Cut(got, "\r\n\r\n")
				lines := strings.Split(head, "\r\n")
				seen := map[string]int{}
				for _, line := range lines[1:] {
					name, _, _ := strings.Cut(line, ":")
					seen[strings.ToLower(name)]++
				}
				for name, n := range seen {
					assert.Equal(t, 1, n, name)
				}
				for _, line := range want {
					assert.Contains(t, lines, line)
				}
			})
		})
	}
}

// An S3 client distinguishes the page of a load balancer from a response of S3 by the headers; for
// HEAD there is nothing else.
func TestHTMLPageHasNoHeaderOfS3(t *testing.T) {
	for _, request := range []string{get, strings.Replace(get, "GET", "HEAD", 1)} {
		for rule, s3 := range map[string]bool{
			"respond: {status: 404, body: html}":                           false,
			"respond: {status: 200, body: html}":                           false,
			"respond: {status: 404}":                                       true,
			"respond: {status: 502, body: empty}":                          true,
			"respond: {status: 404, body: html, headers: {x-amz-id-2: x}}": true,
		} {
			inRig(t, always(hello), []string{rule}, func(r *rig) {
				got, _, _ := r.talk(request)
				head, _, _ := strings.Cut(got, "\r\n\r\n")
				assert.Equal(t, s3, strings.Contains(strings.ToLower(head), "x-amz-"), "%s: %s", rule, head)
				assert.Equal(t, strings.Contains(rule, "body: html"), strings.Contains(head, "Server: nginx"),
					"%s: %s", rule, head)
			})
		}
	}
}
