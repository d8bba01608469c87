package bench

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/s3chaos/s3chaos/retry"
)

// rows returns the rows of the comparison.
func rows(t *testing.T) []ratio {
	ctx := t.Context()
	all := retryer(t, oursEverything(t))
	rows := []ratio{
		{"first attempt, everything on", 1.15, doValue(ctx, all, succeed), looped(ctx, succeed)},
		{
			"first attempt in parallel, shared budget", 1.1, parallel(doValue(ctx, all, succeed)),
			parallel(looped(ctx, succeed)),
		},
		keyed(t),
		{
			"two failures, marked error, no delay", 1.2,
			doValue(ctx, retryer(t, oursBare(retry.NoDelay)(t)), oursFailTwice), looped(ctx, failTwice),
		},
	}
	for _, real := range realErrors {
		fail := failTwiceWith(real.err)
		rows = append(rows, ratio{
			"two failures, " + real.kind + ", no delay", 4,
			doValue(ctx, retryer(t, oursBare(retry.NoDelay)(t)), fail),
			func(n int) {
				for range n {
					check(loopUntil(ctx, real.err, fail))
				}
			},
		})
	}
	return append(
		rows, attemptTimeout(t), limiter(t), unusedHedge(t), notIdempotent(t), maxElapsed(t), observed(t), bare(t),
	)
}

// looped, doValue and doValueCall are not inlined, so that all rows run the same machine code.
// Copies of it differ by 10 % in time and more, by where they lie in memory.
//
//go:noinline
func looped(ctx context.Context, op func(context.Context, int) (int, error)) func(int) {
	return func(n int) {
		op := op
		for range n {
			check(loop(ctx, 0, op))
		}
	}
}

//go:noinline
func doValue(ctx context.Context, r *retry.Retryer, op func(context.Context, int) (int, error)) func(int) {
	return func(n int) {
		op := op
		for range n {
			check(retry.DoValue(ctx, r, op))
		}
	}
}

//go:noinline
func doValueCall(
	ctx context.Context, r *retry.Retryer, call retry.Call, op func(context.Context, int) (int, error),
) func(int) {
	return func(n int) {
		op := op
		for range n {
			check(retry.DoValueCall(ctx, r, call, op))
		}
	}
}

// check panics if a side returned a wrong result.
func check(value int, err error) {
	if err != nil || value != 42 {
		panic(err)
	}
}

// parallel runs a side while the other processors do the same.
func parallel(side func(int)) func(int) {
	return func(n int) {
		var stop atomic.Bool
		var others sync.WaitGroup
		for range runtime.GOMAXPROCS(0) - 1 {
			others.Go(func() {
				for !stop.Load() {
					side(100)
				}
			})
		}
		side(n)
		stop.Store(true)
		others.Wait()
	}
}

// keyed compares a call with a key, after a call of another key has failed, with one without a key
// where nothing has failed.
func keyed(t *testing.T) ratio {
	config := oursEverything(t)
	r := retryer(t, config)
	call := retry.Call{Key: "other", MaxAttempts: 2}
	if err := r.DoCall(t.Context(), call, func(_ context.Context, n int) error {
		return []error{oursFault, retry.Permanent(errFault)}[n-1]
	}); err == nil {
		t.Fatal("the call of the other key did not fail")
	}
	unkeyed := retryer(t, oursEverything(t))
	return ratio{
		"with a key, after a failure of another", 2,
		doValueCall(t.Context(), r, retry.Call{Name: "get a.bin", Key: "s3.example"}, succeed),
		doValueCall(t.Context(), unkeyed, retry.Call{Name: "get a.bin"}, succeed),
	}
}

// attemptTimeout compares with a caller that gives the only attempt a deadline.
func attemptTimeout(t *testing.T) ratio {
	ctx := t.Context()
	r := retryer(t, retry.Config{AttemptTimeout: time.Minute})
	return ratio{"AttemptTimeout, beside a bare context.WithTimeout", 1.3, doValue(ctx, r, succeed), func(n int) {
		for range n {
			own, cancel := context.WithTimeout(ctx, time.Minute)
			value, err := succeed(own, 1)
			cancel()
			check(value, err)
		}
	}}
}

// limiter compares with a loop that asks a rate.Limiter before each attempt.
func limiter(t *testing.T) ratio {
	ctx := t.Context()
	r := retryer(t, retry.Config{Limiter: retry.NewLimiter()})
	peer := rate.NewLimiter(1e12, 1e9)
	return ratio{"Limiter, beside x/time/rate", 1.2, doValue(ctx, r, succeed), func(n int) {
		for range n {
			if err := peer.Wait(ctx); err != nil {
				panic(err)
			}
			check(loop(ctx, 0, succeed))
		}
	}}
}

var idempotent = retry.Call{Name: "get a.bin", Idempotent: true}

// unusedHedge compares a call that may be hedged, of a Retryer without hedges, with a call that may
// not.
func unusedHedge(t *testing.T) ratio {
	r := retryer(t, oursEverything(t))
	return ratio{
		"idempotent call, no hedge in the Config", 1.05, doValueCall(t.Context(), r, idempotent, succeed),
		doValueCall(t.Context(), r, retry.Call{Name: "get a.bin"}, succeed),
	}
}

// notIdempotent compares a Retryer that hedges with one that does not, for a call that may not be
// hedged.
func notIdempotent(t *testing.T) ratio {
	config := oursEverything(t)
	config.Hedge = retry.Hedge{After: time.Minute}
	call := retry.Call{Name: "get a.bin"}
	return ratio{
		"hedge in the Config, call not idempotent", 1.05, doValueCall(t.Context(), retryer(t, config), call, succeed),
		doValueCall(t.Context(), retryer(t, oursEverything(t)), call, succeed),
	}
}

// maxElapsed compares with a loop that reads the clock at its start and end.
func maxElapsed(t *testing.T) ratio {
	ctx := t.Context()
	config := oursEverything(t)
	config.MaxElapsed = time.Hour
	engine := doValue(ctx, retryer(t, config), succeed)
	return ratio{"MaxElapsed, beside a loop that reads the clock", 1, engine, func(n int) {
		for range n {
			start := time.Now()
			value, err := loop(ctx, 0, succeed)
			if time.Since(start) > time.Hour {
				panic("an hour")
			}
			check(value, err)
		}
	}}
}

// observed compares with a loop that tells the same observer of the attempt, its result and the end
// of the call, with the time that the call took.
func observed(t *testing.T) ratio {
	ctx := t.Context()
	config := oursEverything(t)
	config.Observer = &counting{}
	var o retry.Observer = &counting{}
	engine := doValue(ctx, retryer(t, config), succeed)
	return ratio{"observer of every call, beside a loop that calls it", 1.2, engine, func(n int) {
		for range n {
			start := time.Now()
			o.Observe(ctx, retry.Event{Kind: retry.EventAttempt, Attempt: 1})
			value, err := loop(ctx, 0, succeed)
			o.Observe(ctx, retry.Event{Kind: retry.EventResult, Attempt: 1, Class: retry.ClassSuccess})
			done := retry.Event{Kind: retry.EventDone, Attempt: 1, Class: retry.ClassSuccess}
			done.Waited = time.Since(start) // the caller has no other field for it
			o.Observe(ctx, done)
			check(value, err)
		}
	}}
}

// bare compares a Retryer of the zero Config.
func bare(t *testing.T) ratio {
	return ratio{
		"first attempt, default Config", 1.15, doValue(t.Context(), retryer(t, retry.Config{}), succeed),
		looped(t.Context(), succeed),
	}
}
