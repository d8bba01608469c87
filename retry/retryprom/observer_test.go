package retryprom_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/retry/retryprom"
)

var errTemporary = retry.Retryable(errors.New("temporary"))

func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		budget, err := retry.NewBudget(retry.BudgetConfig{Capacity: 100})
		require.NoError(t, err)
		breaker, err := retry.NewBreaker(retry.BreakerConfig{MinAttempts: 3, FailureRatio: 0.6})
		require.NoError(t, err)
		observer := retryprom.New(retryprom.Options{
			Budget: budget, Breaker: breaker,
			ConstLabels: prometheus.Labels{"client": "s3"},
		})
		r, err := retry.New(retry.Config{
			Jitter: retry.JitterNone, Observer: observer, Budget: budget,
			Breaker: breaker,
		})
		require.NoError(t, err)

		failing := func(errs ...error) retry.Operation {
			return func(_ context.Context, attempt int) error {
				if attempt <= len(errs) {
					return errs[attempt-1]
				}
				return nil
			}
		}
		ctx := t.Context()
		require.NoError(t, r.Do(ctx, failing()))
		require.NoError(t, r.Do(ctx, failing(errTemporary)))
		require.Error(t, r.Do(ctx, failing(retry.Permanent(errTemporary))))
		require.Error(t, r.DoCall(ctx, retry.Call{Key: "demo"}, failing(errTemporary, errTemporary, errTemporary)))
		require.Error(t, r.DoCall(ctx, retry.Call{Key: "demo"}, failing()))
		canceled, cancel := context.WithTimeout(ctx, time.Millisecond)
		defer cancel()
		require.Error(t, r.Do(canceled, failing(errTemporary)))

		require.NoError(t, testutil.CollectAndCompare(observer, strings.NewReader(`
# HELP retry_attempts_total Attempts that ended, by class.
# TYPE retry_attempts_total counter
retry_attempts_total{class="canceled",client="s3"} 0
retry_attempts_total{class="permanent",client="s3"} 1
retry_attempts_total{class="success",client="s3"} 2
retry_attempts_total{class="throttle",client="s3"} 0
retry_attempts_total{class="timeout",client="s3"} 0
retry_attempts_total{class="transient",client="s3"} 5
retry_attempts_total{class="unknown",client="s3"} 0
# HELP retry_breaker_state State of the circuit breaker: 1 half-open, 2 open.
# TYPE retry_breaker_state gauge
retry_breaker_state{client="s3",key="demo"} 2
# HELP retry_budget_capacity_tokens Tokens of a full retry budget.
# TYPE retry_budget_capacity_tokens gauge
retry_budget_capacity_tokens{client="s3"} 100
# HELP retry_budget_tokens Tokens left in the retry budget.
# TYPE retry_budget_tokens gauge
retry_budget_tokens{client="s3",key=""} 100
retry_budget_tokens{client="s3",key="demo"} 72
# HELP retry_calls_total Calls that ended, by outcome.
# TYPE retry_calls_total counter
retry_calls_total{client="s3",outcome="breaker_open"} 1
retry_calls_total{client="s3",outcome="budget"} 0
retry_calls_total{client="s3",outcome="canceled"} 0
retry_calls_total{client="s3",outcome="deadline"} 1
retry_calls_total{client="s3",outcome="exhausted"} 1
retry_calls_total{client="s3",outcome="permanent"} 1
retry_calls_total{client="s3",outcome="success"} 1
retry_calls_total{client="s3",outcome="success_after_retry"} 1
# HELP retry_retries_total Retries, by the class of the failure before.
# TYPE retry_retries_total counter
retry_retries_total{class="throttle",client="s3"} 0
retry_retries_total{class="timeout",client="s3"} 0
retry_retries_total{class="transient",client="s3"} 3
# HELP retry_wait_seconds_total Seconds that calls waited between attempts.
# TYPE retry_wait_seconds_total counter
retry_wait_seconds_total{client="s3"} 4
`), "retry_attempts_total", "retry_breaker_state", "retry_budget_capacity_tokens", "retry_budget_tokens",
			"retry_calls_total", "retry_retries_total", "retry_wait_seconds_total"))
	})
}

// A key is whatever the caller calls it, and a scrape must live through that.
func TestKeysThatAreNotUTF8AreQuoted(t *testing.T) {
	budget, err := retry.NewBudget(retry.BudgetConfig{})
	require.NoError(t, err)
	breaker, err := retry.NewBreaker(retry.BreakerConfig{MinAttempts: 1})
	require.NoError(t, err)
	observer := retryprom.New(retryprom.Options{Budget: budget, Breaker: breaker})
	r, err := retry.New(retry.Config{MaxAttempts: 2, InitialDelay: retry.NoDelay, Budget: budget, Breaker: breaker})
	require.NoError(t, err)
	for _, key := range []string{"\xff", "\xfe", "ok"} {
		call := retry.Call{Key: key}
		require.Error(t, r.DoCall(t.Context(), call, func(context.Context, int) error { return errTemporary }))
	}
	require.NoError(t, testutil.CollectAndCompare(observer, strings.NewReader(`
# HELP retry_breaker_state State of the circuit breaker: 1 half-open, 2 open.
# TYPE retry_breaker_state gauge
retry_breaker_state{key="\"\\xfe\""} 2
retry_breaker_state{key="\"\\xff\""} 2
retry_breaker_state{key="ok"} 2
`), "retry_breaker_state"))
}

func TestMetricsAreWellNamed(t *testing.T) {
	problems, err := testutil.CollectAndLint(retryprom.New(retryprom.Options{
		Namespace: "demo", Budget: &retry.Budget{},
		Breaker: &retry.Breaker{},
	}))
	require.NoError(t, err)
	require.Empty(t, problems)
}

func TestCountingAllocatesNothing(t *testing.T) {
	r, err := retry.New(retry.Config{Observer: retryprom.New(retryprom.Options{})})
	require.NoError(t, err)
	op := func(context.Context, int) error { return nil }
	require.Zero(t, testing.AllocsPerRun(100, func() { _ = r.Do(context.Background(), op) }))
}

// The observer goes into the Config and into a registry.
func ExampleNew() {
	observer := retryprom.New(retryprom.Options{})
	registry := prometheus.NewRegistry()
	registry.MustRegister(observer)
	r, err := retry.New(retry.Config{InitialDelay: retry.NoDelay, Observer: observer})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = r.Do(context.Background(), func(_ context.Context, attempt int) error {
		if attempt == 1 {
			return retry.Retryable(errors.New("busy"))
		}
		return nil
	})
	count, _ := testutil.GatherAndCount(registry, "retry_calls_total")
	fmt.Println(err, count, "outcomes are counted")
	// Output: <nil> 8 outcomes are counted
}
