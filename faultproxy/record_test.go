package faultproxy_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// A record has the time of the request's last byte, of the response's first byte, and of the end.
func TestRecordHasTheTimesOfItsExchange(t *testing.T) {
	// seconds after the arrival; the body arrives after one second
	type instants struct{ received, answered, ended int }
	for rule, want := range map[string]instants{
		"optional: true, match: {key: other}, respond: {}": {1, 1, 1},
		"latency: {delay: 2s, before: response}":           {1, 3, 3},
		"latency: {delay: 2s}":                             {2, 2, 2},
		"slicer: {size: 4, delay: 1s}":                     {1, 1, 3},
		"respond: {status: 503}":                           {1, 1, 1},
		"respond: {status: 503, early: true}":              {0, 0, 0},
		"after_upstream: true, respond: {status: 503}":     {1, 1, 1},
		"reset_peer: {at: request_head}":                   {0, 0, 0},
		"after_upstream: true, timeout: 3s":                {1, 0, 4},
	} {
		for _, size := range []int{5, 50000} {
			t.Run(fmt.Sprint(rule, size), func(t *testing.T) {
				inRig(t, always(hello), []string{rule}, func(r *rig) {
					c := r.dial()
					defer c.Close()
					_, err := fmt.Fprintf(c, "PUT /demo/a HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", size)
					require.NoError(t, err)
					time.Sleep(time.Second)
					r.talkOver(c, strings.Repeat("x", size))
					synctest.Wait()
					rec := r.record()
					seconds := func(d time.Duration) int { return int(d.Truncate(time.Second) / time.Second) }
					assert.Equal(t, want, instants{seconds(rec.Received), seconds(rec.Answered), seconds(rec.End)})
					assert.LessOrEqual(t, rec.Answered, rec.End)
				})
			})
		}
	}
}

// The record has the headers that the client was sent, from the upstream or from the proxy. It has
// none if the head was cut.
func TestRecordHasTheHeadersOfTheResponse(t *testing.T) {
	for rule, want := range map[string]map[string]string{
		"optional: true, match: {key: other}, respond: {}": {"Content-Length": "10", "Etag": `"e"`},
		"reset_peer: {after_bytes: 3}":                     {"Content-Length": "10", "Etag": `"e"`},
		"close_early: {close_delimited: true}":             {"Connection": "close", "Etag": `"e"`},
		"reset_peer: {at: response_head, after_bytes: 20}": nil,
		"timeout: 1s": nil,
		"respond: {status: 503, headers: {Set-Cookie: id=1}}": {
			"Content-Length": "197", "Content-Type": "application/xml", "Date": "Sat, 01 Jan 2000 00:00:00 GMT",
			"Server":     "AmazonS3",
			"Set-Cookie": "REDACTED", "X-Amz-Request-Id": "",
		},
	} {
		t.Run(rule, func(t *testing.T) {
			inRig(t, always(hello), []string{rule}, func(r *rig) {
				r.talk(get)
				synctest.Wait()
				got := r.record().ResponseHeader
				if _, ok := want["X-Amz-Request-Id"]; ok {
					want["X-Amz-Request-Id"] = got["X-Amz-Request-Id"]
				}
				assert.Equal(t, want, got)
			})
		})
	}
}

// A limited journal uses its memory again. Records that were read do not change, even if others are
// written at the same time.
func TestRecordsThatWereReadDoNotChange(t *testing.T) {
	p, url, client := onTCP(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Path", r.URL.Path)
	}), faultproxy.Config{JournalLimit: 5})
	follower := p.Journal().Follow()
	defer follower.Close()
	const clients, requests = 8, 150
	var read [clients + 1][]faultproxy.Record
	var group sync.WaitGroup
	for c := range clients {
		group.Go(func() {
			for i := range requests {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
					fmt.Sprintf("%s/demo/%d-%d%s?part=%d", url, c, i, strings.Repeat("x", i), i), http.NoBody)
				if !assert.NoError(t, err) {
					return
				}
				req.Header.Set("X-Client", fmt.Sprint(c))
				resp, err := client.Do(req)
				if !assert.NoError(t, err) {
					return
				}
				assert.NoError(t, resp.Body.Close())
				read[c] = append(read[c], p.Journal().Records()...)
			}
		})
	}
	seen := map[string]int{}
	for range 2 * clients * requests {
		r, err := follower.Next(t.Context())
		require.NoError(t, err)
		read[clients] = append(read[clients], r)
	}
	group.Wait()
	for _, r := range slices.Concat(read[:]...) {
		checkRecord(t, r)
	}
	for _, r := range read[clients] {
		seen[fmt.Sprint(r.Key, r.Done)]++
	}
	assert.Len(t, seen, 2*clients*requests)
	assert.Zero(t, follower.Lost())
}

// checkRecord checks that all parts of a record belong to the same request.
func checkRecord(t *testing.T, r faultproxy.Record) {
	t.Helper()
	var client, number int
	_, err := fmt.Sscanf(r.Key, "%d-%d", &client, &number)
	assert.NoError(t, err)
	key := fmt.Sprintf("%d-%d%s", client, number, strings.Repeat("x", number))
	target := fmt.Sprintf("/demo/%s?part=%d", key, number)
	assert.Equal(t, []string{key, target, "GET " + target, fmt.Sprint(client)},
		[]string{r.Key, r.Target, r.Identity, r.RequestHeader["X-Client"]})
	if r.Done {
		assert.Equal(t, "/demo/"+key, r.ResponseHeader["X-Path"])
	}
}

// Received is the time of the body's last byte, even if the upstream is slow.
func TestReceivedIsTheEndOfTheBodyWithASlowUpstream(t *testing.T) {
	slow := func(*http.Request, string) string { time.Sleep(2 * time.Second); return hello }
	for _, size := range []int{5, 50000} {
		inRig(t, slow, nil, func(r *rig) {
			c := r.dial()
			defer c.Close()
			_, err := fmt.Fprintf(c, "PUT /demo/a HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", size)
			require.NoError(t, err)
			time.Sleep(time.Second)
			r.talkOver(c, strings.Repeat("x", size))
			synctest.Wait()
			rec := r.record()
			assert.Equal(t, []time.Duration{time.Second, 3 * time.Second, 3 * time.Second},
				[]time.Duration{
					rec.Received.Truncate(time.Second), rec.Answered.Truncate(time.Second),
					rec.End.Truncate(time.Second),
				})
		})
	}
}
