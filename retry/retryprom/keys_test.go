package retryprom_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/retry/retryprom"
)

func TestSeriesByKeyAreBoundedAndTheRestIsCounted(t *testing.T) {
	budget, err := retry.NewBudget(retry.BudgetConfig{Capacity: 500, Cost: 10})
	require.NoError(t, err)
	breaker, err := retry.NewBreaker(retry.BreakerConfig{MinAttempts: 2})
	require.NoError(t, err)
	observer := retryprom.New(retryprom.Options{Budget: budget, Breaker: breaker, MaxKeys: 2})
	r, err := retry.New(retry.Config{MaxAttempts: 2, InitialDelay: retry.NoDelay, Budget: budget, Breaker: breaker})
	require.NoError(t, err)
	fails := func(key string) {
		require.Error(t,
			r.DoCall(t.Context(), retry.Call{Key: key}, func(context.Context, int) error { return errTemporary }))
	}
	for i := range 50 {
		fails(fmt.Sprintf("key-%02d", i))
	}
	other, err := retry.New(retry.Config{MaxAttempts: 2, InitialDelay: retry.NoDelay, Budget: budget})
	require.NoError(t, err)
	require.Error(t,
		other.DoCall(t.Context(), retry.Call{Key: "key-40"}, func(context.Context, int) error { return errTemporary }))
	require.NoError(t, testutil.CollectAndCompare(observer, strings.NewReader(`
# HELP retry_breaker_state State of the circuit breaker: 1 half-open, 2 open.
# TYPE retry_breaker_state gauge
retry_breaker_state{key="key-00"} 2
retry_breaker_state{key="key-01"} 2
# HELP retry_budget_tokens Tokens left in the retry budget.
# TYPE retry_budget_tokens gauge
retry_budget_tokens{key=""} 500
retry_budget_tokens{key="key-00"} 490
retry_budget_tokens{key="key-40"} 480
# HELP retry_keys_left_out Keys in trouble that have no series of their own.
# TYPE retry_keys_left_out gauge
retry_keys_left_out{of="breaker"} 48
retry_keys_left_out{of="budget"} 48
`), "retry_breaker_state", "retry_budget_tokens", "retry_keys_left_out"))
}
