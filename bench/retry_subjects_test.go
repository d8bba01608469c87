package bench

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// A subject is one library in one case: what is on, and the benchmark's body.
// The body holds the loop itself, over b.N because b.Loop would cost as much as
// what is measured, so that nothing of ours stands between loop and library.
type subject struct {
	lib string
	on  string // features that are on, separated by spaces
	run func(b *testing.B, ctx context.Context)
}

// compare runs a case for every library. Beside the time that passed it reports
// the processor's time, which a busy machine hardly changes; in the parallel
// case that is the sum over all processors. Names are such that
// `benchstat -col /lib -row .name -ignore /on` puts the libraries side by side.
func compare(b *testing.B, subjects ...subject) {
	b.Helper()
	for _, s := range subjects {
		b.Run("lib="+s.lib+"/on="+strings.ReplaceAll(s.on, " ", "+"), func(b *testing.B) {
			ctx := b.Context()
			b.ReportAllocs()
			before := cpuTime()
			b.ResetTimer()
			s.run(b, ctx)
			b.ReportMetric(float64(cpuTime()-before)/float64(b.N), "cpu-ns/op")
		})
	}
}

// errFault is what a failing operation fails with: made once, because making
// errors is the operation's cost and not the library's.
var errFault = errors.New("connection reset")

// deepBucket is how many tokens a budget holds: enough for a benchmark in which
// every call needs retries.
const deepBucket = 1e9

// want ends a benchmark whose library did not do its work.
func want(b *testing.B, value int, err error) {
	if err != nil || value != 42 {
		b.Fatalf("got %d, %v", value, err)
	}
}

// The operations. No compiler looks into them, as it does not into a client's.

//go:noinline
func succeed(context.Context, int) (int, error) { return 42, nil }

//go:noinline
func failTwice(_ context.Context, attempt int) (int, error) {
	if attempt <= 2 {
		return 0, errFault
	}
	return 42, nil
}

// countdown is failTwice for libraries that do not say which attempt it is.
type countdown struct{ failures int }

func (c *countdown) next(fault error) (int, error) {
	if c.failures < 2 {
		c.failures++
		return 0, fault
	}
	c.failures = 0
	return 42, nil
}
