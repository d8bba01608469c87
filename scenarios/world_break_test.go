package scenarios_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// A break of S3 counts when it changes an exchange. An exchange without its place stays whole.
func TestServerBreakThatBreaksNothingHasNotHappened(t *testing.T) {
	const (
		download = "download: {bucket: demo, key: a}"
		none     = "S3 breaks off at "
	)
	for name, c := range map[string]struct{ steps, cut, reason string }{
		"response body is shorter": {
			"[" + download + "]", "at: response_body, after_bytes: 100MiB",
			"response_body to happen, got no response had more than 100MiB in its body",
		},
		"response body has exactly this length": {
			"[" + download + "]", "at: response_body, after_bytes: 2",
			"response_body to happen, got no response had more than 2B in its body",
		},
		"HEAD has no body": {
			"[stat: {bucket: demo, key: a}]", "at: response_body, key: a",
			"response_body to happen, got no response had more than 0B in its body, among those that it matches",
		},
		"DELETE has no body": {
			"[delete: {bucket: demo, key: a}]", "at: response_body",
			"response_body to happen, got no response had more than 0B in its body",
		},
		"request body is shorter": {
			"[upload: {bucket: demo, key: b, content: hello}]", "at: request_body, after_bytes: 1KiB",
			"request_body to happen, got no request had a body of 1KiB",
		},
		"no next request": {
			"[" + download + "]", "at: idle",
			"idle to happen, got no request came to S3 on a connection that it had left",
		},
		"once of twice": {
			"[" + download + ", " + download + "]", "at: idle, times: 2",
			"idle to happen, got 1 of 2: else no request came to S3 on a connection that it had left",
		},
		"no request": {
			"[" + download + "]", "at: response_head, method: PUT",
			"response_head to happen, got no request had this place, among those that it matches",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := scenarios.Run(t.Context(), drill(t, `objects: [{bucket: demo, key: a, content: hi}]
client: {builtin: {}}
server: {breaks: [{`+c.cut+`}]}
steps: `+c.steps+"\n"), scenarios.Options{})
			require.Equal(t, scenarios.Vacuous, r.Verdict, "%v", r.Reasons)
			require.Contains(t, r.Reasons[0].String(), none+c.reason)
			for _, record := range r.Journal {
				require.Equal(t, "complete", record.Ended)
			}
		})
	}
}

// A break that an exchange has no place for waits for the next exchange.
func TestServerBreakWaitsForAnExchangeWithItsPlace(t *testing.T) {
	for name, text := range map[string]string{
		"response": `client: {builtin: {retry: {jitter: none}}}
server: {breaks: [{at: response_body, after_bytes: 1KiB}]}
steps:
  - {download: {bucket: demo, key: a}, expect: {attempts: 1}}
  - {stat: {bucket: demo, key: big}, expect: {attempts: 1}}
  - {download: {bucket: demo, key: big}, expect: {attempts: 2}}
`,
		"request": `client: {builtin: {retry: {jitter: none}}}
server: {breaks: [{at: request_body, after_bytes: 1KiB}]}
steps:
  - {upload: {bucket: demo, key: b, content: x}, expect: {attempts: 1}}
  - upload: {bucket: demo, key: b, size: 4KiB}
`,
		"idle": `client: {builtin: {}}
server: {breaks: [{at: idle}]}
steps: [download: {bucket: demo, key: a}, download: {bucket: demo, key: a}]
`,
	} {
		r := scenarios.Run(t.Context(), drill(t, `objects: [{bucket: demo, key: a, content: hi}, {bucket: demo, key: big, size: 4KiB}]
`+text), scenarios.Options{})
		require.Equal(t, scenarios.Pass, r.Verdict, "%s: %v", name, r.Reasons)
	}
}
