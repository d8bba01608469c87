package faultproxy_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/bits"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
)

const (
	emptyChunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
	endless     = "HTTP/1.1 200 OK\r\n\r\n0123456789"
	brokenOff   = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nok"
	chunkedPut  = "PUT /demo/a.bin HTTP/1.1\r\nHost: s3.test\r\nTransfer-Encoding: chunked\r\n\r\n"
)

// The fault needs a response of the upstream. Without it, the client gets a 502, and the fault has
// not fired.
func TestFaultOnAMissingResponseHasNotFired(t *testing.T) {
	for _, rule := range []string{
		"corrupt: {}", "corrupt: {in: request}", "slicer: {size: 1}", "bandwidth: {rate: 1}", "close_early: {}",
		"close_early: {close_delimited: true}",
		"reset_peer: {at: response_head}", "reset_peer: {at: response_body}", "latency: {delay: 1s, before: response}",
		"duplicate: {}",
		"after_upstream: true, respond: {status: 500}", "after_upstream: true, timeout: 1s",
		"after_upstream: true, redirect: {}",
	} {
		t.Run(rule, func(t *testing.T) {
			inRig(t, nil, []string{rule}, func(r *rig) {
				got, _, _ := r.talk(put)
				assert.True(t, strings.HasPrefix(got, "HTTP/1.1 502 "), got)
				assert.Equal(t, []int{0}, r.proxy.Rules().Fired())
				assert.Empty(t, r.record().Rule)
				assert.Empty(t, r.record().Fault)
				assert.Equal(t, "upstream_error", r.record().Ended)
			})
		})
	}
}

// Faults on the response's body, with responses that have little or no body.
func TestFaultFiresOnlyIfTheResponseHasABodyToActOn(t *testing.T) {
	head := strings.Index(hello, "\r\n\r\n") + 4
	empty := "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	for _, c := range []struct {
		rule, answer string
		fires        bool
	}{
		{"slicer: {size: 1}", emptyChunks, false},
		{"slicer: {size: 10, delay: 1s}", hello, false},
		{"slicer: {size: 9, delay: 1s}", hello, true},
		{"slicer: {size: 10, delay: 1s}", chunkedAnswer, false},
		{"slicer: {size: 9, delay: 1s}", chunkedAnswer, true},
		{"bandwidth: {rate: 1KiB}", emptyChunks, false},
		{"bandwidth: {rate: 1KiB}", chunkedAnswer, true},
		{"corrupt: {}", emptyChunks, false},
		{"corrupt: {}", endless, true},
		{"reset_peer: {at: response_head, after_bytes: 1MiB}", hello, false},
		{fmt.Sprintf("reset_peer: {at: response_head, after_bytes: %d}", head+1), hello, false},
		{fmt.Sprintf("reset_peer: {at: response_head, after_bytes: %d}", head), hello, true},
		{fmt.Sprintf("reset_peer: {at: response_head, after_bytes: %d}", len(empty)), empty, false},
		{"reset_peer: {after_bytes: 3}", brokenOff, false},
		{"reset_peer: {after_bytes: 1}", brokenOff, true},
		{"close_early: {after_bytes: 3}", brokenOff, false},
	} {
		t.Run(c.rule+" "+c.answer, func(t *testing.T) {
			inRig(t, always(c.answer), []string{c.rule}, func(r *rig) {
				got, _, _ := r.talk(get)
				if !c.fires {
					assert.Equal(t, c.answer, got, "the answer passes as it is")
				}
				fired := map[bool]int{true: 1}[c.fires]
				assert.Equal(t, []int{fired}, r.proxy.Rules().Fired())
				assert.Equal(t, c.fires, r.record().Rule != "")
			})
		})
	}
}

// payload returns the decoded body of a response.
func payload(t *testing.T, answer string) string {
	resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(answer)), nil)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(body)
}

func flipped(t *testing.T, a, b string) (n int) {
	require.Len(t, b, len(a))
	for i := range len(a) {
		n += bits.OnesCount8(a[i] ^ b[i])
	}
	return n
}

// chunks returns content in the chunked coding, with chunks of that size.
func chunks(content string, size int) string {
	var b strings.Builder
	for len(content) > 0 {
		n := min(size, len(content))
		fmt.Fprintf(&b, "%x\r\n%s\r\n", n, content[:n])
		content = content[n:]
	}
	return b.String() + "0\r\n\r\n"
}

func TestCorruptFlipsBitsOfABodyWhoseLengthIsUnknown(t *testing.T) {
	const chunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	long := strings.Repeat("0123456789abcdef", 256)
	for name, c := range map[string]struct {
		content string
		flip    int
		want    int
	}{
		"one of ten bytes":        {"0123456789", 1, 1},
		"one of one byte":         {"0", 1, 1},
		"all of ten bytes":        {"0123456789", 80, 80},
		"more than there are":     {"0123456789", 100, 80},
		"five of a long body":     {long, 5, 5},
		"a thousand, where there": {long, 1000, 1000},
	} {
		t.Run(name, func(t *testing.T) {
			seen := map[string]bool{}
			for _, answer := range []string{
				"HTTP/1.1 200 OK\r\n\r\n" + c.content, chunkedHead + chunks(c.content, len(c.content)),
				chunkedHead + chunks(c.content, 300), chunkedHead + chunks(c.content, 7),
			} {
				inRig(t, always(answer), []string{fmt.Sprintf("corrupt: {flip: %d}", c.flip)}, func(r *rig) {
					got, _, _ := r.talk(get)
					require.Len(t, got, len(answer), "the framing is whole")
					body := payload(t, got)
					assert.Equal(t, c.want, flipped(t, c.content, body))
					sum := sha256.Sum256([]byte(body))
					assert.Equal(t, hex.EncodeToString(sum[:]), r.record().ResponseSHA256,
						"the journal has what the client got")
					assert.EqualValues(t, len(got), r.record().BytesSent)
					assert.Equal(t, []int{1}, r.proxy.Rules().Fired())
					seen[body] = true
				})
			}
			assert.Len(t, seen, 1, "the same bits, however the body is cut into pieces")
		})
	}
}

func TestCorruptFlipsBitsOfARequestOfUnknownLength(t *testing.T) {
	var asked string
	upstream := func(_ *http.Request, body string) string { asked = body; return hello }
	inRig(t, upstream, []string{"corrupt: {in: request}"}, func(r *rig) {
		r.talk(chunkedPut + chunks("hello", 5))
		first := asked
		assert.Equal(t, 1, flipped(t, "hello", first))
		assert.Equal(t, sha256Hello, r.record().RequestSHA256, "the journal has what the client sent")
		assert.Equal(t, []int{1}, r.proxy.Rules().Fired())
	})
	seen := map[string]bool{}
	for _, pieces := range [][]string{
		{chunks("hello", 5)},
		{chunks("hello", 2)},
		{"2\r\nh", "e\r\n", "3\r\nllo\r\n0\r\n", "\r\n"},
	} {
		inRig(t, upstream, []string{"corrupt: {in: request}"}, func(r *rig) {
			c := r.dial()
			defer c.Close()
			_, err := io.WriteString(c, chunkedPut)
			require.NoError(t, err)
			for _, piece := range pieces {
				time.Sleep(time.Second)
				_, err := io.WriteString(c, piece)
				require.NoError(t, err)
			}
			got, _, _ := r.talkOver(c, "")
			assert.Equal(t, hello, got)
			seen[asked] = true
		})
	}
	assert.Len(t, seen, 1)
	inRig(t, upstream, []string{"corrupt: {in: request}"}, func(r *rig) {
		r.talk(chunkedPut + "0\r\n\r\n")
		assert.Equal(t, []int{0}, r.proxy.Rules().Fired(), "a body of no bytes has nothing to corrupt")
		assert.Empty(t, r.record().Rule)
	})
}

func TestCorruptRejectsTooManyBits(t *testing.T) {
	require.NoError(t, faultproxy.Corrupt(1<<16).Validate())
	require.ErrorContains(t, faultproxy.Corrupt(1<<16+1).Validate(), "corrupt.flip: 65537: want at most 65536")
}

func TestReplaceRejectsTooLargeContent(t *testing.T) {
	require.NoError(t, faultproxy.ReplaceObject(faultproxy.Replace{Size: 1 << 30}).Validate())
	require.ErrorContains(t, faultproxy.ReplaceObject(faultproxy.Replace{Size: 1<<30 + 1}).Validate(),
		"replace.size: 1073741825B: want at most 1GiB")
}

// The first of two sends may have stored the object that the second is refused for.
func TestDuplicateThatStoredOnceIsCommitted(t *testing.T) {
	for name, second := range map[string]string{
		"refused":    "HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n",
		"broken off": "",
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			inRig(t, func(*http.Request, string) string {
				if n++; n == 1 {
					return hello
				}
				return second
			}, []string{"duplicate: {}"}, func(r *rig) {
				r.talk(put)
				assert.True(t, r.record().Committed)
				assert.Equal(t, []int{1}, r.proxy.Rules().Fired())
			})
		})
	}
}
