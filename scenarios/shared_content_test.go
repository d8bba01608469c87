package scenarios_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/oracle"
)

// Drills share the contents that they draw. A drill in which a content changes in memory says so,
// and the next drill has the right content.
func TestContentChangedInMemoryIsAnErrorOfThisDrillOnly(t *testing.T) {
	s := drill(t, `objects: [{bucket: demo, key: a, size: 1KiB}, {bucket: demo, key: idle, size: 1KiB}]
client: {builtin: {}}
steps: [{download: {bucket: demo, key: a}}]
faults: [{match: {operation: GetObject}, times: 1, respond: {status: 503}}]
`)
	spoil := scenarios.WithLedger(func(l *oracle.Ledger) { l.History("demo", "idle")[0].Content[0]++ })
	r := scenarios.Run(context.Background(), s, spoil)
	require.Equal(t, scenarios.Error, r.Verdict)
	require.Contains(t, r.Reasons[len(r.Reasons)-1].Got, "demo/idle was changed in memory after it was stored")
	r = scenarios.Run(context.Background(), s, scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
}
