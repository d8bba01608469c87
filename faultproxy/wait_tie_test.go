package faultproxy_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// A client whose patience begins with the last byte that moved, and is as long as the proxy's wait,
// ends first, and not one time in two as the scheduler likes.
func TestWaitOutlastsATimerOfTheSameLength(t *testing.T) {
	const list = "/demo?list-type=2"
	long := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n%s", strings.Repeat("x", 4000))
	document := "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 7\r\n\r\n<a></a>"
	put := "PUT /demo/a HTTP/1.1\r\nHost: s3.test\r\nContent-Length: 4000\r\n\r\n" + strings.Repeat("x", 4000)
	ask := func(target string) string { return "GET " + target + " HTTP/1.1\r\nHost: s3.test\r\n\r\n" }
	const patience = 10 * time.Second
	for fault, c := range map[string]struct {
		answer, request string
		times           int // that the client is out of patience
	}{
		"stall: {after_bytes: 1000, for: 10s}":                   {long, ask("/demo/a"), 1},
		"slicer: {size: 1000, delay: 10s}":                       {long, ask("/demo/a"), 3},
		"slicer: {size: 1000, delay: 5s}":                        {long, ask("/demo/a"), 0},
		"bandwidth: {rate: 100B}":                                {long, ask("/demo/a"), 0},
		"whitespace: 10s":                                        {document, ask(list), 1},
		"latency: {delay: 10s, before: response}":                {hello, put, 1},
		"latency: {delay: 10s}":                                  {hello, ask("/demo/a"), 1},
		"timeout: {for: 10s}":                                    {hello, put, 1},
		"stall: {after_bytes: 1000, for: 10s, at: request_body}": {hello, put, 1},
		"slicer: {size: 2000, delay: 10s, in: request}":          {hello, put, 1},
	} {
		inRig(t, always(c.answer), []string{fault}, func(r *rig) {
			conn := r.dial()
			defer conn.Close()
			_, err := io.WriteString(conn, c.request)
			assert.NoError(t, err)
			// A read deadline that fires at the instant at which a byte comes would be decided by
			// the scheduler. So the client reads as long as it takes, and looks at its clock.
			var times int
			buf := make([]byte, 8192)
			last := time.Now()
			for {
				_ = conn.SetReadDeadline(time.Now().Add(quiet))
				_, err := conn.Read(buf)
				waited := time.Since(last)
				last = time.Now()
				if errors.Is(err, os.ErrDeadlineExceeded) {
					break
				}
				assert.NotEqual(t, patience, waited, fault)
				if waited > patience {
					times++
					assert.Less(t, waited, patience+2*time.Millisecond, fault)
				}
				if err != nil {
					break
				}
			}
			assert.Equal(t, c.times, times, fault)
		})
	}
}

// No two bytes of a slow body come at instants that are a round time apart, which is what a timer
// that the client started with one of them measures.
func TestPiecesOfASlowBodyAreNeverARoundTimeApart(t *testing.T) {
	long := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n%s", strings.Repeat("x", 100))
	for _, fault := range []string{"slicer: {size: 2, delay: 20ms}", "bandwidth: {rate: 100B}"} {
		inRig(t, always(long), []string{fault}, func(r *rig) {
			conn := r.dial()
			defer conn.Close()
			_, err := io.WriteString(conn, "GET /demo/a HTTP/1.1\r\nHost: s3.test\r\n\r\n")
			assert.NoError(t, err)
			buf := make([]byte, 8192)
			var at []time.Time
			for {
				_ = conn.SetReadDeadline(time.Now().Add(quiet))
				if _, err := conn.Read(buf); err != nil {
					break
				}
				if now := time.Now(); len(at) == 0 || now.After(at[len(at)-1]) { // the head may come by itself
					at = append(at, now)
				}
			}
			assert.Greater(t, len(at), 30, fault)
			for i := range at {
				for j := range i {
					assert.NotZero(t, at[i].Sub(at[j])%(10*time.Millisecond), "%s: pieces %d and %d", fault, j, i)
				}
			}
			assert.InDelta(t, 1, at[len(at)-1].Sub(at[0]).Seconds(), 0.03, fault)
		})
	}
}
