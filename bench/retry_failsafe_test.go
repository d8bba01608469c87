package bench

import (
	"context"
	"testing"
	"time"

	"github.com/failsafe-go/failsafe-go"
	retrybudget "github.com/failsafe-go/failsafe-go/budget"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
)

func failsafePolicy(delay time.Duration) retrypolicy.Builder[int] {
	policy := retrypolicy.NewBuilder[int]().WithMaxAttempts(3).HandleErrors(errFault)
	if delay > 0 {
		policy = policy.WithDelay(delay).WithJitterFactor(0.25)
	}
	return policy
}

func failsafeEverything() failsafe.Executor[int] {
	circuit := circuitbreaker.NewBuilder[int]().WithFailureThreshold(1000).Build()
	policy := failsafePolicy(0).WithBudget(retrybudget.New()).Build()
	return failsafe.With[int](policy, circuit)
}

func failSafe(on string, executor func() failsafe.Executor[int], op func(context.Context, int) (int, error)) subject {
	return subject{"failsafe", on, func(b *testing.B, ctx context.Context) {
		e := executor()
		work := func(exec failsafe.Execution[int]) (int, error) { return op(exec.Context(), exec.Attempts()) }
		for range b.N {
			value, err := e.WithContext(ctx).GetWithExecution(work)
			want(b, value, err)
		}
	}}
}

func failsafeWith(change func(retrypolicy.Builder[int]) retrypolicy.Builder[int]) func() failsafe.Executor[int] {
	return func() failsafe.Executor[int] { return failsafe.With[int](change(failsafePolicy(0)).Build()) }
}

func failsafeDelayed(delay time.Duration) func() failsafe.Executor[int] {
	return func() failsafe.Executor[int] { return failsafe.With[int](failsafePolicy(delay).Build()) }
}

func failsafeBudget(b retrypolicy.Builder[int]) retrypolicy.Builder[int] {
	return b.WithBudget(retrybudget.New())
}

func failsafeParallel() subject {
	return subject{"failsafe", "ctx value classify budget breaker", func(b *testing.B, ctx context.Context) {
		e := failsafeEverything()
		b.RunParallel(func(pb *testing.PB) {
			work := func(exec failsafe.Execution[int]) (int, error) { return succeed(exec.Context(), exec.Attempts()) }
			for pb.Next() {
				value, err := e.WithContext(ctx).GetWithExecution(work)
				want(b, value, err)
			}
		})
	}}
}
