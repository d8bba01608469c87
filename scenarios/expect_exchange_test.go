package scenarios_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/journal"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

func TestExchangeIsAsTheJournalSays(t *testing.T) {
	const text = rulesWorld + `steps:
  - upload: {bucket: demo, key: k, size: 1KiB}
faults:
  - {name: slow, match: {operation: PutObject}, chain: true, times: 1, latency: {delay: 1s}}
  - {name: lost, match: {operation: PutObject}, times: 1, reset_peer: {at: response_head, hold: 2s}}
expect:
  requests:
    - {operation: PutObject, `
	for fields, got := range map[string]string{
		"status: 0, ended: reset, rules: [slow, lost], committed: true":       "",
		"nth: 2, status: 200, ended: complete, rules: [], committed: true":    "",
		"received: {between: [1s, 1001ms]}, elapsed: {between: [3s, 3002ms]}": "",
		"nth: 2, answered: {max: 2ms}, bytes_sent: {min: 1KiB}":               "",
		"bytes_sent: {between: [1KiB, 3KiB]}, bytes_received: 0":              "",
		"status: 200":              "PutObject number 1 with status 200, got 0",
		"ended: complete":          "with ended complete, got reset",
		"rules: []":                "with rules [], got [slow, lost]",
		"rules: [lost, slow]":      "with rules [lost, slow], got [slow, lost]",
		"nth: 2, rules: [slow]":    "with rules [slow], got []",
		"committed: false":         "with committed false, got true",
		"answered: {max: 1h}":      "with answered {max: 1h0m0s}, got never",
		"elapsed: {max: 2s}":       "with elapsed {max: 2s}, got 3.",
		"received: {min: 2s}":      "with received {min: 2s}, got 1.",
		"bytes_sent: 1KiB":         "with bytes_sent 1KiB, got ",
		"bytes_received: {min: 1}": "with bytes_received {min: 1B}, got 0B",
	} {
		r := scenarios.Run(t.Context(), drill(t, text+fields+"}\n"), scenarios.Options{})
		if got == "" {
			assert.Equal(t, scenarios.Pass, r.Verdict, "%s: %v", fields, r.Reasons)
			continue
		}
		require.Equal(t, scenarios.Fail, r.Verdict, fields)
		assert.Contains(t, r.Reasons[0].String(), got, fields)
		assert.Equal(t, "requests", r.Reasons[0].Kind)
	}
}

// The first request arrives at scenario time 0, which the journal also writes for never.
func TestFirstRequestThatIsNotReceivedWhole(t *testing.T) {
	for _, digests := range []string{"true", "false"} {
		for fault, verdict := range map[string]scenarios.Verdict{
			"reset_peer: {at: request_body, after_bytes: 10}": scenarios.Fail,
			"reset_peer: {at: response_head}":                 scenarios.Pass,
			"respond: {status: 503}":                          scenarios.Pass,
			"respond: {status: 503, early: true}":             scenarios.Fail,
		} {
			r := scenarios.Run(t.Context(), drill(t, rulesWorld+"proxy: {digests: "+digests+"}\nsteps:\n"+
				"  - upload: {bucket: demo, key: k, size: 1KiB}\n"+
				"faults: [{match: {operation: PutObject}, times: 1, "+fault+"}]\n"+
				"expect: {requests: [{operation: PutObject, received: {max: 1s}}]}\n"), scenarios.Options{})
			assert.Equal(t, verdict, r.Verdict, "%s, digests %s: %v", fault, digests, r.Reasons)
		}
	}
}

func TestEndingsAreThoseOfTheJournal(t *testing.T) {
	assert.Equal(t, []string{
		journal.EndComplete, journal.EndReset, journal.EndClosed, journal.EndTimeout, journal.EndClientGone,
		journal.EndUpstream, journal.EndBad,
	}, script.Values(reflect.TypeFor[script.Ending]()))
}
