package bench

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"
)

// loop is the usual handwritten retry loop: three attempts, a check of the context, one error that
// is retried, exponential delays with full jitter.
func loop(ctx context.Context, base time.Duration, op func(context.Context, int) (int, error)) (int, error) {
	for attempt := 1; ; attempt++ {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		value, err := op(ctx, attempt)
		if err == nil {
			return value, nil
		}
		if attempt == 3 || !errors.Is(err, errFault) {
			return value, err
		}
		if base > 0 {
			select {
			case <-ctx.Done():
				return value, ctx.Err()
			case <-time.After(rand.N(base << (attempt - 1))):
			}
		}
	}
}

// nothing calls the operation without a retry library. Its cost is part of all other figures.
func nothing() subject {
	return subject{"none", "value", func(b *testing.B, ctx context.Context) {
		for range b.N {
			value, err := succeed(ctx, 1)
			want(b, value, err)
		}
	}}
}

func nothingParallel() subject {
	return subject{"none", "value", func(b *testing.B, ctx context.Context) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				value, err := succeed(ctx, 1)
				want(b, value, err)
			}
		})
	}}
}

func nothingDelay() subject {
	return subject{"none", "", func(b *testing.B, _ context.Context) {
		n := 0
		for range b.N {
			if n = n&3 + 1; n < 0 {
				b.Fatal("negative")
			}
		}
	}}
}

func handWritten(delay time.Duration, op func(context.Context, int) (int, error)) subject {
	return subject{"loop", "ctx value classify", func(b *testing.B, ctx context.Context) {
		op := op
		for range b.N {
			value, err := loop(ctx, delay, op)
			want(b, value, err)
		}
	}}
}

func handWrittenClock() subject {
	return subject{"loop", "ctx value classify clock", func(b *testing.B, ctx context.Context) {
		for range b.N {
			start := time.Now()
			value, err := loop(ctx, 0, succeed)
			if time.Since(start) > time.Hour {
				b.Fatal("an hour")
			}
			want(b, value, err)
		}
	}}
}

func handWrittenParallel() subject {
	return subject{"loop", "ctx value classify", func(b *testing.B, ctx context.Context) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				value, err := loop(ctx, 0, succeed)
				want(b, value, err)
			}
		})
	}}
}

func handWrittenDelay() subject {
	return subject{"loop", "full-jitter", func(b *testing.B, _ context.Context) {
		n := 0
		for range b.N {
			n = n&3 + 1
			if rand.N(min(time.Second<<(n-1), 30*time.Second)) < 0 {
				b.Fatal("negative")
			}
		}
	}}
}
