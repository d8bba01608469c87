package faultproxy_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
)

// A fault that finds nothing to act on has not fired, so that a drill which depends on it is
// vacuous instead of passed.
func TestFaultWithoutEffectHasNotFired(t *testing.T) {
	const size = 10
	body := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/demo/chunked" {
			_, _ = io.WriteString(w, "01234")
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, "56789")
			return
		}
		if r.URL.Path == "/demo/empty" {
			w.Header().Set("Content-Length", "0")
			return
		}
		w.Header().Set("Content-Length", strconv.Itoa(size))
		_, _ = io.WriteString(w, "0123456789")
	})
	for _, c := range []struct {
		fault, method, key string
		fires              bool
	}{
		{"corrupt: {flip: 1}", "GET", "k", true},
		{"corrupt: {flip: 1}", "HEAD", "k", false},
		{"corrupt: {flip: 1}", "GET", "empty", false},
		{"bandwidth: {rate: 1KiB}", "GET", "k", true},
		{"bandwidth: {rate: 1KiB}", "HEAD", "k", false},
		{"slicer: {size: 1, delay: 1s}", "GET", "k", true},
		{"slicer: {size: 1, delay: 1s}", "GET", "empty", false},
		{"reset_peer: {at: response_body, after_bytes: 9}", "GET", "k", true},
		{"reset_peer: {at: response_body, after_bytes: 10}", "GET", "k", false},
		{"reset_peer: {at: response_body}", "GET", "empty", false},
		{"reset_peer: {at: response_body}", "HEAD", "k", false},
		{"reset_peer: {at: response_body, after_bytes: 9}", "GET", "chunked", true},
		{"reset_peer: {at: response_body, after_bytes: 11}", "GET", "chunked", false},
		{"close_early: {after_bytes: 9}", "GET", "k", true},
		{"close_early: {after_bytes: 10}", "GET", "k", false},
		{"close_early: {after_bytes: 11}", "GET", "chunked", false},
		{"close_early: {after_bytes: 9, close_delimited: true}", "GET", "chunked", true},
		{"close_early: {after_bytes: 11, close_delimited: true}", "GET", "chunked", false},
	} {
		t.Run(c.fault+" "+c.method+" "+c.key, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lab := faulttest.NewLab(t, body)
				fault, err := faultproxy.ParseFault(c.fault)
				require.NoError(t, err)
				lab.Add(faultproxy.Rule{Times: 1, Fault: fault})
				req, err := http.NewRequestWithContext(t.Context(), c.method, lab.URL()+"/demo/"+c.key, nil)
				require.NoError(t, err)
				resp, err := lab.HTTPClient().Do(req)
				require.NoError(t, err)
				got, err := io.ReadAll(resp.Body)
				require.NoError(t, resp.Body.Close())
				if !c.fires {
					require.NoError(t, err, "the answer passes as it is")
					if c.method == "GET" && c.key != "empty" {
						require.Equal(t, "0123456789", string(got))
					}
				}
				synctest.Wait()
				record := lab.Journal().Records()[0]
				require.Equal(t, c.fires, record.Fault != "", "%+v", record)
				require.Equal(t, c.fires, len(lab.Proxy().Rules().Unfired()) == 0)
			})
		})
	}
}

// A request whose Content-Length says that its body ends before the place passes as it is.
func TestResetOfARequestBodyNeedsThePlace(t *testing.T) {
	for _, c := range []struct {
		after, body string
		resets      bool
	}{
		{"9", "0123456789", true},
		{"10", "0123456789", true},
		{"11", "0123456789", false},
		{"0", "", true},
		{"1", "", false},
		{"{one_of: [11]}", "0123456789", false},
	} {
		t.Run(c.after+" of "+strconv.Itoa(len(c.body)), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var stored string
				lab := faulttest.NewLab(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					all, _ := io.ReadAll(r.Body)
					stored = string(all)
				}))
				fault, err := faultproxy.ParseFault("reset_peer: {at: request_body, after_bytes: " + c.after + "}")
				require.NoError(t, err)
				lab.Add(faultproxy.Rule{Times: 1, Fault: fault})
				body := strings.NewReader(c.body)
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, lab.URL()+"/demo/k", body)
				require.NoError(t, err)
				resp, err := lab.HTTPClient().Do(req)
				if c.resets {
					require.ErrorIs(t, err, syscall.ECONNRESET)
				} else {
					require.NoError(t, err)
					require.NoError(t, resp.Body.Close())
					require.Equal(t, c.body, stored)
				}
				synctest.Wait()
				require.Equal(t, c.resets, lab.Journal().Records()[0].Fault != "")
				require.Equal(t, c.resets, len(lab.Proxy().Rules().Unfired()) == 0)
			})
		})
	}
}
