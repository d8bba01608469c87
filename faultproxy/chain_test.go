package faultproxy_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// Several rules act on one exchange. Each case says what the client receives, when, and which rules
// have fired.
func TestChainedFaultsActTogether(t *testing.T) {
	const slow503 = "chain: true, latency: {delay: 2s}"
	for name, c := range map[string]struct {
		rules    []string
		request  string
		answer   string
		got      string
		contains string // in place of got
		end      string
		at       time.Duration
		ended    string
		asked    int
		fired    []int
		rule     string
	}{
		"latencies on both ways add up": {
			rules: []string{
				"chain: true, latency: {delay: 600ms}", "chain: true, latency: {delay: 1s}",
				"latency: {delay: 2s, before: response}",
			},
			request: put, got: hello, end: open, at: 3600 * time.Millisecond, ended: "complete", asked: 1,
			fired: []int{1, 1, 1}, rule: "#1 + #2 + #3",
		},
		"all rules are chained": {
			rules: []string{
				"chain: true, latency: {delay: 1s}",
				"chain: true, latency: {delay: 2s, before: response}",
			},
			request: get, got: hello, end: open, at: 3 * time.Second, ended: "complete", asked: 1,
			fired: []int{1, 1}, rule: "#1 + #2",
		},
		"a chained rule alone": {
			rules: []string{"chain: true, latency: {delay: 1s}"}, request: get, got: hello, end: open,
			at: time.Second, ended: "complete", asked: 1, fired: []int{1}, rule: "#1",
		},
		"a slow error": {
			rules:   []string{slow503, "respond: {status: 503, code: SlowDown}"},
			request: put, contains: "HTTP/1.1 503 Slow Down\r\n", end: open, at: 2 * time.Second, ended: "complete",
			fired: []int{1, 1}, rule: "#1 + #2",
		},
		"an error after a delay on each way": {
			rules: []string{
				slow503, "chain: true, latency: {delay: 3s, before: response}", "respond: {status: 503}",
			},
			request: put, contains: "HTTP/1.1 503 Slow Down\r\n", end: open, at: 5 * time.Second, ended: "complete",
			fired: []int{1, 1, 1}, rule: "#1 + #2 + #3",
		},
		"a delayed timeout": {
			rules: []string{slow503, "timeout: 3s"}, request: put, end: eof, at: 5 * time.Second, ended: "timeout",
			fired: []int{1, 1}, rule: "#1 + #2",
		},
		"a delayed reset before the upstream": {
			rules: []string{slow503, "reset_peer: {at: request_head, hold: 1s}"}, request: put, end: reset,
			at: 3 * time.Second, ended: "reset", fired: []int{1, 1}, rule: "#1 + #2",
		},
		"a delayed answer cut in its head": {
			rules: []string{
				"chain: true, latency: {delay: 2s, before: response}",
				"reset_peer: {at: response_head, after_bytes: 8}",
			},
			request: get, got: "HTTP/1.1", end: reset, at: 2 * time.Second, ended: "reset", asked: 1,
			fired: []int{1, 1}, rule: "#1 + #2",
		},
		"an edited head that is broken in one line": {
			rules:   []string{"chain: true, edit: {status: 404}", "malformed: {as: header}"},
			request: get, end: eof, ended: "closed", asked: 1, fired: []int{1, 1}, rule: "#1 + #2",
			got: "HTTP/1.1 404 Not Found\r\nthis line has no colon\r\nContent-Length: 10\r\nETag: \"e\"\r\n\r\n" +
				"0123456789",
		},
		"an edited head before a broken chunk": {
			rules:   []string{"chain: true, edit: {headers: {set: {ETag: x}}}", "malformed: {as: chunk_size}"},
			request: get, end: eof, ended: "closed", asked: 1, fired: []int{1, 1}, rule: "#1 + #2",
			got: "HTTP/1.1 200 OK\r\nETag: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nsize\r\n",
		},
		"a slow body cut at its sixth byte": {
			rules:   []string{"chain: true, bandwidth: {rate: 2}", "close_early: {after_bytes: 6}"},
			request: get, got: strings.TrimSuffix(hello, "6789"), end: eof, at: 3 * time.Second, ended: "closed",
			asked: 1,
			fired: []int{1, 1}, rule: "#1 + #2",
		},
		"a slow body reset at its sixth byte": {
			rules:   []string{"chain: true, slicer: {size: 2, delay: 1s}", "reset_peer: {after_bytes: 6, hold: 4s}"},
			request: get, got: strings.TrimSuffix(hello, "6789"), end: reset, at: 6 * time.Second, ended: "reset",
			asked: 1,
			fired: []int{1, 1}, rule: "#1 + #2",
		},
		"a slow body without a length, cut": {
			rules: []string{
				"chain: true, bandwidth: {rate: 2}",
				"close_early: {after_bytes: 6, close_delimited: true}",
			},
			request: get, got: "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nConnection: close\r\n\r\n012345", end: eof,
			at:    3 * time.Second,
			ended: "closed", asked: 1, fired: []int{1, 1}, rule: "#1 + #2",
		},
		"the slower of two rates": {
			rules:   []string{"chain: true, bandwidth: {rate: 10}", "chain: true, bandwidth: {rate: 2}"},
			request: get, got: hello, end: open, at: 5100 * time.Millisecond, ended: "complete", asked: 1,
			fired: []int{1, 1}, rule: "#1 + #2",
		},
		"chunks pass through a chain": {
			rules:   []string{"chain: true, bandwidth: {rate: 5}", "slicer: {size: 5, delay: 4s}"},
			request: get, answer: chunkedAnswer, got: chunkedAnswer, end: open, at: 5800 * time.Millisecond,
			ended: "complete", asked: 1,
			fired: []int{1, 1}, rule: "#1 + #2",
		},
		"the last rule's after_upstream": {
			rules:   []string{slow503, "after_upstream: true, respond: {status: 500}"},
			request: put, contains: "HTTP/1.1 500 ", end: open, at: 2 * time.Second, ended: "complete", asked: 1,
			fired: []int{1, 1}, rule: "#1 + #2",
		},
		"duplicate behind a delay": {
			rules: []string{slow503, "duplicate: {}"}, request: put, got: hello, end: open, at: 2 * time.Second,
			ended: "complete", asked: 2, fired: []int{1, 1}, rule: "#1 + #2",
		},
		"a body that never comes is not slow": {
			rules: []string{
				"chain: true, bandwidth: {rate: 2}", "chain: true, latency: {delay: 1s, before: response}",
				slow503, "timeout: 3s",
			},
			request: put, end: eof, at: 5 * time.Second, ended: "timeout", fired: []int{0, 0, 1, 1}, rule: "#3 + #4",
		},
		"an empty body is not slow": {
			rules:   []string{slow503, "bandwidth: {rate: 2}"},
			request: get, answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
			got: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", end: open, at: 2 * time.Second, ended: "complete",
			asked: 1,
			fired: []int{1, 0}, rule: "#1",
		},
		"a cut behind the end has not fired": {
			rules:   []string{"chain: true, bandwidth: {rate: 2}", "close_early: {after_bytes: 10}"},
			request: get, got: hello, end: open, at: 5 * time.Second, ended: "complete", asked: 1,
			fired: []int{1, 0}, rule: "#1",
		},
		"a slow answer of a fault": {
			rules:   []string{"chain: true, bandwidth: {rate: 10}", "respond: {status: 200, body: truncated_xml}"},
			request: "GET /a HTTP/1.1\r\nHost: h\r\n\r\n", contains: "<Code>InternalError</Code><Mess", end: open,
			at: 7700 * time.Millisecond, ended: "complete", fired: []int{1, 1}, rule: "#1 + #2",
		},
		"a rule without chain is the last": {
			rules: []string{slow503, "latency: {delay: 1s}", "respond: {status: 503}"}, request: get, got: hello,
			end: open,
			at:  3 * time.Second, ended: "complete", asked: 1, fired: []int{1, 1, 0}, rule: "#1 + #2",
		},
		"each rule counts for itself": {
			rules: []string{
				"chain: true, after: 1, latency: {delay: 8s}",
				"chain: true, match: {operation: PutObject}, latency: {delay: 8s}",
				"chain: true, probability: 0, latency: {delay: 8s}", slow503,
			},
			request: get, got: hello, end: open, at: 2 * time.Second, ended: "complete", asked: 1,
			fired: []int{0, 0, 0, 1}, rule: "#4",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c.answer == "" {
				c.answer = hello
			}
			inRig(t, always(c.answer), c.rules, func(r *rig) {
				got, end, at := r.talk(c.request)
				if c.contains == "" {
					assert.Equal(t, c.got, got)
				} else {
					assert.Contains(t, got, c.contains)
				}
				assert.Equal(t, c.end, end)
				assert.Equal(t, c.at, at.Truncate(2*time.Millisecond))
				assert.Equal(t, c.asked, strings.Count(r.upstreamSaw(), " HTTP/1.1\r\n"))
				assert.Equal(t, c.fired, r.proxy.Rules().Fired())
				time.Sleep(time.Second)
				rec := r.record()
				assert.Equal(t, c.ended, rec.Ended)
				assert.Equal(t, c.rule, rec.Rule)
				assert.Len(t, rec.Firings(), strings.Count(c.rule, "#"))
			})
		})
	}
}

// A record names each rule that fired, and those of one rule look as without chains.
func TestRecordNamesEachRuleThatFired(t *testing.T) {
	rules := []string{
		"name: slow, chain: true, latency: {delay: 1s}",
		"name: a + b, times: 1, respond: {status: 503, message: x + y}",
	}
	inRig(t, always(hello), rules, func(r *rig) {
		r.talk(get)
		r.talk(get)
		records := r.records()
		assert.Equal(t, "slow + a + b", records[0].Rule)
		assert.Equal(t, "latency: {delay: 1s} + respond: {status: 503, message: \"x + y\"}", records[0].Fault)
		assert.Equal(t, []faultproxy.Firing{
			{Rule: "slow", Fault: "latency: {delay: 1s}"},
			{Rule: "a + b", Fault: "respond: {status: 503, message: \"x + y\"}"},
		}, records[0].Firings())
		assert.Equal(t, "slow", records[1].Rule)
		assert.Nil(t, records[1].Fired)
		assert.Equal(t, []int{2, 1}, r.proxy.Rules().Fired())
	})
}

// A client that leaves while an earlier fault delays the exchange has not met the later one.
func TestFaultThatTheClientDidNotWaitForHasNotFired(t *testing.T) {
	rules := []string{
		"chain: true, latency: {delay: 1h}", "chain: true, bandwidth: {rate: 1}", "respond: {status: 503}",
	}
	inRig(t, always(hello), rules, func(r *rig) {
		r.talkUntil(r.dial(), get, time.Second)
		conn := r.dial()
		_, err := io.WriteString(conn, get)
		require.NoError(t, err)
		time.Sleep(time.Second)
		require.NoError(t, conn.Close())
		time.Sleep(time.Second)
		rec := r.records()[1]
		assert.Equal(t, "client_gone", rec.Ended)
		assert.Equal(t, "#1", rec.Rule)
		list := r.proxy.Rules().List()
		assert.Equal(t, "another rule or the client ended the exchange before", list[1].IdleReason)
		assert.Equal(t, "another rule or the client ended the exchange before", list[2].IdleReason)
	})
}

// A client that leaves during the first piece of a body has not shown that there is only one.
func TestFaultOnABodyThatTheClientLeftHasNotFired(t *testing.T) {
	rules := []string{"chain: true, slicer: {size: 8}", "chain: true, bandwidth: {rate: 1}"}
	inRig(t, always(hello), rules, func(r *rig) {
		conn := r.dial()
		_, err := io.WriteString(conn, get)
		require.NoError(t, err)
		time.Sleep(2 * time.Second)
		require.NoError(t, conn.Close())
		time.Sleep(time.Second)
		assert.Equal(t, "client_gone", r.record().Ended)
		assert.Equal(t, []int{0, 1}, r.proxy.Rules().Fired())
		assert.Equal(t, "another rule or the client ended the exchange before", r.proxy.Rules().List()[0].IdleReason)
	})
}

// A rule that is removed while it acts lets go, and the other rules of the exchange act on.
func TestRemovedRuleOfAChainLetsGo(t *testing.T) {
	for name, c := range map[string]struct {
		rules []string
		at    time.Duration // of the end, from the removal of the first rule after a second
	}{
		"a delay": {
			[]string{"chain: true, latency: {delay: 1h}", "latency: {delay: 7s, before: response}"},
			7 * time.Second,
		},
		"a slow body": {
			[]string{"chain: true, bandwidth: {rate: 1}", "slicer: {size: 5, delay: 7s}"},
			7 * time.Second,
		},
		"slices": {
			[]string{"chain: true, slicer: {size: 2, delay: 1h}", "slicer: {size: 5, delay: 7s}"},
			7 * time.Second,
		},
		"the other rule": {[]string{"timeout: 1h", "chain: true, latency: {delay: 7s}"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, always(hello), c.rules, func(r *rig) {
				conn := r.dial()
				_, err := io.WriteString(conn, get)
				require.NoError(t, err)
				time.Sleep(time.Second)
				require.True(t, r.proxy.Rules().Remove(1))
				got, _, at := r.talkOver(conn, "")
				if name != "the other rule" {
					assert.Equal(t, hello, strings.TrimSuffix(hello, got)+got)
				}
				assert.Equal(t, c.at, at.Round(10*time.Millisecond))
			})
		})
	}
}

// A body of unknown length is corrupted, and its framing stays, wherever in the chain that happens.
func TestCorruptInAChainKeepsTheFraming(t *testing.T) {
	for _, rules := range [][]string{
		{"chain: true, corrupt: {flip: 3}", "bandwidth: {rate: 5}"},
		{"chain: true, bandwidth: {rate: 5}", "corrupt: {flip: 3}"},
		{"chain: true, corrupt: {flip: 3}", "chain: true, corrupt: {in: request}", "slicer: {size: 1}"},
	} {
		inRig(t, always(chunkedAnswer), rules, func(r *rig) {
			got, _, _ := r.talk(put)
			require.Len(t, got, len(chunkedAnswer))
			assert.Equal(t, 3, flipped(t, "0123456789", payload(t, got)))
			for _, n := range r.proxy.Rules().Fired() {
				assert.Equal(t, 1, n)
			}
		})
	}
}

// Nothing receives a request's body that a fault answers, so flipping its bits has no effect.
func TestCorruptOfARequestThatNoUpstreamReceivesHasNotFired(t *testing.T) {
	inRig(t, always(hello), []string{"chain: true, corrupt: {in: request}", "respond: {status: 503}"}, func(r *rig) {
		r.talk(put)
		assert.Equal(t, []int{0, 1}, r.proxy.Rules().Fired())
		assert.Equal(t, "#2", r.record().Rule)
	})
}

func TestChainOfAFaultThatEndsTheExchangeIsAMistake(t *testing.T) {
	for _, fault := range []string{
		"respond: {}", "timeout: {}", "close_early: {}", "reset_peer: {}", "duplicate: {}", "stale: {}",
		"idle_close: {}",
		"refuse: {}", "throttle: {rate: 1}", "redirect: {}", "ok_with_error: {}", "dns: nxdomain",
	} {
		_, err := faultproxy.ParseRule("chain: true, " + fault)
		require.ErrorIs(t, err, faultproxy.ErrRule)
		kind, _, _ := strings.Cut(fault, ":")
		require.ErrorContains(t, err,
			"chain: "+kind+" decides how the exchange ends, so no later rule could act on it "+
				"(set chain on the rules before it, with latency, bandwidth, slicer, stall, ")
	}
}
