package bench

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// A subject is one library in one case: its features, and the body of its benchmark. The body holds
// the loop over b.N, so that no extra call is measured. b.Loop would cost as much as the measured
// call.
type subject struct {
	lib string
	on  string // features that are on, separated by spaces
	run func(b *testing.B, ctx context.Context)
}

// compare runs a case for every library. It reports the elapsed time and the processor time, which
// a busy machine hardly changes. In the parallel case this is the sum over all processors. The
// command `benchstat -col /lib -row .name -ignore /on` shows the libraries side by side.
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

// errFault is the error of a failing operation. It is made once, so that the benchmark does not
// measure the making of errors.
var errFault = errors.New("connection reset")

// deepBucket is the number of tokens in a budget: enough for a benchmark in which every call
// retries.
const deepBucket = 1e9

// want stops a benchmark if its library returned a wrong result.
func want(b *testing.B, value int, err error) {
	if err != nil || value != 42 {
		b.Fatalf("got %d, %v", value, err)
	}
}

// The operations. The compiler must not inline them, as it cannot inline a real client's operation.

//go:noinline
func succeed(context.Context, int) (int, error) { return 42, nil }

//go:noinline
func failTwice(_ context.Context, attempt int) (int, error) {
	if attempt <= 2 {
		return 0, errFault
	}
	return 42, nil
}

// countdown is failTwice for libraries that do not pass the number of the attempt.
type countdown struct{ failures int }

func (c *countdown) next(fault error) (int, error) {
	if c.failures < 2 {
		c.failures++
		return 0, fault
	}
	c.failures = 0
	return 42, nil
}
