package faultproxy_test

import (
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

// timed reads a connection to its end or for a quiet minute, and returns what it has read with the
// time in whole tenths of a second before each part: "0:abc 10:def".
func (r *rig) timed(c io.Reader) string {
	var b strings.Builder
	start := time.Now()
	buf := make([]byte, 1<<20)
	deadline := c.(interface{ SetReadDeadline(time.Time) error })
	for {
		require.NoError(r.t, deadline.SetReadDeadline(time.Now().Add(quiet)))
		n, err := c.Read(buf)
		if n > 0 {
			b.WriteString(" " + strconv.Itoa(int(time.Since(start)/(100*time.Millisecond))) + ":" + string(buf[:n]))
		}
		if err != nil {
			return strings.TrimPrefix(b.String(), " ")
		}
	}
}

// The client receives the bytes before the silence at once, and the others after it.
func TestResponseStallsAtAByteAndGoesOn(t *testing.T) {
	head, body := hello[:len(hello)-10], hello[len(hello)-10:]
	for rule, want := range map[string]string{
		"stall: {after_bytes: 4, for: 10s}":                            "0:" + head + "0123 100:456789",
		"stall: {at: response_body, after_bytes: 40%, for: 10s}":       "0:" + head + "0123 100:456789",
		"stall: {for: 10s}":                                            "0:" + head + " 100:" + body,
		"stall: {after_bytes: 10, for: 10s}":                           "0:" + hello,
		"stall: {after_bytes: {one_of: [4]}, for: 10s}":                "0:" + head + "0123 100:456789",
		"stall: {after_bytes: {between: [4, 4]}, for: 10s}":            "0:" + head + "0123 100:456789",
		"chain: true, stall: {after_bytes: 8, for: 10s}":               "0:" + head + "01234567 100:89",
		"chain: true, stall: {after_bytes: 90%, for: 100ms}, times: 1": "0:" + head + "012345678 1:9",
	} {
		inRig(t, always(hello), []string{rule}, func(r *rig) {
			c := r.dial()
			defer c.Close()
			_, err := io.WriteString(c, get)
			require.NoError(t, err)
			assert.Equal(t, want, r.timed(c), rule)
			fired := 1
			if want == "0:"+hello {
				fired = 0
			}
			assert.Equal(t, []int{fired}, r.proxy.Rules().Fired(), rule)
			assert.Equal(t, "complete", r.record().Ended)
		})
	}
}

// Several stalls of one response are silent one after another.
func TestStallsCombine(t *testing.T) {
	rules := []string{
		"chain: true, stall: {after_bytes: 8, for: 3s}", "chain: true, stall: {after_bytes: 2, for: 1s}",
		"close_early: {after_bytes: 9}",
	}
	inRig(t, always(hello), rules, func(r *rig) {
		c := r.dial()
		defer c.Close()
		_, err := io.WriteString(c, get)
		require.NoError(t, err)
		assert.Equal(t, "0:"+hello[:len(hello)-8]+" 10:234567 40:8", r.timed(c))
		assert.Equal(t, []int{1, 1, 1}, r.proxy.Rules().Fired())
	})
}

const put10 = "PUT /demo/a.bin HTTP/1.1\r\nHost: s3.test\r\nContent-Length: 10\r\n\r\n0123456789"

// The upstream receives the start of a stalled request at once, and the rest after the silence.
func TestRequestIsSlowOnItsWayToTheUpstream(t *testing.T) {
	for rule, c := range map[string]struct {
		early string // what the upstream has after a second
		at    time.Duration
		fired int
	}{
		"stall: {at: request_body, after_bytes: 4, for: 10s}":  {"0123", 10 * time.Second, 1},
		"stall: {at: request_body, after_bytes: 50%, for: 4s}": {"01234", 4 * time.Second, 1},
		"stall: {at: request_body, after_bytes: 10, for: 10s}": {"0123456789", 0, 0},
		"bandwidth: {rate: 4, in: request}":                    {"0123", 2500 * time.Millisecond, 1},
		"slicer: {size: 3, delay: 2s, in: request}":            {"012", 6 * time.Second, 1},
		"slicer: {size: 10, delay: 2s, in: request}":           {"0123456789", 0, 0},
	} {
		inRig(t, always(hello), []string{rule}, func(r *rig) {
			c10 := r.dial()
			defer c10.Close()
			_, err := io.WriteString(c10, put10)
			require.NoError(t, err)
			time.Sleep(1005 * time.Millisecond)
			_, body, _ := strings.Cut(r.upstreamSaw(), "\r\n\r\n")
			assert.Equal(t, c.early, body, rule)
			got, end, at := r.talkOver(c10, "")
			assert.Equal(t, hello, got, rule)
			assert.Equal(t, open, end)
			if c.at > 0 {
				at += 1005 * time.Millisecond
			}
			assert.Equal(t, c.at, at.Truncate(2*time.Millisecond), rule)
			assert.Equal(t, put10, r.upstreamSaw())
			assert.Equal(t, []int{c.fired}, r.proxy.Rules().Fired(), rule)
		})
	}
}

// A fault that answers reads a slow request slowly, too.
func TestRequestThatAFaultAnswersIsReadSlowly(t *testing.T) {
	const slow = "chain: true, bandwidth: {rate: 5, in: request}|"
	const stalled = "chain: true, stall: {at: request_body, for: 3s}|"
	const sliced = "chain: true, slicer: {size: 5, delay: 3s, in: request}|"
	for rules, want := range map[string]time.Duration{
		slow + "respond: {status: 503}":                           2 * time.Second,
		stalled + "respond: {status: 503}":                        3 * time.Second,
		stalled + "reset_peer: {at: request_body}":                3 * time.Second,
		sliced + "reset_peer: {at: request_body, after_bytes: 6}": 3 * time.Second,
		slow + "duplicate: {}":                                    2 * time.Second,
	} {
		inRig(t, always(hello), strings.Split(rules, "|"), func(r *rig) {
			_, _, at := r.talk(put10)
			assert.Equal(t, want, at.Truncate(2*time.Millisecond), rules)
		})
	}
}

// A client that leaves while the proxy reads its request slowly is noticed at once, and a response
// that comes before the end of the request ends the slowness.
func TestSlowRequestEndsWithItsClient(t *testing.T) {
	inRig(t, always(hello), []string{"stall: {at: request_body, after_bytes: 4, for: 1h}"}, func(r *rig) {
		c := r.dial()
		_, err := io.WriteString(c, put10)
		require.NoError(t, err)
		time.Sleep(time.Second)
		require.NoError(t, c.Close())
		time.Sleep(time.Second)
		rec := r.record()
		assert.Equal(t, "client_gone", rec.Ended)
		assert.Equal(t, time.Second, (rec.End - rec.At).Round(10*time.Millisecond))
		assert.Equal(t, []int{1}, r.proxy.Rules().Fired())
	})
}

func TestStallThatIsRemovedGoesOn(t *testing.T) {
	for _, rule := range []string{
		"stall: {at: request_body, after_bytes: 4, for: 1h}", "stall: {after_bytes: 4, for: 1h}",
		"bandwidth: {rate: 1, in: request}", "slicer: {size: 1, delay: 1h, in: request}",
	} {
		inRig(t, always(hello), []string{rule}, func(r *rig) {
			c := r.dial()
			defer c.Close()
			_, err := io.WriteString(c, put10)
			require.NoError(t, err)
			time.Sleep(time.Second)
			require.True(t, r.proxy.Rules().Remove(1))
			_, end, at := r.talkOver(c, "")
			assert.Equal(t, open, end)
			assert.Less(t, at, 20*time.Millisecond, rule)
			assert.Equal(t, "complete", r.record().Ended)
		})
	}
}

// A body is cut when a time has passed since its first byte, whatever slows it down.
func TestBodyIsCutAfterATime(t *testing.T) {
	start := hello[:len(hello)-10]
	const slow = "chain: true, bandwidth: {rate: 2}|"
	for rules, c := range map[string]struct {
		got   string
		end   string
		at    time.Duration
		fired []int
	}{
		slow + "close_early: {after: 3s}": {
			start + "0123456", eof, 3500 * time.Millisecond, []int{1, 1},
		},
		slow + "reset_peer: {after: 3s, hold: 2s}": {
			start + "0123456", reset, 5500 * time.Millisecond, []int{1, 1},
		},
		slow + "close_early: {after: 9s}": {
			hello, open, 5 * time.Second, []int{1, 0},
		},
		"chain: true, stall: {after_bytes: 4, for: 1h}|close_early: {after: 3s}": {
			start + "0123", eof, 3 * time.Second, []int{1, 1},
		},
		"chain: true, slicer: {size: 4, delay: 2s}|reset_peer: {after: 3s}": {
			start + "01234567", reset, 3 * time.Second, []int{1, 1},
		},
		"close_early: {after: 3s}": {hello, open, 0, []int{0}},
		"reset_peer: {at: request_body, after: 3s}": {
			"", reset, 3 * time.Second, []int{1},
		},
		"chain: true, bandwidth: {rate: 1, in: request}|reset_peer: {at: request_body, after: 3s}": {
			"", reset, 4 * time.Second, []int{1, 1},
		},
	} {
		inRig(t, always(hello), strings.Split(rules, "|"), func(r *rig) {
			got, end, at := r.talk(put10)
			assert.Equal(t, c.got, got, rules)
			assert.Equal(t, c.end, end, rules)
			assert.Equal(t, c.at, at.Truncate(4*time.Millisecond), rules)
			assert.Equal(t, c.fired, r.proxy.Rules().Fired(), rules)
			time.Sleep(time.Second)
			assert.NotEqual(t, "client_gone", r.record().Ended)
		})
	}
}

// An upstream that is silent in the middle of its response does not delay the cut.
func TestBodyOfASilentUpstreamIsCutAfterATime(t *testing.T) {
	half := "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n0123456789"
	for _, fault := range []string{"close_early: {after: 3s}", "reset_peer: {after: 3s}"} {
		inRig(t, always(half), []string{fault}, func(r *rig) {
			got, _, at := r.talk(get)
			assert.Equal(t, half, got)
			assert.Equal(t, 3*time.Second, at.Truncate(4*time.Millisecond))
			assert.Equal(t, []int{1}, r.proxy.Rules().Fired())
		})
	}
}

// A body is cut at a share of its length, or at a place drawn for each request.
func TestBodyIsCutAtAShareOrADrawnPlace(t *testing.T) {
	head := len(hello) - 10
	for fault, want := range map[string]int{
		"close_early: {after_bytes: 50%}":                        5,
		"close_early: {after_bytes: 59.9%}":                      5,
		"reset_peer: {after_bytes: 25%}":                         2,
		"close_early: {after_bytes: {one_of: [7B]}}":             7,
		"reset_peer: {after_bytes: {between: [30%, 3]}}":         3,
		"close_early: {after_bytes: 50%, close_delimited: true}": 5,
	} {
		inRig(t, always(hello), []string{fault}, func(r *rig) {
			got, _, _ := r.talk(get)
			assert.Len(t, got[strings.Index(got, "\r\n\r\n")+4:], want, fault)
		})
	}
	inRig(t, always(chunkedAnswer), []string{"close_early: {after_bytes: 50%}"}, func(r *rig) {
		got, _, _ := r.talk(get)
		assert.Equal(t, chunkedAnswer, got, "a body without a length has no shares")
		assert.Equal(t, []int{0}, r.proxy.Rules().Fired())
		assert.Contains(t, r.proxy.Rules().List()[0].IdleReason, "or had no Content-Length")
	})
	places := func() (places []int) {
		inRig(t, always(hello), []string{"close_early: {after_bytes: {between: [2, 8]}}"}, func(r *rig) {
			for range 60 {
				got, _, _ := r.talk(get)
				places = append(places, len(got)-head)
			}
		})
		return places
	}
	first := places()
	seen := map[int]bool{}
	for _, n := range first {
		seen[n] = true
	}
	assert.Equal(t, map[int]bool{2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true}, seen)
	assert.Equal(t, first, places(), "the same seed draws the same places")
	var reads []int
	inRig(t, always(hello), []string{"reset_peer: {at: request_body, after_bytes: {one_of: [20%, 7]}}"}, func(r *rig) {
		for range 20 {
			r.talk(put10)
		}
		for _, rec := range r.records() {
			reads = append(reads, int(rec.BytesReceived)-len(put10)+10)
		}
		assert.Empty(t, r.upstreamSaw())
	})
	assert.Contains(t, reads, 10, "the proxy reads ahead: the bytes on the wire are all of the buffer")
}

func TestPlacesRoundTrip(t *testing.T) {
	one, kib := faultproxy.Amount{Bytes: 1}, faultproxy.Amount{Bytes: 1 << 10}
	const up, down = faultproxy.AtRequestBody, faultproxy.AtResponseBody
	share := faultproxy.Share(12.5)
	oneOf, between := faultproxy.OneOf(one), faultproxy.Between(faultproxy.Amount{}, kib)
	for text, f := range map[string]faultproxy.Fault{
		"stall: {at: response_body, after_bytes: 2KiB, for: 1s}":       faultproxy.Stall(down, 2<<10, time.Second),
		"stall: {at: request_body, after_bytes: 12.5%, for: 1s}":       faultproxy.StallAt(up, share, time.Second),
		"close_early: {after_bytes: {between: [0B, 1KiB]}}":            faultproxy.CloseEarlyAt(between),
		"reset_peer: {at: response_body, after_bytes: {one_of: [1B]}}": faultproxy.ResetPeerAt(down, oneOf),
		"close_early: {after: 3s}":                                     faultproxy.CloseEarlyAfter(3 * time.Second),
		"reset_peer: {at: request_body, after: 3s}":                    faultproxy.ResetPeerAfter(up, 3*time.Second),
		"bandwidth: {rate: 1KiB, in: request}":                         faultproxy.BandwidthRequest(1 << 10),
		"slicer: {size: 1KiB, delay: 1s, in: request}":                 faultproxy.SlicerRequest(1<<10, time.Second),
	} {
		assert.Equal(t, text, f.String())
		back, err := faultproxy.ParseFault(text)
		require.NoError(t, err, text)
		assert.Equal(t, f, back)
	}
}

func TestPlacesThatCannotBe(t *testing.T) {
	for _, c := range [][2]string{
		{"close_early: {after_bytes: 100%}", `"100%": want a share from 0% to less than 100%`},
		{"close_early: {after_bytes: -1%}", `"-1%": want a share`},
		{"close_early: {after_bytes: x%}", `"x%": want a share`},
		{"close_early: {after_bytes: {between: [2, 1]}}", "between 2B and 1B: want the lower amount first"},
		{"close_early: {after_bytes: {between: [60%, 50%]}}", "between 60% and 50%: want the lower amount first"},
		{"close_early: {after_bytes: {between: [2]}}", "between: want two amounts, the lower first"},
		{"close_early: {after_bytes: {one_of: []}}", "one_of: the list is empty"},
		{"close_early: {after_bytes: {between: [1, 2], one_of: [1]}}", "given in 2 ways"},
		{"close_early: {after: 3s, after_bytes: 1}", "close_early.after: has no meaning beside after_bytes"},
		{"close_early: {after: -3s}", "close_early.after: -3s: want 0 or more"},
		{"reset_peer: {at: response_head, after: 3s}", "reset_peer.after: has no meaning at response_head"},
		{"reset_peer: {at: response_head, after_bytes: 50%}", "a share has no meaning at response_head"},
		{"reset_peer: {at: accept, after_bytes: {one_of: [1]}}", "reset_peer.after_bytes: has no meaning at accept"},
		{"stall: {}", "stall.for: 0s: want a positive duration"},
		{"stall: {at: response_head, for: 1s}", `stall.at: "response_head": want response_body or request_body`},
		{"bandwidth: {rate: 1, in: both}", `bandwidth.in: "both": want response or request`},
		{"slicer: {size: 1, in: both}", `slicer.in: "both": want response or request`},
	} {
		_, err := faultproxy.ParseFault(c[0])
		assert.ErrorContains(t, err, c[1], c[0])
	}
}

// Held tells when a fault waits, and Disconnect ends the exchange of a client that has left.
func TestHeldExchangeEndsWithItsClient(t *testing.T) {
	for rule, upstream := range map[string]string{
		"timeout: {}":                             "",
		"after_upstream: true, timeout: {}":       "GET ",
		"stall: {after_bytes: 4, for: 10h}":       "GET ",
		"latency: {delay: 10h}":                   "",
		"latency: {delay: 10h, before: response}": "GET ",
	} {
		synctest.Test(t, func(t *testing.T) {
			r := &rig{t: t, network: memnet.New()}
			parsed, err := faultproxy.ParseRule("name: hold, " + rule)
			require.NoError(t, err)
			var held []string
			cfg := faultproxy.Config{
				Upstream: "up:80", Dial: r.network.DialContext, Rules: []faultproxy.Rule{parsed},
				Held: func(rule string) {
					held = append(held, rule+" "+r.upstreamSaw()[:min(4, len(r.upstreamSaw()))])
				},
			}
			r.run(cfg, always(hello), func(r *rig) {
				c := r.dial()
				defer c.Close()
				_, err := io.WriteString(c, "GET /demo/k HTTP/1.1\r\nHost: s3.test\r\n\r\n")
				require.NoError(t, err)
				time.Sleep(time.Minute)
				synctest.Wait()
				require.Equal(t, []string{"hold " + upstream}, held, rule)
				require.False(t, r.record().Done)
				r.proxy.Disconnect()
				synctest.Wait()
				require.True(t, r.record().Done)
				require.Equal(t, journal.EndClientGone, r.record().Ended)
			})
		})
	}
}
