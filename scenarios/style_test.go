package scenarios_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// Every client reaches the bucket in both styles, with and without TLS.
func TestStylesAndTLS(t *testing.T) {
	t.Parallel()
	s := drill(t, `client: {builtin: {part_size: 5MiB}}
objects: [{bucket: demo, key: old, size: 64KiB}, {bucket: other, key: x, size: 1KiB}]
steps:
  - upload: {bucket: demo, key: dir/a b, size: 6MiB}
  - download: {bucket: demo, key: old}
  - list: {bucket: other}
faults:
  - {match: {bucket: demo, operation: [GetObject, UploadPart]}, times: 1, respond: {status: 503, code: SlowDown}}
expect: {outcome: any}
`)
	own := adapterFor(t, programSession, "", "virtual: true\n")
	for _, client := range []string{"builtin", "sdk", own} {
		for _, o := range []scenarios.Options{
			{Style: scenarios.VirtualStyle},
			{TLS: true},
			{Style: scenarios.VirtualStyle, TLS: true},
			{Style: scenarios.VirtualStyle, Clock: scenarios.Real},
		} {
			o.Client = client
			r := scenarios.Run(t.Context(), s, o)
			if r.Verdict == scenarios.Skip {
				require.Contains(t, told(r), "bucket.localhost has no address here")
				continue
			}
			require.Equal(t, scenarios.Pass, r.Verdict, "%s %+v: %v", client, o, r.Reasons)
			for _, record := range r.Journal {
				require.Contains(t, "demo other", record.Bucket)
				inPath := strings.HasPrefix(record.Target, "/"+record.Bucket)
				require.Equal(t, o.Style != scenarios.VirtualStyle, inPath, "%s %s", client, record.Target)
			}
		}
	}
	path := adapterFor(t, programSteps, "", "")
	r := scenarios.Run(t.Context(), s, scenarios.Options{Client: path, Style: scenarios.VirtualStyle})
	require.Contains(t, told(r), "the adapter of own has no virtual-hosted addresses")
}

// A drill about parts makes another client use parts.
func TestAForeignClientGetsThePartSizeOfTheDrill(t *testing.T) {
	s := drill(t, `client: {builtin: {part_size: 5MiB}}
steps: [{upload: {bucket: demo, key: k, size: 6MiB}}]
`)
	client := `run:test "$part_size $part_size_mib" = "5242880 5" && grep -q '"part_size":5242880' "$steps" && exit 9`
	require.Contains(t, told(scenarios.Run(t.Context(), s, scenarios.Options{Client: client})), "exit code 9")
}
