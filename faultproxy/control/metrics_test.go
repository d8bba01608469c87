package control_test

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// settled is the exposition once all requests that came to their end are counted.
func (r *rig) settled(requests int) string {
	r.t.Helper()
	var body string
	require.Eventually(r.t, func() bool {
		a := r.call("GET", "/metrics", "")
		require.Equal(r.t, http.StatusOK, a.status)
		require.Equal(r.t, "text/plain; version=0.0.4; charset=utf-8", a.header.Get("Content-Type"))
		body = a.body
		total := 0
		for line := range strings.Lines(body) {
			var n int
			if strings.HasPrefix(line, "s3chaos_responses_total{") {
				_, _ = fmt.Sscan(line[strings.LastIndexByte(line, ' '):], &n)
				total += n
			}
		}
		return total == requests
	}, 10*time.Second, time.Millisecond)
	return body
}

func TestMetricsCountWhatHappened(t *testing.T) {
	r := newRig(t, `name: "odd \"name\" \\ of\ntwo lines", match: {key: b}, times: 2, respond: {status: 503}`,
		"name: idle, optional: true, match: {key: c}, timeout: {}")
	r.call("PATCH", "/v1/rules/2", `{"enabled": false}`)
	for _, key := range []string{"a", "b", "b", "b"} {
		r.get(key)
	}
	body := r.settled(4)
	for _, line := range []string{
		`s3chaos_requests_total{operation="GetObject"} 4`,
		`s3chaos_requests_in_flight 0`,
		`s3chaos_responses_total{operation="GetObject",status="200",ended="complete"} 2`,
		`s3chaos_responses_total{operation="GetObject",status="503",ended="complete"} 2`,
		`s3chaos_request_duration_seconds_bucket{operation="GetObject",le="+Inf"} 4`,
		`s3chaos_request_duration_seconds_count{operation="GetObject"} 4`,
		`s3chaos_rule_matched_total{id="1",rule="odd \"name\" \\ of\ntwo lines",fault="respond"} 3`,
		`s3chaos_rule_fired_total{id="1",rule="odd \"name\" \\ of\ntwo lines",fault="respond"} 2`,
		`s3chaos_rule_enabled{id="1",rule="odd \"name\" \\ of\ntwo lines",fault="respond"} 1`,
		`s3chaos_rule_enabled{id="2",rule="idle",fault="timeout"} 0`,
		`s3chaos_connections_prevented_total 0`,
		`s3chaos_metrics_events_lost_total 0`,
	} {
		assert.Contains(t, body, line+"\n")
	}
	sent := 0.0
	for line := range strings.Lines(body) {
		if text, ok := strings.CutPrefix(line, `s3chaos_sent_bytes_total{operation="GetObject"} `); ok {
			_, err := fmt.Sscan(text, &sent)
			require.NoError(t, err)
		}
	}
	want := int64(0)
	for _, rec := range r.proxy.Journal().Records() {
		want += rec.BytesSent
	}
	assert.InDelta(t, float64(want), sent, 0)
}

func TestMetricsAreWhatPrometheusReads(t *testing.T) {
	r := newRig(t, `name: "\"\\", reset_peer: {at: accept}, times: 1`)
	req, err := http.NewRequestWithContext(t.Context(), "GET", r.s3+"/demo/a", nil)
	require.NoError(t, err)
	if resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req); err == nil {
		require.NoError(t, resp.Body.Close()) // it may have dialed anew
	}
	r.get("a")
	sends := r.proxy.Journal().Sends()
	body := r.settled(sends)
	assert.Contains(t, body, "s3chaos_connections_prevented_total 1\n")
	problems, err := promlint.New(strings.NewReader(body)).Lint()
	require.NoError(t, err)
	assert.Empty(t, problems)
	_, err = promlint.New(strings.NewReader(strings.Replace(body, `rule="\"\\"`, `rule=""\"`, 1))).Lint()
	require.Error(t, err, "the parser would see a wrong escape")
	checkBuckets(t, body)
}

// checkBuckets looks that the histogram only grows from bucket to bucket, up to its count.
func checkBuckets(t *testing.T, body string) {
	t.Helper()
	last, bounds := 0.0, 0
	bound := math.Inf(-1)
	for line := range strings.Lines(body) {
		rest, ok := strings.CutPrefix(line, `s3chaos_request_duration_seconds_bucket{operation="GetObject",le="`)
		if !ok {
			continue
		}
		var le, n float64
		_, err := fmt.Sscanf(strings.Replace(rest, `"}`, "", 1), "%g %g", &le, &n)
		require.NoError(t, err, line)
		assert.GreaterOrEqual(t, n, last)
		assert.Greater(t, le, bound)
		last, bound = n, le
		bounds++
	}
	assert.Equal(t, 16, bounds)
	assert.True(t, math.IsInf(bound, 1))
}
