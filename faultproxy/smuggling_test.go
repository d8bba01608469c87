package faultproxy_test

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// smuggled is a second request in a place where only a reader with another idea of the framing
// finds it.
const smuggled = "GET /secret HTTP/1.1\r\nHost: h\r\n\r\n"

// ambiguous are requests that two readers may frame differently, or that are not valid HTTP.
var ambiguous = map[string]string{
	"CL.TE": "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
	"TE.CL": "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: " +
		"3\r\n\r\n8\r\nSMUGGLED\r\n0\r\n\r\n",
	"two lengths": "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nContent-Length: 35\r\n\r\n" + smuggled,
	"two equal lengths": "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n" +
		smuggled,
	"a list of lengths":       "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 0, 35\r\n\r\n" + smuggled,
	"a signed length":         "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: +0\r\n\r\n" + smuggled,
	"a negative length":       "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n" + smuggled,
	"a length in hexadecimal": "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 0x0\r\n\r\n" + smuggled,
	"an empty length":         "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n" + smuggled,
	"a length beyond 63 bits": "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551616\r\n\r\n" +
		smuggled,
	"a length with a space":    "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 0 35\r\n\r\n" + smuggled,
	"a space before the colon": "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length : 35\r\n\r\n" + smuggled,
	"a space before TE's colon": "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 35\r\nTransfer-Encoding : " +
		"chunked\r\n\r\n" + smuggled,
	"a tab before the colon": "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n" +
		smuggled,
	"a folded line": "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + smuggled,
	"a leading space": "POST /b HTTP/1.1\r\n Transfer-Encoding: chunked\r\nHost: h\r\n\r\n0\r\n\r\n" +
		smuggled,
	"an unknown encoding": "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n" + smuggled,
	"identity": "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\nContent-Length: 35\r\n\r\n" +
		smuggled,
	"a list of encodings": "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" +
		smuggled,
	"chunked twice": "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: " +
		"chunked\r\n\r\n0\r\n\r\n" + smuggled,
	"a vertical tab":    "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + smuggled,
	"a quoted encoding": "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n" + smuggled,
	"chunked in HTTP/1.0": "POST /b HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
		smuggled,
	"a bare LF":                  "POST /b HTTP/1.1\r\nHost: h\nContent-Length: 35\r\n\r\n" + smuggled,
	"an empty line of a bare LF": "POST /b HTTP/1.1\r\nHost: h\r\nX: y\r\n\n" + smuggled,
	"a bare CR":                  "POST /b HTTP/1.1\r\nHost: h\r\nX: y\rContent-Length: 35\r\n\r\n" + smuggled,
	"a NUL in a value":           "POST /b HTTP/1.1\r\nHost: h\r\nX: a\x00b\r\n\r\n" + smuggled,
	"a NUL in a name":            "POST /b HTTP/1.1\r\nHost: h\r\nX\x00: b\r\n\r\n" + smuggled,
	"a line without colon":       "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length 35\r\n\r\n" + smuggled,
	"an empty name":              "POST /b HTTP/1.1\r\nHost: h\r\n: x\r\n\r\n" + smuggled,
	"two hosts":                  "GET /b HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + smuggled,
	"no host":                    "GET /b HTTP/1.1\r\n\r\n" + smuggled,
	"a space in the target":      "GET /b HTTP/1.1 HTTP/1.1\r\nHost: h\r\n\r\n" + smuggled,
	"a tab in the request line":  "GET\t/b HTTP/1.1\r\nHost: h\r\n\r\n" + smuggled,
	"two spaces":                 "GET  /b HTTP/1.1\r\nHost: h\r\n\r\n" + smuggled,
	"no version":                 "GET /b\r\nHost: h\r\n\r\n" + smuggled,
	"another version":            "GET /b HTTP/2.0\r\nHost: h\r\n\r\n" + smuggled,
	"a lower-case version":       "GET /b http/1.1\r\nHost: h\r\n\r\n" + smuggled,
	"HTTP/2's preface":           "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	"a tunnel":                   "CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n" + smuggled,
	"a target that is no path":   "GET b HTTP/1.1\r\nHost: h\r\n\r\n" + smuggled,
	"two empty lines first":      "\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n",
	"another expectation":        "PUT /b HTTP/1.1\r\nHost: h\r\nExpect: 200-ok\r\nContent-Length: 0\r\n\r\n",
	"two steps":                  "GET /b HTTP/1.1\r\nHost: h\r\nX-S3chaos-Step: a\r\nX-S3chaos-Step: b\r\n\r\n",
	"TLS to a plain port":        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
	"a head too long":            "GET /b HTTP/1.1\r\nHost: h\r\nX: " + strings.Repeat("x", 70<<10) + "\r\n\r\n",
	"too many lines":             "GET /b HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("X: y\r\n", 600) + "\r\n",
	"a head without end":         "GET /b HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("x", 70<<10),
	"a chunk size in front of spaces": "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0 \r\n\r\n" +
		smuggled,
	"a chunk size with 0x": "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n" +
		smuggled,
	"a signed chunk size": "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n+0\r\n\r\n" +
		smuggled,
	"an empty chunk size": "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n;x\r\n\r\n" +
		smuggled,
	"a chunk size beyond 60 bits": "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: " +
		"chunked\r\n\r\nffffffffffffffff0\r\n\r\n" + smuggled,
	"a chunk size with a bare LF": "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\n\r\n" +
		smuggled,
	"an extension with a bare LF": "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: " +
		"chunked\r\n\r\n2;x\nab\r\n0\r\n\r\n" + smuggled,
	"an extension with a bare CR": "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: " +
		"chunked\r\n\r\n2;x\ry\r\nab\r\n0\r\n\r\n" + smuggled,
	"a chunk longer than its size": "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: " +
		"chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n" + smuggled,
	"a chunk ended by LF": "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: " +
		"chunked\r\n\r\n2\r\nab\n0\r\n\r\n" + smuggled,
	"a length in the trailer": "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: " +
		"chunked\r\n\r\n0\r\nContent-Length: 35\r\n\r\n" + smuggled,
	"an encoding in the trailer": "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: " +
		"chunked\r\n\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n" + smuggled,
	"a trailer without colon": "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nGET " +
		"/secret HTTP/1.1\r\n\r\n" + smuggled,
	"trailers without an end": "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" +
		strings.Repeat("x: "+strings.Repeat("y", 1000)+"\r\n", 20) + "\r\n",
	"a chunk extension without end": "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0;" +
		strings.Repeat("x", 5000) + "\r\n\r\n" + smuggled,
}

func TestAmbiguousRequestGets400AndAClose(t *testing.T) {
	for name, request := range ambiguous {
		t.Run(name, func(t *testing.T) {
			inRig(t, always(hello), nil, func(r *rig) {
				got, end, _ := r.talk(request)
				assert.True(t, strings.HasPrefix(got, "HTTP/1.1 400 Bad Request\r\n"), got)
				assert.Contains(t, got, "\r\nConnection: close\r\n")
				assert.Equal(t, 1, strings.Count(got, "HTTP/1.1 "), "one answer")
				assert.Equal(t, eof, end)
				assert.NotContains(t, r.upstreamSaw(), "/secret HTTP/1.1\r\nHost")
				rec := r.record()
				assert.Equal(t, "bad_request", rec.Ended)
				assert.Equal(t, 400, rec.Status)
			})
		})
	}
}

// FuzzExchange sends arbitrary bytes to the proxy, with an upstream that reads requests as net/http
// does. Both must see the same requests, and nothing may hang, panic or leak.
func FuzzExchange(f *testing.F) {
	for _, request := range ambiguous {
		f.Add([]byte(request))
	}
	for _, request := range []string{
		get, put, get + put + get, expecting,
		"POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nx: y\r\n\r\n" + get,
	} {
		f.Add([]byte(request))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		asked := 0
		count := func(req *http.Request, _ string) string {
			asked++
			if req.Method == http.MethodHead {
				return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
			}
			return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
		}
		inRig(t, count, nil, func(r *rig) {
			r.talk(string(sent))
			passed := 0
			for _, rec := range r.records() {
				if rec.UpstreamStatus != 0 {
					passed++
				}
			}
			if asked != passed {
				t.Errorf("the upstream saw %d requests, the proxy %d", asked, passed)
			}
			seen := r.upstreamSaw()
			ends := strings.NewReplacer("\r\n", "") // the proxy drops an empty line before a request
			if !strings.Contains(strings.ToLower(string(sent)), "s3chaos") &&
				!strings.HasPrefix(ends.Replace(string(sent)), ends.Replace(seen)) {
				t.Errorf("the upstream saw bytes that were not sent: %q", seen)
			}
		})
	})
}

// FuzzResponse lets the upstream respond with arbitrary bytes. The client must never get a second
// response to one request.
func FuzzResponse(f *testing.F) {
	for _, answer := range []string{
		hello, chunkedAnswer, hello + hello, "HTTP/1.1 100 Continue\r\n\r\n" + hello,
		"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nx",
	} {
		f.Add([]byte(answer))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		inRig(t, always(string(answer)), nil, func(r *rig) {
			got, _, _ := r.talk(get)
			br := bufio.NewReader(strings.NewReader(got))
			req, _ := http.NewRequest(http.MethodGet, "/", nil)
			resp, err := http.ReadResponse(br, req)
			for err == nil && resp.StatusCode < 200 {
				resp, err = http.ReadResponse(br, req)
			}
			if err != nil {
				return // cut within its head
			}
			if _, err := io.Copy(io.Discard, resp.Body); err == nil && br.Buffered() > 0 {
				t.Errorf("more than one answer: %q", got)
			}
		})
	})
}
