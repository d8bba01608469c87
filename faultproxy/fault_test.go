package faultproxy_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/bits"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
)

const big = 5 << 20

// bigAnswer is a response of 5 MiB with a Content-Length.
var bigAnswer = fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", big,
	strings.Repeat("0123456789abcdef", big/16))

const (
	chunkedAnswer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nETag: " +
		"\"e\"\r\n\r\n4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n"
	expecting = "PUT /demo/a.bin HTTP/1.1\r\nHost: s3.test\r\nExpect: 100-continue\r\nContent-Length: " +
		"5\r\n\r\nhello"
)

// Each case has a request and a rule, and says what the client receives, the state of its
// connection afterwards, and the time.
func TestClientReceivesWhatTheFaultSays(t *testing.T) {
	head := func(answer string) int { return strings.Index(answer, "\r\n\r\n") + 4 }
	for name, tc := range map[string]struct {
		rule    string
		request string
		answer  string // response of the upstream; default hello

		got       string
		starts    string // start of the response, in place of got
		contains  string
		end       string
		at        time.Duration // time until then, except for the identity latency
		ended     string
		committed bool
		asked     int // number of requests that reached the upstream
	}{
		"respond": {
			rule: "respond: {status: 503, code: SlowDown, retry_after: 2s, headers: {X-A: b}}", request: put,
			starts: "HTTP/1.1 503 Slow Down\r\n", contains: "\r\nRetry-After: 2\r\nX-A: b\r\nContent-Length: ",
			end: open, ended: "complete",
		},
		"respond after the upstream": {
			rule: "after_upstream: true, respond: {status: 500}", request: put,
			starts: "HTTP/1.1 500 Internal Server Error\r\n", contains: "<Code>InternalError</Code>", end: open,
			ended: "complete", committed: true, asked: 1,
		},
		"respond by code": {
			rule: "respond: {code: NoSuchKey}", request: get,
			starts: "HTTP/1.1 404 Not Found\r\n", contains: "does not exist.", end: open, ended: "complete",
		},
		"respond html": {
			rule: "respond: {status: 502, body: html}", request: get,
			starts: "HTTP/1.1 502 Bad Gateway\r\n", contains: "<center><h1>502 Bad Gateway</h1></center>", end: open,
			ended: "complete",
		},
		"respond malformed XML": {
			rule: "respond: {status: 503, body: malformed_xml}", request: get,
			starts: "HTTP/1.1 503 Slow Down\r\n", contains: "</Massage>", end: open, ended: "complete",
		},
		"respond truncated XML": {
			rule: "respond: {status: 503, body: truncated_xml}", request: get,
			starts: "HTTP/1.1 503 Slow Down\r\n", contains: "<Code>SlowDown</Code><Mess", end: open, ended: "complete",
		},
		"respond empty": {
			rule: "respond: {status: 503, body: empty}", request: get,
			starts: "HTTP/1.1 503 Service Unavailable\r\n", contains: "Content-Length: 0\r\n\r\n", end: open,
			ended: "complete",
		},
		"respond expected": {
			rule: "respond: {status: 503}", request: strings.TrimSuffix(expecting, "hello"),
			got: "HTTP/1.1 100 Continue\r\n\r\n", end: open, ended: "client_gone", at: 0,
		},
		"respond early": {
			rule: "respond: {status: 503, early: true}", request: put,
			starts: "HTTP/1.1 503 Slow Down\r\n", contains: "Connection: close\r\n", end: eof, ended: "complete",
		},
		"ok with error": {
			rule: "ok_with_error: {}", request: put, starts: "HTTP/1.1 200 OK\r\n",
			contains: "<Error><Code>InternalError</Code>", end: open, ended: "complete",
		},
		"timeout": {rule: "timeout: {}", request: put, end: open, ended: "client_gone"},
		"timeout for a while": {
			rule: "timeout: 5s", request: put, end: eof, at: 5 * time.Second,
			ended: "timeout",
		},
		"timeout after the upstream": {
			rule: "after_upstream: true, timeout: 5s", request: put, end: eof,
			at: 5 * time.Second, ended: "timeout", committed: true, asked: 1,
		},
		"latency": {
			rule: "latency: {delay: 30s}", request: put, got: hello, end: open,
			at: 30 * time.Second, ended: "complete", committed: true, asked: 1,
		},
		"latency before the response": {
			rule: "latency: {delay: 30s, before: response}", request: get, got: hello,
			end: open, at: 30 * time.Second, ended: "complete", asked: 1,
		},
		"reset at accept": {rule: "reset_peer: {at: accept}", request: get, end: reset, ended: "reset"},
		"reset at request head": {
			rule: "reset_peer: {at: request_head}", request: put, end: reset,
			ended: "reset",
		},
		"reset in request body": {
			rule: "reset_peer: {at: request_body, after_bytes: 3}", request: put,
			end: reset, ended: "reset",
		},
		"reset in response head": {
			rule: "reset_peer: {at: response_head, after_bytes: 20}", request: put,
			got: hello[:20], end: reset, ended: "reset", committed: true, asked: 1,
		},
		"reset in response body": {
			rule: "reset_peer: {at: response_body, after_bytes: 3}", request: put,
			got: hello[:head(hello)+3], end: reset, ended: "reset", committed: true, asked: 1,
		},
		"reset after 3 MiB": {
			rule: "reset_peer: {after_bytes: 3MiB}", request: get, answer: bigAnswer,
			got: bigAnswer[:head(bigAnswer)+3<<20], end: reset, ended: "reset", asked: 1,
		},
		"reset in chunks": {
			rule: "reset_peer: {after_bytes: 5}", request: get, answer: chunkedAnswer,
			got: chunkedAnswer[:strings.Index(chunkedAnswer, "56789")], end: reset, ended: "reset", asked: 1,
		},
		"reset later": {
			rule: "reset_peer: {after_bytes: 3, hold: 7s}", request: get,
			got: hello[:head(hello)+3], end: reset, at: 7 * time.Second, ended: "reset", asked: 1,
		},
		"close early": {
			rule: "close_early: {after_bytes: 3}", request: get, got: hello[:head(hello)+3],
			end: eof, ended: "closed", asked: 1,
		},
		"close early at once": {
			rule: "close_early: {}", request: get, got: hello[:head(hello)], end: eof,
			ended: "closed", asked: 1,
		},
		"close delimited": {
			rule: "close_early: {after_bytes: 3, close_delimited: true}", request: get,
			got: "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nConnection: close\r\n\r\n012", end: eof, ended: "closed", asked: 1,
		},
		"close delimited from chunks": {
			rule: "close_early: {after_bytes: 5, close_delimited: true}", request: get, answer: chunkedAnswer,
			got: "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nConnection: close\r\n\r\n01234", end: eof, ended: "closed",
			asked: 1,
		},
		"bandwidth": {
			rule: "bandwidth: {rate: 5}", request: get, got: hello, end: open, at: 2 * time.Second,
			ended: "complete", asked: 1,
		},
		"bandwidth at large": {
			rule: "bandwidth: {rate: 1MiB}", request: get, answer: bigAnswer, got: bigAnswer,
			end: open, at: 5 * time.Second, ended: "complete", asked: 1,
		},
		"slicer": {
			rule: "slicer: {size: 4, delay: 1s}", request: get, got: hello, end: open,
			at: 2 * time.Second, ended: "complete", asked: 1,
		},
		"continue withheld": {
			rule: "continue: withhold", request: expecting, got: hello, end: open, ended: "complete",
			committed: true, asked: 1,
		},
		"continue late": {
			rule: "continue: late", request: expecting, got: "HTTP/1.1 100 Continue\r\n\r\n" + hello,
			end: open, at: 2 * time.Second, ended: "complete", committed: true, asked: 1,
		},
		"continue final": {
			rule: "continue: final", request: strings.TrimSuffix(expecting, "hello"),
			starts: "HTTP/1.1 417 Expectation Failed\r\n", end: eof, ended: "complete",
		},
		"redirect": {
			rule: "redirect: {}", request: get, starts: "HTTP/1.1 307 Temporary Redirect\r\n",
			contains: "\r\nLocation: http://s3.test/demo/a.bin\r\n", end: open, ended: "complete",
		},
		"redirect elsewhere": {
			rule: "redirect: {status: 301, to: 'http://other.test'}", request: get,
			starts: "HTTP/1.1 301 Moved Permanently\r\n", contains: "\r\nLocation: http://other.test/demo/a.bin\r\n",
			end: open, ended: "complete",
		},
		"duplicate": {
			rule: "duplicate: {}", request: put, got: hello, end: open, ended: "complete",
			committed: true, asked: 2,
		},
		"throttle": {
			rule: "throttle: {rate: 1}", request: get + get,
			starts: hello + "HTTP/1.1 503 Slow Down\r\n", contains: "SlowDown", end: open, asked: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.answer == "" {
				tc.answer = hello
			}
			inRig(t, always(tc.answer), []string{tc.rule}, func(r *rig) {
				got, end, at := r.talk(tc.request)
				if tc.starts == "" {
					if got != tc.got {
						t.Errorf("got %d bytes, want %d: %.300q", len(got), len(tc.got), got)
					}
				} else {
					assert.True(t, strings.HasPrefix(got, tc.starts), got)
					assert.Contains(t, got, tc.contains)
				}
				assert.Equal(t, tc.end, end)
				assert.Equal(t, tc.at, at.Truncate(2*time.Millisecond))
				assert.Equal(t, tc.asked, strings.Count(r.upstreamSaw(), " HTTP/1.1\r\n"))
				time.Sleep(time.Second)
				records := r.records()
				rec := records[len(records)-1]
				if tc.ended != "" {
					require.Len(t, records, 1)
					assert.Equal(t, tc.ended, rec.Ended)
				}
				assert.Equal(t, tc.committed, rec.Committed)
				assert.Equal(t, "#1", rec.Rule)
				want, err := faultproxy.ParseRule(tc.rule)
				require.NoError(t, err)
				assert.Equal(t, want.Fault.String(), rec.Fault)
				assert.Equal(t, []int{1}, r.proxy.Rules().Fired())
			})
		})
	}
}

func TestCorruptFlipsTheGivenNumberOfBodyBits(t *testing.T) {
	differing := func(a, b string) (n int) {
		require.Equal(t, len(a), len(b))
		for i := range len(a) {
			n += bits.OnesCount8(a[i] ^ b[i])
		}
		return n
	}
	head := strings.Index(hello, "\r\n\r\n") + 4
	var first string
	for range 2 {
		inRig(t, always(hello), []string{"corrupt: {flip: 3}"}, func(r *rig) {
			got, _, _ := r.talk(get)
			assert.Equal(t, hello[:head], got[:head])
			assert.Equal(t, 3, differing(hello, got))
			sum := sha256.Sum256([]byte(got[head:]))
			assert.Equal(t, hex.EncodeToString(sum[:]), r.record().ResponseSHA256,
				"the journal has what the client got")
			if first == "" {
				first = got
			}
			assert.Equal(t, first, got, "the same bits every time")
		})
	}
	inRig(t, always(hello), []string{"corrupt: {in: request}"}, func(r *rig) {
		r.talk(put)
		assert.Equal(t, 1, differing(put, r.upstreamSaw()))
		assert.Equal(t, sha256Hello, r.record().RequestSHA256, "the journal has what the client sent")
		r.talk(get)
		assert.Empty(t, r.records()[1].Rule, "a request without body has nothing to corrupt")
	})
}

func TestIdleCloseActsOnReusedConnectionsOnly(t *testing.T) {
	inRig(t, always(hello), []string{"idle_close: {}"}, func(r *rig) {
		got, end, _ := r.talk(get + get)
		assert.Equal(t, hello, got)
		assert.Equal(t, reset, end)
		records := r.records()
		require.Len(t, records, 2)
		assert.Equal(t, "complete", records[0].Ended)
		assert.Equal(t, "reset", records[1].Ended)
		assert.Equal(t, "#1", records[1].Rule)
		got, end, _ = r.talk(get)
		assert.Equal(t, hello, got, "a fresh connection is fine")
		assert.Equal(t, open, end)
	})
}

func TestWithheldContinueAppliesToRequestsThatExpectIt(t *testing.T) {
	inRig(t, always(hello), []string{"continue: withhold"}, func(r *rig) {
		got, _, _ := r.talk(put)
		assert.Equal(t, hello, got)
		assert.Empty(t, r.record().Rule)
	})
}

func TestThrottleRefillsAndKeepsQuotasApart(t *testing.T) {
	inRig(t, always(hello), []string{"throttle: {rate: 0.5, burst: 2, per: prefix}"}, func(r *rig) {
		status := func(target string) string {
			got, _, _ := r.talk("GET " + target + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
			return got[9:12]
		}
		var got []string
		for _, target := range []string{"/b/x/1", "/b/x/2", "/b/x/3", "/b/y/1", "/c/x/1"} {
			got = append(got, status(target))
		}
		time.Sleep(2 * time.Second)
		got = append(got, status("/b/x/4"), status("/b/x/5"))
		assert.Equal(t, []string{"200", "200", "503", "200", "200", "200", "503"}, got)
	})
}

func TestProbabilityZeroNeverActsAndOneAlways(t *testing.T) {
	for p, want := range map[string]int{"0": 0, "1": 20} {
		inRig(t, always(hello), []string{"probability: " + p + ", respond: {status: 500}"}, func(r *rig) {
			r.talk(strings.Repeat(get, 20))
			assert.Equal(t, []int{want}, r.proxy.Rules().Fired())
		})
	}
}
