package scenarios_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/planted"
	"github.com/s3chaos/s3chaos/scenarios"
)

// A defectCase is a defect seen in a real tool, with the built-in scenario that must fail for it.
type defectCase struct {
	defect string
	id     string
	flaw   planted.Flaw
	kinds  []string // of all reasons, in order
	says   string   // the text that a reason must contain
}

var defects = []defectCase{
	{
		"nested retries multiply", "storm/one-loop", planted.LayersMultiply,
		[]string{"attempts", "sends", "elapsed"},
		"sends: expected 3, got 9",
	},
	{
		"a mark of permanence is ignored", "permanent/403-access-denied", planted.MarksIgnored,
		[]string{"error", "attempts"},
		"attempts: expected 1, got 3",
	},
	{
		"ETIMEDOUT, no network and no route are not retried", "connection/refused-unreachable-timed-out",
		planted.ErrnosUnknown,
		[]string{"unfired", "unfired", "outcome", "attempts", "sends", "waits", "conformance.outcome"},
		"outcome: expected success, got failure: not retryable: Get \"http://proxy.test:80/demo/a.bin\": dial tcp proxy.test:80: connect: network is unreachable",
	},
	{
		"eof in a path is taken for EOF", "permanent/eof-in-a-name", planted.EofAnywhere,
		[]string{"error", "attempts"},
		"attempts: expected 1, got 3",
	},
	{
		"streams are not retried", "stream/cannot-seek", planted.StreamsOnceOnly,
		[]string{"unfired", "outcome", "attempts", "waits", "objects"},
		"attempts: expected 3, got 1",
	},
	{
		"what is left of a stream is sent again", "stream/cannot-seek", planted.StreamsTheRest,
		[]string{"lost-write", "objects"},
		"step 1: lost-write: demo/s.bin was acknowledged as 262144 bytes",
	},
	{
		"a body cut short without a length is accepted", "truncate/close-delimited", planted.ChecksumOnlyWithLength,
		[]string{"wrong-read", "attempts", "elapsed", "files"},
		"demo/a.bin was read as 20480 bytes",
	},
	{
		"a body shorter than its length is accepted", "truncate/with-length", planted.ShortBodyIsWhole,
		[]string{"wrong-read", "attempts", "waits", "files"},
		"demo/a.bin was read as 20480 bytes",
	},
	{
		"flipped bytes are accepted", "corrupt/flipped-bytes", planted.LengthOnly,
		[]string{"attempts", "elapsed", "files", "wrong-read (note)"}, // it asks for no checksum
		"demo/a.bin was read as 65536 bytes",
	},
	{
		"a resumed download planted.Splices two objects", "resume/object-changed-midway", planted.Splices,
		[]string{"wrong-read", "outcome", "error"},
		"was read as 65536 bytes",
	},
	{
		"the old file is destroyed", "reset/old-file-survives", planted.TruncatesFirst,
		[]string{"torn-file", "files"},
		`expected a.bin the same as "yesterday's copy", "yesterday's copy", got 0 bytes`,
	},
	{
		"a committed Complete is reported as a failure", "multipart/complete-answer-lost", planted.CompletesOnce,
		[]string{"outcome", "elapsed"},
		"connection reset by peer",
	},
	{
		"one's own first write is a conflict", "ambiguous/conditional-put-answer-lost", planted.RetriesConflict,
		[]string{"outcome", "attempts"},
		"412 PreconditionFailed",
	},
	{
		"200 is believed whatever the body says", "multipart/complete-200-with-error", planted.Believes200,
		[]string{"phantom-success", "orphan-upload", "attempts", "elapsed", "objects"},
		"the client reported success for demo/big.bin, but S3 answered 200 InternalError",
	},
	{
		"a failed upload is not aborted", "multipart/no-orphans", planted.NeverAborts,
		[]string{"orphan-upload", "attempts"},
		"the multipart upload of demo/big.bin was left open",
	},
	{
		"the abort uses the canceled context", "multipart/canceled-no-orphans", planted.AbortsCanceled,
		[]string{"orphan-upload", "attempts"},
		"the multipart upload of demo/big.bin was left open",
	},
	{
		"jitter is added after the cap", "jitter/never-above-the-cap", planted.JitterAfterCap,
		[]string{"waits", "waits", "waits", "waits", "waits"},
		"waits: expected {max: 2s} for wait 1, got 2.062s",
	},
	{
		"the back-off overflows", "backoff/overflow", planted.DelayOverflows,
		[]string{"waits"},
		"waits: expected 30s for wait 6, got 0s",
	},
	{
		"the last failure is slept upon", "retry/exhausted", planted.SleepsAfterLast,
		[]string{"elapsed"},
		"got 7.001s",
	},
	{
		"a deadline is waited out and the cause lost", "deadline/not-slept-into", planted.SleepsPastDeadline,
		[]string{"error", "elapsed"},
		"error: expected code ServiceUnavailable, got context deadline exceeded",
	},
	{
		"progress goes backwards", "reset/upload-mid-body", planted.ProgressRestarts,
		[]string{"progress"},
		"progress: expected monotonic, got 32768 bytes after ",
	},
	{
		"a key escapes its prefix", "keys/key-outside-the-prefix", planted.JoinsPaths,
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
	drilled := make(map[planted.Flaw]bool)
	for _, c := range defects {
		drilled[c.flaw] = true
	}
	for f := planted.Flawless + 1; f < planted.Flaws; f++ {
		require.True(t, drilled[f], "flaw %d", f)
	}
}

// clients returns the client with the defect and the same client without it.
func (c defectCase) clients() (broken, right newClient) {
	switch c.flaw {
	case planted.LayersMultiply:
		return planted.Layered(3), planted.Layered(1)
	case planted.Splices:
		return planted.Resuming(false), planted.Resuming(true)
	}
	return planted.WithFlaw(c.flaw), planted.WithFlaw(planted.Flawless)
}

// told returns the reasons as text.
func told(r *scenarios.Result) string {
	var lines []string
	for _, reason := range slices.Concat(r.Reasons, r.Notes) {
		lines = append(lines, reason.String())
	}
	return strings.Join(lines, "\n")
}
