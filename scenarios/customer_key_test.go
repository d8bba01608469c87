package scenarios_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/report"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// The key of the customer is a secret: it travels in headers of requests, and the journal has them.
func TestKeyOfCustomerIsInNoReport(t *testing.T) {
	r := scenarios.Run(t.Context(), drill(t, `client: {builtin: {}}
steps:
  - upload: {bucket: demo, key: k, size: 1KiB, customer_key: ours}
  - get: {bucket: demo, key: k, customer_key: theirs}
`), scenarios.Options{})
	require.Equal(t, scenarios.Fail, r.Verdict, "the second step is refused: %v", r.Reasons)
	journal, err := json.Marshal(r.Journal)
	require.NoError(t, err)
	assert.Contains(t, string(journal), "Customer-Algorithm", "the requests had a key")
	var reports bytes.Buffer
	for _, format := range report.Formats() {
		w, err := report.New(format, &reports, report.Options{Verbose: true})
		require.NoError(t, err)
		require.NoError(t, w.Drill(r))
		require.NoError(t, w.Close())
	}
	for _, name := range []script.CustomerKey{"ours", "theirs"} {
		key := base64.StdEncoding.EncodeToString(name.Bytes())
		assert.NotContains(t, string(journal), key)
		assert.NotContains(t, reports.String(), key)
	}
}

func TestKeyOfCustomerNeedsTLS(t *testing.T) {
	s := drill(t, "client: {builtin: {}}\nsteps: [{get: {bucket: demo, key: k, customer_key: ours}}]\n")
	assert.True(t, s.EncryptsWithKeys())
	s = drill(t, "client: {builtin: {}}\nsteps: [{get: {bucket: demo, key: k}}]\n")
	assert.False(t, s.EncryptsWithKeys())
}
