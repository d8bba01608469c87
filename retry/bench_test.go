package retry_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/s3chaos/s3chaos/retry"
)

func succeed(context.Context, int) error { return nil }

func value(context.Context, int) (int, error) { return 42, nil }

var errBench = errors.New("connection reset")

var errMarked = retry.Retryable(errBench)

func failTwice(_ context.Context, attempt int) error {
	if attempt <= 2 {
		return errMarked
	}
	return nil
}

// everything has on what a call that succeeds at once may have on.
func everything(b *testing.B) retry.Config {
	b.Helper()
	breaker, err := retry.NewBreaker(retry.BreakerConfig{})
	if err != nil {
		b.Fatal(err)
	}
	return retry.Config{
		Budget: newBudget(b, retry.BudgetConfig{}), Breaker: breaker, Observer: retry.NewLogObserver(nil),
		Classifier: retry.ClassifierFunc(func(context.Context, error) retry.Class { return retry.ClassUnknown }),
	}
}

func BenchmarkSuccessAtOnce(b *testing.B) {
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	r := must(b, everything(b))
	b.ReportAllocs()
	for b.Loop() {
		if v, err := retry.DoValue(ctx, r, value); err != nil || v != 42 {
			b.Fatal(err)
		}
	}
}

func BenchmarkSuccessWithMaxElapsed(b *testing.B) {
	r := must(b, retry.Config{MaxElapsed: 1e15})
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Do(b.Context(), succeed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSuccessWithActiveObserver(b *testing.B) {
	var n int
	r := must(b, retry.Config{Observer: retry.ObserverFunc(func(context.Context, retry.Event) { n++ })})
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Do(b.Context(), succeed); err != nil {
			b.Fatal(err)
		}
	}
}

// counter is an observer without a function in between.
type counter struct{ n int }

func (c *counter) Observe(context.Context, retry.Event) { c.n++ }

func BenchmarkSuccessWithActiveObserverOfItsOwn(b *testing.B) {
	r := must(b, retry.Config{Observer: &counter{}})
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Do(b.Context(), succeed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSuccessAfterTwoFailures(b *testing.B) {
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	r := must(b, retry.Config{InitialDelay: retry.NoDelay})
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Do(ctx, failTwice); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSuccessAfterTwoFailuresWithDelay(b *testing.B) {
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	r := must(b, retry.Config{InitialDelay: 1, MaxDelay: 1})
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Do(ctx, failTwice); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNextDelay(b *testing.B) {
	for _, name := range []string{"", "GetObject demo/photos/a.bin"} {
		r := must(b, retry.Config{MaxAttempts: 5, Jitter: retry.JitterFull})
		b.Run("name="+name, func(b *testing.B) {
			n := 0
			for b.Loop() {
				n = n%5 + 1
				if r.Delay(name, n) < 0 {
					b.Fatal()
				}
			}
		})
	}
}

func BenchmarkSuccessAtOnceInParallel(b *testing.B) {
	r := must(b, everything(b))
	b.RunParallel(func(pb *testing.PB) {
		ctx := context.Background()
		for pb.Next() {
			if err := r.Do(ctx, succeed); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkHandWrittenLoop(b *testing.B) {
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	op := value
	b.ReportAllocs()
	for b.Loop() {
		for attempt := 1; ; attempt++ {
			if ctx.Err() != nil {
				b.Fatal()
			}
			if _, err := op(ctx, attempt); err == nil {
				break
			}
		}
	}
}

// Another key has failed once. Budget and breaker have something to count, but not for this key.
func BenchmarkSuccessAtOnceWithAKeyAfterAFailureOfAnother(b *testing.B) {
	for _, failed := range []bool{false, true} {
		b.Run(fmt.Sprint("failed=", failed), func(b *testing.B) {
			config := everything(b)
			config.InitialDelay, config.Observer = retry.NoDelay, nil
			r := must(b, config)
			if failed {
				call := retry.Call{Key: "other", MaxAttempts: 2}
				_ = r.DoCall(b.Context(), call, func(_ context.Context, n int) error {
					return []error{errMarked, retry.Permanent(errBench)}[n-1]
				})
			}
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			call := retry.Call{Name: "get a.bin", Key: "s3.example"}
			b.ReportAllocs()
			for b.Loop() {
				if v, err := retry.DoValueCall(ctx, r, call, value); err != nil || v != 42 {
					b.Fatal(err)
				}
			}
		})
	}
}
