package scenarios_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// TestDefectsOfRealToolsFail shows that each drill fails for a client with exactly the defect that it is about, and names it.
func TestDefectsOfRealToolsFail(t *testing.T) {
	for _, c := range []struct {
		defect string
		id     string
		client newClient
		kind   string // of a reason
	}{
		{"nested retries multiply", "retry/one-loop", nestedRetries, "sends"},
		{"permanent marks are ignored", "nonretry/403-access-denied", ignoresPermanent, "attempts"},
		{"ETIMEDOUT and its kin are not retried", "connection/refused-unreachable-timed-out", knowsFewErrnos, "outcome"},
		{"a path with eof in it is taken for EOF", "nonretry/eof-in-a-name", readsErrorText, "attempts"},
		{"streams are not retried", "retry/stream", streamsOnce, "outcome"},
		{"a close-delimited body cut short is accepted", "integrity/cut-close-delimited", believesAnyBody, string(scenarios.WrongRead)},
		{"flipped bytes are accepted", "integrity/flipped-bytes", believesAnyBody, string(scenarios.WrongRead)},
		{"the old file is destroyed", "integrity/old-file-survives", destroysOldFile, "files"},
		{"a committed Complete is reported as a failure", "multipart/complete-answer-lost", givesUpOnComplete, "outcome"},
		{"jitter lifts a wait above the cap", "jitter/never-above-the-cap", jitterAboveCap, "waits"},
		{"the back-off overflows", "backoff/overflow", overflowingBackoff, "waits"},
		{"the deadline is waited out and the cause lost", "timeout/deadline", sleepsThroughDeadline, "error"},
		{"progress goes backwards", "reset/upload-mid-body", progressFallsBack, "progress"},
		{"a key escapes its prefix", "nonretry/key-outside-the-prefix", cleansKeys, "sends"},
	} {
		t.Run(c.defect, func(t *testing.T) {
			entry, err := scenarios.Find(c.id)
			require.NoError(t, err)
			s, err := entry.Scenario()
			require.NoError(t, err)
			r := scenarios.Run(context.Background(), s, scenarios.Options{NewClient: c.client})
			require.Equal(t, scenarios.Fail, r.Verdict, "%v", r.Reasons)
			require.Contains(t, kinds(r), c.kind, "%v", r.Reasons)
		})
	}
}

func kinds(r *scenarios.Result) []string {
	var kinds []string
	for _, reason := range r.Reasons {
		kinds = append(kinds, reason.Kind)
	}
	return kinds
}
