package bench

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	avast "github.com/avast/retry-go/v5"
)

func avastOptions(delay time.Duration) []avast.Option {
	kind := avast.FixedDelay
	if delay > 0 {
		kind = avast.FullJitterBackoffDelay
	}
	return []avast.Option{
		avast.Attempts(3),
		avast.Delay(delay),
		avast.MaxDelay(max(delay, 1)),
		avast.DelayType(kind),
		avast.LastErrorOnly(true),
		avast.RetryIf(func(err error) bool { return errors.Is(err, errFault) }),
	}
}

// avast makes a retrier for each call, because the context belongs to the retrier.
func avastRetry(on string, delay time.Duration, fails bool, more ...avast.Option) subject {
	return subject{"avast", on, func(b *testing.B, ctx context.Context) {
		var c countdown
		op := func() (int, error) { return succeed(ctx, 1) }
		if fails {
			op = func() (int, error) { return c.next(errFault) }
		}
		options := append(avastOptions(delay), more...)
		options = append(options, nil)
		for range b.N {
			options[len(options)-1] = avast.Context(ctx)
			value, err := avast.NewWithData[int](options...).Do(op)
			want(b, value, err)
		}
	}}
}

// avastReused has one retrier, and so one context, for all calls.
func avastReused(on string, delay time.Duration, fails bool, more ...avast.Option) subject {
	return subject{"avast-reused", on, func(b *testing.B, ctx context.Context) {
		var c countdown
		op := func() (int, error) { return succeed(ctx, 1) }
		if fails {
			op = func() (int, error) { return c.next(errFault) }
		}
		r := avast.NewWithData[int](append(append(avastOptions(delay), more...), avast.Context(ctx))...)
		for range b.N {
			value, err := r.Do(op)
			want(b, value, err)
		}
	}}
}

func avastThrottle() avast.Option {
	return avast.WithThrottle(avast.NewFixedTokenBucketThrottle(
		avast.FixedTokenBucketThrottleConfig{MaxCapacity: deepBucket, ThrottleCost: 1},
	))
}

func avastParallel(reuse bool) subject {
	lib, on := "avast", "ctx value classify budget"
	if reuse {
		lib, on = "avast-reused", "value classify budget"
	}
	return subject{lib, on, func(b *testing.B, ctx context.Context) {
		op := func() (int, error) { return succeed(ctx, 1) }
		options := slices.Clip(append(avastOptions(0), avastThrottle()))
		shared := avast.NewWithData[int](append(options, avast.Context(ctx))...)
		b.RunParallel(func(pb *testing.PB) {
			options := append(options, nil)
			for pb.Next() {
				r := shared
				if !reuse {
					options[len(options)-1] = avast.Context(ctx)
					r = avast.NewWithData[int](options...)
				}
				value, err := r.Do(op)
				want(b, value, err)
			}
		})
	}}
}

func avastDelay() subject {
	return subject{"avast", "full-jitter", func(b *testing.B, _ context.Context) {
		r := avast.New(avast.Delay(time.Second), avast.MaxDelay(30*time.Second))
		n := uint(0)
		for range b.N {
			n = n&3 + 1
			if avast.FullJitterBackoffDelay(n, errFault, r) < 0 {
				b.Fatal("negative")
			}
		}
	}}
}
