package bench

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/s3chaos/s3chaos/retry"
)

// oursFault marks errFault as retryable, so that the classifier has work to do.
var oursFault = retry.Retryable(errFault)

//go:noinline
func oursFailTwice(_ context.Context, attempt int) (int, error) {
	if attempt <= 2 {
		return 0, oursFault
	}
	return 42, nil
}

// quiet is an observer that the engine calls only after failures.
func quiet() retry.Observer { return retry.NewLogObserver(slog.New(slog.DiscardHandler)) }

// counting is an observer that the engine calls for every event.
type counting struct{ events int }

func (c *counting) Observe(context.Context, retry.Event) { c.events++ }

func retryer(b testing.TB, config retry.Config) *retry.Retryer {
	b.Helper()
	r, err := retry.New(config)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

func newBudget(b testing.TB) *retry.Budget {
	b.Helper()
	budget, err := retry.NewBudget(retry.BudgetConfig{Capacity: deepBucket, Cost: 1})
	if err != nil {
		b.Fatal(err)
	}
	return budget
}

func newBreaker(b testing.TB) *retry.Breaker {
	b.Helper()
	breaker, err := retry.NewBreaker(retry.BreakerConfig{FailureRatio: 1})
	if err != nil {
		b.Fatal(err)
	}
	return breaker
}

func ours(on string, config func(b testing.TB) retry.Config, op func(context.Context, int) (int, error)) subject {
	return subject{"ours", on, func(b *testing.B, ctx context.Context) {
		r, op := retryer(b, config(b)), op
		for range b.N {
			value, err := retry.DoValue(ctx, r, op)
			want(b, value, err)
		}
	}}
}

func oursEverything(b testing.TB) retry.Config {
	return retry.Config{InitialDelay: retry.NoDelay, Budget: newBudget(b), Breaker: newBreaker(b), Observer: quiet()}
}

func oursBudget(delay time.Duration) func(b testing.TB) retry.Config {
	return func(b testing.TB) retry.Config {
		return retry.Config{InitialDelay: delay, MaxDelay: max(delay, 1), Budget: newBudget(b)}
	}
}

func oursBare(delay time.Duration) func(b testing.TB) retry.Config {
	return func(testing.TB) retry.Config {
		return retry.Config{InitialDelay: delay, MaxDelay: max(delay, 1)}
	}
}

func oursParallel() subject {
	return subject{"ours", "ctx value classify budget breaker observer-quiet", func(b *testing.B, ctx context.Context) {
		r := retryer(b, oursEverything(b))
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				value, err := retry.DoValue(ctx, r, succeed)
				want(b, value, err)
			}
		})
	}}
}

func oursDelay() subject {
	return subject{"ours", "full-jitter seed name", func(b *testing.B, _ context.Context) {
		r := retryer(b, retry.Config{Jitter: retry.JitterFull})
		n := 0
		for range b.N {
			n = n&3 + 1
			if r.Delay("", n) < 0 {
				b.Fatal("negative")
			}
		}
	}}
}
