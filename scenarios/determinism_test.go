package scenarios_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// Eight operations of the same kind run together. Five faults act on the first requests, and the
// other faults are drawn. The scheduler decides the order of goroutines, which must not matter.
const eightAlike = `seed: 11
objects:
  - {bucket: demo, key: a.bin, size: 16KiB}
client:
  builtin:
    retry: {max_attempts: 6, initial_delay: 100ms, jitter: full}
steps:
  - parallel: [%s]
faults:
  - match: {operation: GetObject}
    times: 5
    respond: {status: 500, code: InternalError}
  - match: {operation: GetObject}
    probability: 0.5
    respond: {status: 503, code: SlowDown}
expect: {outcome: any}
`

func eightWay(ranged bool) string {
	var steps []string
	for i := range 8 {
		step := "{download: {bucket: demo, key: a.bin}}"
		if ranged {
			step = fmt.Sprintf(`{download: {bucket: demo, key: a.bin, range: "%d-%d"}}`, i*2048, i*2048+2047)
		}
		steps = append(steps, step)
	}
	return fmt.Sprintf(eightAlike, strings.Join(steps, ", "))
}

func hashes(t *testing.T, s *scenarios.Scenario, o scenarios.Options, n int) map[string]int {
	t.Helper()
	seen := make(map[string]int)
	for range n {
		r := scenarios.Run(context.Background(), s, o)
		require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
		seen[r.JournalSHA256]++
	}
	return seen
}

func TestSameSeedGivesSameJournal(t *testing.T) {
	for name, text := range map[string]string{
		"eight alike":             eightWay(false),
		"eight ranges of one key": eightWay(true),
	} {
		t.Run(name, func(t *testing.T) {
			s := drill(t, text)
			all := make(map[string]int)
			for _, procs := range []int{1, 2, 8} {
				before := runtime.GOMAXPROCS(procs)
				for hash, n := range hashes(t, s, scenarios.Options{}, repetitions(t, 10)) {
					all[hash] += n
				}
				runtime.GOMAXPROCS(before)
			}
			require.Len(t, all, 1)
		})
	}
}

func TestOtherSeedGivesOtherJournal(t *testing.T) {
	s := drill(t, eightWay(false))
	seed := uint64(12)
	first := hashes(t, s, scenarios.Options{}, 1)
	other := hashes(t, s, scenarios.Options{Seed: &seed}, 1)
	require.NotEqual(t, first, other)
}

// The steps of a parallel begin one after another, so these requests are those of one step.
func TestJournalsDifferWithoutIdentityLatency(t *testing.T) {
	s := drill(t, `server: {min_part_size: 1KiB}
buckets: [demo]
client: {builtin: {part_size: 1KiB, concurrency: 8, retry: {max_attempts: 6, jitter: full}}}
steps: [{upload: {bucket: demo, key: a.bin, size: 8KiB}}]
faults:
  - match: {operation: UploadPart}
    times: 5
    respond: {status: 500, code: InternalError}
  - match: {operation: UploadPart}
    probability: 0.5
    respond: {status: 503, code: SlowDown}
expect: {outcome: any}
`)
	seen := make(map[string]bool)
	for i := 0; i < 300 && len(seen) < 2; i++ {
		r := scenarios.Run(context.Background(), s, scenarios.WithoutLatency())
		seen[r.JournalSHA256] = true
	}
	require.Greater(t, len(seen), 1, "the identity latency changes nothing: either nothing runs together, or it is "+
		"not what makes journals alike")
}
