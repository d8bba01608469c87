package scenarios_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// changing is an upload of a file that changes.
const changing = `files: [{path: in.bin, size: %s}]
client: {%s}
change_file: {path: in.bin, %s}
steps:
  - upload: {bucket: demo, key: k, from: in.bin}
expect: %s
`

func TestBuiltinFailsIfTheFileChanges(t *testing.T) {
	for _, c := range []struct{ size, client, change, expect string }{
		{"1MiB", "builtin: {}", "at_byte: 64KiB, size: 1MiB", "{error: {kind: integrity}}"},
		{"1MiB", "builtin: {}", "at_byte: 1000, content: short", "{error: {kind: integrity}}"},
		{"1MiB", "builtin: {}", "at_byte: 0, size: 2MiB", "{error: {kind: integrity}}"},
		{
			"12MiB", "builtin: {part_size: 5MiB}", "at_byte: 64KiB, part: 2, size: 12MiB",
			"{error: {kind: integrity}, attempts: {of: AbortMultipartUpload, exactly: 1}}",
		},
		{
			"12MiB", "builtin: {part_size: 5MiB, concurrency: 1}", "at_byte: 1MiB, part: 3, content: x",
			"{outcome: failure}",
		},
	} {
		text := fmt.Sprintf(changing, c.size, c.client, c.change, c.expect)
		r := scenarios.Run(t.Context(), drill(t, text), scenarios.Options{})
		require.Equal(t, scenarios.Pass, r.Verdict, "%v: %v", c, r.Reasons)
		require.True(t, r.Events[0].Happened)
		require.Equal(t, "change_file in.bin", r.Events[0].Text)
		require.Contains(t, r.Steps[0].Err, "the source changed while it was uploaded", "%v", c)
	}
}

// The SDK computes a checksum before it sends, so that S3 refuses a mixture.
func TestFileThatChangesUnderTheSDK(t *testing.T) {
	for change, expect := range map[string]string{
		"at_byte: 64KiB, size: 1MiB": "{outcome: failure}",
		"at_byte: 64KiB, content: x": "{outcome: failure}",
	} {
		s := drill(t, fmt.Sprintf(changing, "1MiB", "sdk: {}", change, expect))
		r := scenarios.Run(t.Context(), s, scenarios.Options{})
		require.Equal(t, scenarios.Pass, r.Verdict, "%s: %v", change, r.Reasons)
	}
}

func TestFileThatChangesInTime(t *testing.T) {
	text := fmt.Sprintf(changing, "1MiB", "builtin: {}", "when: 5s, size: 1MiB", "{error: {kind: integrity}}") +
		"faults: [{match: {operation: PutObject}, latency: {delay: 10s, before: response}}]\n"
	r := scenarios.Run(t.Context(), drill(t, text), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	require.Equal(t, "5s", r.Events[0].At.String())

	late := strings.NewReplacer("5s", "50s", "{error: {kind: integrity}}", "{}").Replace(text)
	r = scenarios.Run(t.Context(), drill(t, late), scenarios.Options{})
	require.Equal(t, scenarios.Vacuous, r.Verdict, "%v", r.Reasons)
	require.Equal(t, "change_file in.bin to happen", r.Reasons[0].Expected)
}

func TestFileThatChangesHasOneJournal(t *testing.T) {
	for _, client := range []string{"builtin: {part_size: 5MiB}", "sdk: {part_size: 5MiB}", "sdk: {}"} {
		s := drill(t, fmt.Sprintf(changing, "12MiB", client, "at_byte: 99KiB, size: 12MiB", "{outcome: any}"))
		requireOneJournal(t, s, repetitions(t, 4))
	}
}

// A client that reports success for a mixture has torn the object.
func TestMixtureOfOldAndNewContentIsFound(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not on PATH")
	}
	const program = `timeout: 20s
files: [{path: in.bin, size: 4MiB}]
client: {run: "curl -s --fail --limit-rate 2M -T in.bin ${endpoint}/demo/k"}
buckets: [demo]
change_file: {path: in.bin, %s, size: 4MiB}
intent: [{writes: {bucket: demo, key: k, from: in.bin}}]
expect: {violates: [lost-write]}
`
	for _, moment := range []string{"at_byte: 256KiB", "when: 300ms"} {
		r := scenarios.Run(t.Context(), drill(t, fmt.Sprintf(program, moment)), scenarios.Options{})
		require.Equal(t, scenarios.Pass, r.Verdict, "%s: %v", moment, r.Reasons)
		require.True(t, r.Events[0].Happened)
	}
}

func TestWholeNewContentIsNoMixture(t *testing.T) {
	r := scenarios.Run(t.Context(), drill(t, `files: [{path: in.bin, content: old}]
client: {careless: {}}
change_file: {path: in.bin, when: 1s, content: new}
steps:
  - upload: {bucket: demo, key: k, from: in.bin}
  - wait: 2s
  - upload: {bucket: demo, key: k, from: in.bin}
expect: {objects: [{bucket: demo, key: k, content: new}]}
`), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	require.Equal(t, script.Success, r.Steps[0].Outcome)
}
