package bench

import (
	"context"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v7"
)

// cenkalti makes a BackOff for each call, because calls cannot share one. The library reads the
// clock in every call.
func cenkalti(on string, delay time.Duration, limit time.Duration, fails bool) subject {
	return subject{"cenkalti", on, func(b *testing.B, ctx context.Context) {
		var c countdown
		op := func() (int, error) { return succeed(ctx, 1) }
		if fails {
			op = func() (int, error) { return c.next(errFault) }
		}
		for range b.N {
			value, err := backoff.Retry(ctx, op,
				backoff.WithBackOff(cenkaltiBackOff(delay)),
				backoff.WithMaxTries(3),
				backoff.WithMaxElapsedTime(limit))
			want(b, value, err)
		}
	}}
}

func cenkaltiBackOff(delay time.Duration) backoff.BackOff {
	if delay == 0 {
		return &backoff.ZeroBackOff{}
	}
	return &backoff.ExponentialBackOff{
		InitialInterval: delay, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: max(delay, 1),
	}
}

func cenkaltiParallel() subject {
	return subject{"cenkalti", "ctx value classify clock", func(b *testing.B, ctx context.Context) {
		op := func() (int, error) { return succeed(ctx, 1) }
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				value, err := backoff.Retry(ctx, op,
					backoff.WithBackOff(cenkaltiBackOff(time.Second)),
					backoff.WithMaxTries(3),
					backoff.WithMaxElapsedTime(0))
				want(b, value, err)
			}
		})
	}}
}

func cenkaltiDelay() subject {
	return subject{"cenkalti", "proportional-jitter", func(b *testing.B, _ context.Context) {
		delays := backoff.NewExponentialBackOff()
		n := 0
		for range b.N {
			if n = n&3 + 1; n == 1 {
				delays.Reset()
			}
			if delays.NextBackOff() < 0 {
				b.Fatal("negative")
			}
		}
	}}
}
