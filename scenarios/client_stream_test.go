package scenarios_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

func TestGetPassesWithEachClient(t *testing.T) {
	for _, client := range []string{"builtin", "sdk"} {
		r := scenarios.Run(t.Context(), drill(t, `client: {builtin: {}}
objects:
  - {bucket: demo, key: a.bin, size: 64KiB}
  - {bucket: demo, key: empty, content: ""}
steps:
  - get: {bucket: demo, key: a.bin}
  - get: {bucket: demo, key: a.bin, range: "100-199", pause: 1s}
  - get: {bucket: demo, key: empty}
expect: {attempts: {of: GetObject, exactly: 3}}
`), scenarios.Options{Client: client})
		require.Equal(t, scenarios.Pass, r.Verdict, "%s: %v", client, r.Reasons)
	}
}

// The plain SDK hands out what arrives, and tells of the damage too late or not at all; the oracle
// compares what a stream gave with what the object held.
func TestOracleJudgesStreams(t *testing.T) {
	r := scenarios.Run(t.Context(), drill(t, `client: {builtin: {}}
objects: [{bucket: demo, key: a.bin, size: 64KiB}]
steps:
  - get: {bucket: demo, key: a.bin, range: "0-999"}
faults:
  - match: {operation: GetObject}
    corrupt: {flip: 3}
expect: {violates: [wrong-read]}
`), scenarios.Options{Client: "sdk"})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
}

func TestDownloadDirStoresFilesBelowItsTarget(t *testing.T) {
	r := scenarios.Run(t.Context(), drill(t, `client: {builtin: {prefix: mine/}}
steps:
  - upload: {bucket: demo, key: p/a, content: one}
  - upload: {bucket: demo, key: p/b/c, content: two}
  - download_dir: {bucket: demo, prefix: p, to: out}
expect:
  files: [{path: out/a, content: one}, {path: out/b/c, content: two}]
`), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
}

func TestDownloadDirIsSkippedByClientsWithoutIt(t *testing.T) {
	r := scenarios.Run(t.Context(), drill(t, `client: {builtin: {}}
steps:
  - download_dir: {bucket: demo, to: out}
`), scenarios.Options{Client: "sdk"})
	require.Equal(t, scenarios.Skip, r.Verdict)
	require.Contains(t, r.Reasons[0].Got, "download_dir")
}
