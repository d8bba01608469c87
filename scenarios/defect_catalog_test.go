package scenarios_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// A defectCase is a defect seen in a real tool, with the built-in scenario that must fail for it.
type defectCase struct {
	defect string
	id     string
	flaw   flaw
	kinds  []string // of all reasons, in order
	says   string   // the text that a reason must contain
}

var defects = []defectCase{
	{
		"nested retries multiply", "storm/one-loop", layersMultiply,
		[]string{"attempts", "sends"},
		"sends: expected 3, got 9",
	},
	{
		"a mark of permanence is ignored", "permanent/403-access-denied", marksIgnored,
		[]string{"error", "attempts"},
		"attempts: expected 1, got 3",
	},
	{
		"ETIMEDOUT, no network and no route are not retried", "connection/refused-unreachable-timed-out", errnosUnknown,
		[]string{"unfired", "unfired", "outcome", "attempts", "sends", "waits", "conformance.outcome"},
		"outcome: expected success, got failure: not retryable: Get \"http://proxy.test:80/demo/a.bin\": dial tcp proxy.test:80: connect: network is unreachable",
	},
	{
		"eof in a path is taken for EOF", "permanent/eof-in-a-name", eofAnywhere,
		[]string{"error", "attempts"},
		"attempts: expected 1, got 3",
	},
	{
		"streams are not retried", "stream/cannot-seek", streamsOnceOnly,
		[]string{"unfired", "outcome", "attempts", "waits", "objects"},
		"attempts: expected 3, got 1",
	},
	{
		"what is left of a stream is sent again", "stream/cannot-seek", streamsTheRest,
		[]string{"lost-write", "objects"},
		"step 1: lost-write: demo/s.bin was acknowledged as 262144 bytes",
	},
	{
		"a body cut short without a length is accepted", "truncate/close-delimited", checksumOnlyWithLength,
		[]string{"wrong-read", "attempts", "files"},
		"demo/a.bin was read as 20480 bytes",
	},
	{
		"a body shorter than its length is accepted", "truncate/with-length", shortBodyIsWhole,
		[]string{"wrong-read", "attempts", "waits", "files"},
		"demo/a.bin was read as 20480 bytes",
	},
	{
		"flipped bytes are accepted", "corrupt/flipped-bytes", lengthOnly,
		[]string{"attempts", "files", "wrong-read (note)"}, // it asks for no checksum
		"demo/a.bin was read as 65536 bytes",
	},
	{
		"a resumed download splices two objects", "resume/object-changed-midway", splices,
		[]string{"wrong-read", "outcome", "error"},
		"was read as 65536 bytes",
	},
	{
		"the old file is destroyed", "reset/old-file-survives", truncatesFirst,
		[]string{"files"},
		`expected a.bin the same as "yesterday's copy", "yesterday's copy", got 0 bytes`,
	},
	{
		"a committed Complete is reported as a failure", "multipart/complete-answer-lost", completesOnce,
		[]string{"outcome"},
		"connection reset by peer",
	},
	{
		"one's own first write is a conflict", "ambiguous/conditional-put-answer-lost", retriesConflict,
		[]string{"outcome"},
		"412 PreconditionFailed",
	},
	{
		"200 is believed whatever the body says", "multipart/complete-200-with-error", believes200,
		[]string{"phantom-success", "orphan-upload", "attempts", "objects"},
		"the client reported success for demo/big.bin, but S3 answered 200 InternalError",
	},
	{
		"a failed upload is not aborted", "multipart/no-orphans", neverAborts,
		[]string{"orphan-upload", "attempts"},
		"the multipart upload of demo/big.bin was left open",
	},
	{
		"the abort uses the canceled context", "multipart/canceled-no-orphans", abortsCanceled,
		[]string{"orphan-upload", "attempts"},
		"the multipart upload of demo/big.bin was left open",
	},
	{
		"jitter is added after the cap", "jitter/never-above-the-cap", jitterAfterCap,
		[]string{"waits", "waits", "waits", "waits", "waits"},
		"waits: expected {max: 2s} for wait 1, got 2.062s",
	},
	{
		"the back-off overflows", "backoff/overflow", delayOverflows,
		[]string{"waits"},
		"waits: expected 30s for wait 6, got 0s",
	},
	{
		"the last failure is slept upon", "retry/exhausted", sleepsAfterLast,
		[]string{"elapsed"},
		"got 7.001s",
	},
	{
		"a deadline is waited out and the cause lost", "deadline/not-slept-into", sleepsPastDeadline,
		[]string{"error", "elapsed"},
		"error: expected code ServiceUnavailable, got context deadline exceeded",
	},
	{
		"progress goes backwards", "reset/upload-mid-body", progressRestarts,
		[]string{"progress"},
		"progress: expected monotonic, got 32768 bytes after ",
	},
	{
		"a key escapes its prefix", "keys/key-outside-the-prefix", joinsPaths,
		[]string{"lost-write", "torn-object", "outcome", "error", "sends"},
		"demo/secrets held 1024 bytes",
	},
}

// The drill passes for the correct client and fails for the client with the defect. The reasons say
// what happened.
func TestDrillFailsForItsDefect(t *testing.T) {
	for _, c := range defects {
		t.Run(c.defect, func(t *testing.T) {
			entry, err := scenarios.Find(c.id)
			require.NoError(t, err)
			s, err := entry.Scenario()
			require.NoError(t, err)

			broken, right := c.clients()
			r := scenarios.Run(context.Background(), s, scenarios.Options{NewClient: right})
			require.Equal(t, scenarios.Pass, r.Verdict, "without the defect: %v", r.Reasons)

			r = scenarios.Run(context.Background(), s, scenarios.Options{NewClient: broken})
			require.Equal(t, scenarios.Fail, r.Verdict)
			require.Equal(t, c.kinds, kinds(r), "%v", r.Reasons)
			require.Contains(t, told(r), c.says)
		})
	}
}

// Each flaw of the tool occurs in a case.
func TestEveryFlawHasADrill(t *testing.T) {
	drilled := make(map[flaw]bool)
	for _, c := range defects {
		drilled[c.flaw] = true
	}
	for f := flawless + 1; f < flaws; f++ {
		require.True(t, drilled[f], "flaw %d", f)
	}
}

// clients returns the client with the defect and the same client without it.
func (c defectCase) clients() (broken, right newClient) {
	switch c.flaw {
	case layersMultiply:
		return layered(3), layered(1)
	case splices:
		return resuming(false), resuming(true)
	}
	return withFlaw(c.flaw), withFlaw(flawless)
}

// told returns the reasons as text.
func told(r *scenarios.Result) string {
	var lines []string
	for _, reason := range slices.Concat(r.Reasons, r.Notes) {
		lines = append(lines, reason.String())
	}
	return strings.Join(lines, "\n")
}
