package scenarios_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// The first attempt of the upload takes effect after the delete. No client can know it.
func TestLateCommitThatUndoesADeleteIsANote(t *testing.T) {
	const text = `client: {builtin: {}}
steps:
  - upload: {bucket: demo, key: a.bin, size: 1KiB}
  - delete: {bucket: demo, key: a.bin}
  - wait: 30s
faults: [{match: {operation: PutObject}, times: 1, commit_late: {after: 10s}}]
`
	r := scenarios.Run(t.Context(), drill(t, text), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	require.Len(t, r.Notes, 1)
	require.Equal(t, "lost-write", r.Notes[0].Kind)
	require.Equal(t, scenarios.SeverityNote, r.Notes[0].Severity)
}

// The object that the proxy wrote is another writer's, whether the client writes before or after.
func TestOracleKnowsTheWriterOfReplace(t *testing.T) {
	for name, steps := range map[string]string{
		"read":        "[{download: {bucket: demo, key: a}}, {download: {bucket: demo, key: a}}]",
		"write":       "[{download: {bucket: demo, key: a}}, {upload: {bucket: demo, key: a, size: 2KiB}}]",
		"write first": "[{upload: {bucket: demo, key: a, size: 2KiB}}, {download: {bucket: demo, key: a}}]",
	} {
		for _, fault := range []string{
			"replace: {}", "replace: {when: during}", "replace: {when: after, size: 10KiB}",
		} {
			t.Run(name+" "+fault, func(t *testing.T) {
				text := "objects: [{bucket: demo, key: a, size: 1KiB}]\nclient: {builtin: {}}\nsteps: " + steps +
					"\nfaults: [{match: {operation: GetObject}, times: 1, " + fault + "}]\n"
				r := scenarios.Run(t.Context(), drill(t, text), scenarios.Options{})
				require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
				require.Empty(t, r.Notes)
			})
		}
	}
}

// A slow fault sends only what another fault leaves of the body: the exchange ends when the client
// has all of it.
func TestShortenedBodyIsAsSlowAsItIsLong(t *testing.T) {
	for _, faults := range []string{
		"{chain: true, bandwidth: {rate: 10B}}, {chain: true, shorten: {to: 20B}}",
		"{chain: true, shorten: {to: 20B}}, {chain: true, bandwidth: {rate: 10B}}",
	} {
		r := scenarios.Run(t.Context(), oracleDrill(t, `objects: [{bucket: demo, key: a.bin, size: 1KiB}]
client: {builtin: {retry: {max_attempts: 1}}}
steps: [{get: {bucket: demo, key: a.bin}}]
faults: [`+faults+", {respond: {status: 503}}]\n"), scenarios.Options{})
		require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
		require.Len(t, r.Journal, 1)
		require.Less(t, r.Journal[0].End, 3*time.Second)
		require.Equal(t, 3, r.FaultsFired())
	}
}
