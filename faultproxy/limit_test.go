package faultproxy_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A head at the limit passes. With one more byte or line it is rejected, and nothing of it reaches
// the upstream.
func TestHeadAtItsLimitPassesAndAboveIsRejected(t *testing.T) {
	sized := func(n int) string {
		const start, end = "GET /demo/a HTTP/1.1\r\nHost: h\r\nX: ", "\r\n\r\n"
		return start + strings.Repeat("x", n-len(start)-len(end)) + end
	}
	lined := func(n int) string { // n includes the request line
		return "GET /demo/a HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("X: y\r\n", n-2) + "\r\n"
	}
	for name, tc := range map[string]struct{ fits, over string }{
		"bytes":         {sized(64 << 10), sized(64<<10 + 1)},
		"bytes, second": {get + sized(64<<10), get + sized(64<<10+1)},
		"lines":         {lined(512), lined(513)},
		"bytes of one target": {
			"GET /" + strings.Repeat("k", 8000) + " HTTP/1.1\r\nHost: h\r\n\r\n",
			"GET /" + strings.Repeat("k", 70<<10) + " HTTP/1.1\r\nHost: h\r\n\r\n",
		},
		"bytes of one trailer": {chunkedWith(4000), chunkedWith(70 << 10)},
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, always(hello), nil, func(r *rig) {
				got, end, _ := r.talk(tc.fits)
				assert.Equal(t, strings.Repeat(hello, strings.Count(tc.fits, " HTTP/1.1")), got)
				assert.Equal(t, open, end)
				assert.Equal(t, tc.fits, r.upstreamSaw())
			})
			inRig(t, always(hello), nil, func(r *rig) {
				got, end, _ := r.talk(tc.over)
				got = strings.TrimPrefix(got, hello)
				assert.True(t, strings.HasPrefix(got, "HTTP/1.1 400 "), "%.100q", got)
				assert.Equal(t, eof, end)
				records := r.records()
				assert.Equal(t, "bad_request", records[len(records)-1].Ended)
				assert.Less(t, len(r.upstreamSaw()), 5000)
			})
		})
	}
}

func chunkedWith(trailer int) string {
	return "PUT /demo/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx: " +
		strings.Repeat("y", trailer) + "\r\n\r\n"
}

// Without per there is one quota; by bucket each bucket has its own.
func TestThrottleByBucketAndForAll(t *testing.T) {
	for per, want := range map[string][]string{
		"all":    {"200", "503", "503", "503"},
		"bucket": {"200", "503", "200", "503"}, "prefix": {"200", "200", "200", "503"},
	} {
		inRig(t, always(hello), []string{"throttle: {rate: 0.001, per: " + per + "}"}, func(r *rig) {
			var got []string
			for _, target := range []string{"/b/x/1", "/b/y/1", "/c/x/1", "/c/x/2"} {
				answer, _, _ := r.talk("GET " + target + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
				got = append(got, answer[9:12])
			}
			assert.Equal(t, want, got, per)
		})
	}
}

// A response without a body, or an interim one, does not change where the next response starts.
func TestResponsesWithoutABodyKeepTheFraming(t *testing.T) {
	answers := map[string]string{
		"/204": "HTTP/1.1 204 No Content\r\n\r\n", "/304": "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n",
		"/head": "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", "/chunked": chunkedAnswer,
		"/trailer": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: " +
			"x-amz-checksum-crc32\r\n\r\n2\r\nab\r\n0\r\nx-amz-checksum-crc32: AAAAAA==\r\n\r\n",
		"/interim": "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + hello,
	}
	inRig(t, func(req *http.Request, _ string) string { return answers[req.URL.Path] }, nil, func(r *rig) {
		var sent, want string
		for _, path := range []string{"/204", "/head", "/304", "/chunked", "/interim", "/trailer", "/204"} {
			method := "GET "
			if path == "/head" {
				method = "HEAD "
			}
			sent += method + path + " HTTP/1.1\r\nHost: h\r\n\r\n"
			want += answers[path]
		}
		got, _, _ := r.talk(sent)
		assert.Equal(t, want, got)
		assert.Equal(t, sent, r.upstreamSaw())
		for _, rec := range r.records() {
			assert.Equal(t, "complete", rec.Ended)
		}
	})
}
