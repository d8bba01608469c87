package bench

import (
	"context"
	"testing"
	"time"

	sethvargo "github.com/sethvargo/go-retry"
)

var sethvargoFault = sethvargo.RetryableError(errFault)

// sethvargoBackoff makes a Backoff for one call, because a Backoff has state.
func sethvargoBackoff(delay time.Duration) sethvargo.Backoff {
	if delay == 0 {
		return sethvargo.WithMaxRetries(2, sethvargo.BackoffFunc(func() (time.Duration, bool) { return 0, false }))
	}
	return sethvargo.WithMaxRetries(2, sethvargo.WithFullJitter(sethvargo.NewExponential(delay)))
}

func sethVargo(on string, delay, limit time.Duration, fails bool) subject {
	return subject{"sethvargo", on, func(b *testing.B, ctx context.Context) {
		var c countdown
		op := func(ctx context.Context) (int, error) { return succeed(ctx, 1) }
		if fails {
			op = func(context.Context) (int, error) { return c.next(sethvargoFault) }
		}
		for range b.N {
			delays := sethvargoBackoff(delay)
			if limit > 0 {
				delays = sethvargo.WithMaxDuration(limit, delays)
			}
			value, err := sethvargo.DoValue(ctx, delays, op)
			want(b, value, err)
		}
	}}
}

func sethVargoParallel() subject {
	return subject{"sethvargo", "ctx value classify", func(b *testing.B, ctx context.Context) {
		op := func(ctx context.Context) (int, error) { return succeed(ctx, 1) }
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				value, err := sethvargo.DoValue(ctx, sethvargoBackoff(time.Second), op)
				want(b, value, err)
			}
		})
	}}
}

func sethVargoDelay() subject {
	return subject{"sethvargo", "full-jitter", func(b *testing.B, _ context.Context) {
		delays := sethvargo.WithFullJitter(sethvargo.NewExponential(time.Second))
		delays = sethvargo.WithCappedDuration(30*time.Second, delays)
		for range b.N {
			if delay, stop := delays.Next(); delay < 0 || stop {
				b.Fatal("negative")
			}
		}
	}}
}
