package faultproxy_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
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
		{"respond: {status: 503, body: fault filter abort}", "Content-Type: text/plain\r\n", "fault filter abort"},
		{"respond: {status: 200, body: fault filter abort}", "HTTP/1.1 200 OK", "fault filter abort"},
		{"respond: {status: 500, body: '<?xml version=\"1.0\"?><a/>'}", "Content-Type: application/xml\r\n", "<a/>"},
		{"respond: {body: '{}', content_type: application/json}", "Content-Type: application/json\r\n", "{}"},
		{"respond: {content_type: text/xml}", "Content-Type: text/xml\r\n", "<Code>SlowDown</Code>"},
		{"respond: {status: 200, content_type: text/xml}", "Content-Type: text/xml\r\n", ""},
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

			"respond: {status: 404, body: fault filter abort}":                       false,
			"respond: {status: 404, body: no, headers: {content-type: text/xml}}":    true,
			"respond: {status: 404, body: '<?xml version=\"1.0\"?><Error></Error>'}": true,
			"respond: {status: 200, body: content}":                                  true,
		} {
			inRig(t, always(hello), []string{rule}, func(r *rig) {
				got, _, _ := r.talk(request)
				head, _, _ := strings.Cut(got, "\r\n\r\n")
				assert.Equal(t, s3, strings.Contains(strings.ToLower(head), "x-amz-"), "%s: %s", rule, head)
				balancer := !s3 || strings.Contains(rule, "x-amz-id-2")
				assert.Equal(t, balancer, strings.Contains(head, "Server: nginx"), "%s: %s", rule, head)
			})
		}
	}
}

// The journal has the code of an error document that the rule spells out.
func TestJournalHasTheCodeOfABodyThatIsSpeltOut(t *testing.T) {
	for body, code := range map[string]string{
		"busy": "", "'<Error><Code>Busy</Code></Error>'": "Busy", "'<Error><Code>Busy</Error>'": "",
		"'<Other><Code>Busy</Code></Other>'": "",
	} {
		inRig(t, always(hello), []string{"respond: {status: 200, body: " + body + "}"}, func(r *rig) {
			r.talk(get)
			assert.Equal(t, code, r.record().ErrorCode, body)
		})
	}
}

// Each request has a status and a code of its own, which depend on the seed and the request only.
func TestRespondDrawsStatusAndCode(t *testing.T) {
	for rule, statuses := range map[string][]int{
		"respond: {status: [408, 429, 500, 503], code: [SlowDown, InternalError]}":            {408, 429, 500, 503},
		"respond: {status: {between: [500, 503]}, code: [SlowDown, InternalError]}":           {500, 501, 502, 503},
		"respond: {status: {one_of: [429, 503]}, code: [SlowDown, InternalError]}":            {429, 503},
		"respond: {code: [SlowDown, InternalError, SlowDown, InternalError, RequestTimeout]}": {400, 500, 503},
	} {
		var first []faultproxy.Record
		for range 2 {
			inRig(t, always(hello), []string{rule}, func(r *rig) {
				r.talk(strings.Repeat(get, 100))
				records := r.records()
				require.Len(t, records, 100)
				counts, codes := map[int]int{}, map[string]int{}
				for _, rec := range records {
					counts[rec.Status]++
					codes[rec.ErrorCode]++
				}
				assert.ElementsMatch(t, statuses, slices.Collect(maps.Keys(counts)))
				assert.Greater(t, codes["SlowDown"], 10)
				assert.Greater(t, codes["InternalError"], 10)
				if first == nil {
					first = records
				}
				for i := range records {
					assert.Equal(t, first[i].Status, records[i].Status)
					assert.Equal(t, first[i].ErrorCode, records[i].ErrorCode)
				}
			})
		}
	}
}

// The proxy responds after so many bytes of the body, and reads the rest only to drop it.
func TestRespondAfterBytesOfTheBody(t *testing.T) {
	const rule = "respond: {status: 503, after_bytes: 3}"
	inRig(t, always(hello), []string{rule}, func(r *rig) {
		c := r.dial()
		head := strings.TrimSuffix(put, "hello")
		got, _, _ := r.talkUntil(c, head+"he", time.Second)
		assert.Empty(t, got, "2 of the 3 bytes were sent")
		got, end, _ := r.talkOver(c, "l")
		assert.True(t, strings.HasPrefix(got, "HTTP/1.1 503 Slow Down\r\n"), got)
		assert.Contains(t, got, "\r\nConnection: close\r\n")
		assert.Equal(t, eof, end)
		assert.Empty(t, r.upstreamSaw())
		rec := r.record()
		assert.Equal(t, "#1", rec.Rule)
		assert.False(t, rec.Committed)
		assert.Zero(t, rec.Received)
	})
	inRig(t, always(hello), []string{rule}, func(r *rig) {
		c := r.dial()
		got, _, _ := r.talkUntil(c, strings.TrimSuffix(expecting, "hello"), time.Second)
		assert.Equal(t, "HTTP/1.1 100 Continue\r\n\r\n", got)
		got, _, _ = r.talkOver(c, "hello")
		assert.Contains(t, got, "HTTP/1.1 503 Slow Down\r\n")
	})
}

// The byte to respond at can be a share of the body.
func TestRespondAfterAShareOfTheBody(t *testing.T) {
	for _, place := range []string{"60%", "{one_of: [3B]}", "{between: [60%, 61%]}"} {
		inRig(t, always(hello), []string{"respond: {status: 503, after_bytes: " + place + "}"}, func(r *rig) {
			got, _, _ := r.talk(strings.TrimSuffix(put, "llo"))
			assert.Empty(t, got, place)
			got, _, _ = r.talk(strings.TrimSuffix(put, "o"))
			assert.Contains(t, got, "HTTP/1.1 503 Slow Down\r\n", place)
			assert.Empty(t, r.upstreamSaw(), place)
		})
	}
}

// A body that is shorter than after_bytes, or whose length is unknown, passes, and the rule has not
// fired.
func TestRespondAfterBytesPassesAShorterBody(t *testing.T) {
	chunked := "PUT /demo/a.bin HTTP/1.1\r\nHost: s3.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
	for _, request := range []string{put, get, chunked} {
		inRig(t, always(hello), []string{"respond: {status: 503, after_bytes: 6}"}, func(r *rig) {
			got, _, _ := r.talk(request)
			assert.Equal(t, hello, got)
			assert.Empty(t, r.record().Rule)
			assert.Equal(t, []int{0}, r.proxy.Rules().Fired())
			assert.Equal(t, "the request's body ended before the byte to respond at, or had no Content-Length",
				r.proxy.Rules().List()[0].IdleReason)
		})
	}
}
