package scenarios

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
)

// A Spread holds the differences between the repetitions of a drill in real time. Runs in real time
// differ even without a fault of the client.
type Spread struct {
	Verdicts                 map[Verdict]int // how many runs had each verdict
	MinAttempts, MaxAttempts int
	MinElapsed, MaxElapsed   time.Duration // scenario time
}

// repeat plays a drill Options.Repeat times, each time with another GOMAXPROCS unless the client is
// a program. In virtual time all runs must have the same journal and the same verdict, or the
// verdict is error. In real time the result is that of the first run that did not pass, or else of
// the first run, with the spread of all runs.
func repeat(ctx context.Context, s *Scenario, o Options) *Result {
	program := o.foreign != nil && o.foreignTo(s) // its processes do not see this one's GOMAXPROCS
	if !program {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	}
	var result *Result
	var spread Spread
	for run := range o.Repeat {
		if !program {
			runtime.GOMAXPROCS([]int{1, 2, 8, runtime.NumCPU()}[run%4])
		}
		r := play(ctx, s, o)
		if result == nil {
			result = r
		}
		spread.add(r)
		if r.interrupted {
			return r
		}
		if r.Clock == Virtual && !sameRun(result, r) {
			return result.notDeterministic(r, run+1)
		}
		if result.Verdict == Pass && r.Verdict != Pass {
			result = r
		}
	}
	result.Runs = o.Repeat
	if result.Clock == Real {
		result.Spread = &spread
	}
	return result
}

// Flaky reports whether the runs had different verdicts. In real time that is no error.
func (s *Spread) Flaky() bool { return len(s.Verdicts) > 1 }

func (s *Spread) add(r *Result) {
	if s.Verdicts == nil {
		*s = Spread{
			Verdicts: make(map[Verdict]int), MinAttempts: r.Attempts, MaxAttempts: r.Attempts,
			MinElapsed: r.Elapsed, MaxElapsed: r.Elapsed,
		}
	}
	s.Verdicts[r.Verdict]++
	s.MinAttempts, s.MaxAttempts = min(s.MinAttempts, r.Attempts), max(s.MaxAttempts, r.Attempts)
	s.MinElapsed, s.MaxElapsed = min(s.MinElapsed, r.Elapsed), max(s.MaxElapsed, r.Elapsed)
}

// sameRun reports whether two runs have the same journal, verdict and reasons.
func sameRun(a, b *Result) bool {
	return a.JournalSHA256 == b.JournalSHA256 && a.Verdict == b.Verdict &&
		slices.EqualFunc(slices.Concat(a.Reasons, a.Notes), slices.Concat(b.Reasons, b.Notes),
			func(x, y Reason) bool { return x.String() == y.String() })
}

// notDeterministic sets the verdict error, because a run differed from the first one.
func (r *Result) notDeterministic(other *Result, run int) *Result {
	evidence := firstDifference(r, other)
	reason := Reason{
		Kind:     "not deterministic",
		Got:      fmt.Sprintf("run %d of this drill differs from the first\n%s", run, usualCause(r, other)),
		Evidence: evidence,
	}
	r.Verdict, r.Runs = Error, run
	r.Reasons = append([]Reason{reason}, r.Reasons...)
	return r
}

// firstDifference returns the first line in which two runs differ, from each run. It compares the
// journals, then the verdicts and reasons.
func firstDifference(a, b *Result) []string {
	x, y := runLines(a), runLines(b)
	for i := range max(len(x), len(y)) {
		left, right := lineOf(x, i), lineOf(y, i)
		if left != right {
			return []string{"first run: " + cmp.Or(left, "nothing more"), "this run:  " + cmp.Or(right, "nothing more")}
		}
	}
	return nil
}

// runLines returns a run's journal with times in nanoseconds, then its verdict and reasons.
func runLines(r *Result) []string {
	var lines []string
	for _, record := range r.Journal {
		lines = append(lines, fmt.Sprintf("%v → %v  %s  %s",
			record.At, record.End, exactIdentity(record), evidence.Line(record)))
	}
	lines = append(lines, "verdict "+string(r.Verdict))
	for _, reason := range slices.Concat(r.Reasons, r.Notes) {
		lines = append(lines, reason.String())
	}
	return lines
}

func exactIdentity(r faultproxy.Record) string { return fmt.Sprintf("%s #%d", r.Identity, r.Nth) }

func lineOf(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// usualCause returns the usual cause of a difference such as that between the two runs.
func usualCause(a, b *Result) string {
	switch {
	case a.Client == "builtin" || a.Client == "sdk":
		return "the client takes all its randomness from the seed: " +
			"this is a defect of s3chaos, please report it with the file"
	case a.Unordered > 0:
		return "the client sends past ClientConfig.Wrap, so that the scheduler orders requests of one instant: " +
			"wrap its transport"
	case sameRequests(a, b):
		return "the same requests came at other times: " +
			"the client's jitter is not drawn from the seed, ClientConfig.Seed"
	}
	return "usually the client iterates over a map, uses crypto/rand or an unseeded generator, " +
		"or reads the machine's clock"
}

// sameRequests reports whether two runs sent the same requests the same number of times. Their
// times may differ.
func sameRequests(a, b *Result) bool {
	sent := func(r *Result) string {
		var identities []string
		for _, record := range r.Journal {
			identities = append(identities, exactIdentity(record))
		}
		slices.Sort(identities)
		return strings.Join(identities, "\n")
	}
	return sent(a) == sent(b)
}
