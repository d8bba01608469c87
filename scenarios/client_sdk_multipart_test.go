package scenarios_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// inParts returns a drill of one upload by the SDK in parts of 5 MiB.
func inParts(step, rest string) string {
	return "client: {sdk: {part_size: 5MiB, concurrency: 3}}\nsteps:\n  - " + step + "\n" + rest
}

// operations returns the operations of a journal with their parts, in the order of arrival.
func operations(r *scenarios.Result) string {
	var list []string
	for _, record := range r.Journal {
		name := strings.TrimSuffix(record.Operation, "MultipartUpload")
		if record.Part > 0 {
			name += fmt.Sprint(" ", record.Part)
		}
		list = append(list, name)
	}
	return strings.Join(list, ", ")
}

func TestSDKUploadsInParts(t *testing.T) {
	t.Parallel()
	for step, want := range map[string][]string{
		"upload: {bucket: demo, key: k, size: 12MiB}":                         {"Create", "UploadPart 3", "Complete"},
		"upload_stream: {bucket: demo, key: k, size: 12MiB}":                  {"Create", "UploadPart 3", "Complete"},
		"upload_stream: {bucket: demo, key: k, size: 12MiB, seekable: true}":  {"Create", "UploadPart 3", "Complete"},
		"upload: {bucket: demo, key: k, size: 5MiB}":                          {"PutObject"},
		"upload_stream: {bucket: demo, key: k, size: 5MiB, seekable: true}":   {"PutObject"},
		"upload_stream: {bucket: demo, key: k, size: 1KiB}":                   {"PutObject"},
		"upload_stream: {bucket: demo, key: k, size: 0}":                      {"PutObject"},
		"upload: {bucket: demo, key: k, size: 6MiB, if_none_match: \"*\"}":    {"Create", "UploadPart 2", "Complete"},
		"upload_stream: {bucket: demo, key: k, size: 5MiB, seekable: false}":  {"Create", "UploadPart 1", "Complete"},
		"upload: {bucket: demo, key: k, size: 10MiB, if_match: current}":      {"Create", "UploadPart 2", "Complete"},
		"upload_stream: {bucket: demo, key: k, size: 10MiB, seekable: true}":  {"Create", "UploadPart 2", "Complete"},
		"upload_stream: {bucket: demo, key: k, size: 10MiB, seekable: false}": {"Create", "UploadPart 2", "Complete"},
	} {
		t.Run(step, func(t *testing.T) {
			seed := ""
			if strings.Contains(step, "if_match") {
				seed = "objects: [{bucket: demo, key: k, size: 1}]\n"
			}
			r := scenarios.Run(t.Context(), drill(t, seed+inParts(step,
				"expect: {objects: [{bucket: demo, key: k, same_as: upload}]}\n")), scenarios.Options{})
			require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
			got := operations(r)
			for _, operation := range want {
				require.Contains(t, got, operation)
			}
			require.Equal(t, want[0] == "Create", strings.Contains(got, "UploadPart"), got)
		})
	}
}

func TestSDKSendsPartsInParallel(t *testing.T) {
	t.Parallel()
	r := scenarios.Run(t.Context(), drill(t, inParts("upload: {bucket: demo, key: k, size: 30MiB}", `faults:
  - {match: {operation: UploadPart}, latency: {delay: 1s}}
expect: {elapsed: {between: [2s, 2100ms]}, attempts: {of: UploadPart, exactly: 6}}
`)), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "three at a time: %v", r.Reasons)
}

func TestSDKAbortsAFailedUploadOnceAndStartsNoNewPart(t *testing.T) {
	r := scenarios.Run(t.Context(), drill(t, inParts("upload: {bucket: demo, key: k, size: 35MiB}", `faults:
  - {match: {operation: UploadPart, part: 2}, respond: {status: 403, code: AccessDenied}}
expect: {error: {code: AccessDenied}, attempts: [{of: AbortMultipartUpload, exactly: 1}, {of: UploadPart, max: 6}]}
`)), scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	require.NotContains(t, operations(r), "Complete")
}

// The manager aborts with the caller's context: where that has ended, the parts stay.
func TestSDKLeavesThePartsOfACanceledUpload(t *testing.T) {
	s := drill(t, inParts("{upload: {bucket: demo, key: k, size: 12MiB}, cancel_after: 500ms}", `faults:
  - {match: {operation: UploadPart, part: 3}, latency: {delay: 1s, before: upstream}}
expect: {violates: [orphan-upload]}
`))
	r := scenarios.Run(t.Context(), s, scenarios.Options{})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	require.NotContains(t, operations(r), "Abort")
}

func TestSDKInPartsHasOneJournal(t *testing.T) {
	requireOneJournal(t, drill(t, `client: {sdk: {part_size: 5MiB, max_attempts: 4}}
steps:
  - parallel:
      - upload: {bucket: demo, key: k, size: 11MiB, if_none_match: "*"}
      - upload_stream: {bucket: demo, key: k, size: 6MiB, if_none_match: "*"}
      - upload: {bucket: demo, key: other, size: 6MiB}
    expect: {succeed: {min: 1}}
faults:
  - {match: {operation: UploadPart}, probability: 0.4, respond: {status: 503, code: SlowDown}}
expect: {outcome: any}
`), repetitions(t, 4))
}
