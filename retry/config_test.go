package retry_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
)

func TestNewNamesEveryMistakeAtOnce(t *testing.T) {
	r, err := retry.New(retry.Config{
		MaxAttempts: -1, InitialDelay: -2, MaxDelay: -1, Multiplier: 0.5, Jitter: 99, JitterRatio: math.NaN(),
		AttemptTimeout: -1, MaxElapsed: -1, MaxHint: -1, MaxHistory: -1,
		Hedge: retry.Hedge{After: -1, Max: -1},
		ClassDelays: map[retry.Class]retry.Backoff{
			retry.ClassPermanent: {},
			retry.ClassThrottle:  {Multiplier: math.Inf(1)},
		},
		RetryableErrors: []error{nil},
	})
	assert.Nil(t, r)
	require.EqualError(t, err, `retry: MaxAttempts is -1: want 1 or more, or 0 for 3
retry: InitialDelay is -2ns: want 0 or more, or NoDelay
retry: MaxDelay is -1ns: want 0 or more
retry: Multiplier is 0.5: want a number of at least 1, or 0 for 2
retry: Jitter is 99: want one of the kinds of jitter
retry: JitterRatio is NaN: want 0 to 1
retry: ClassDelays[throttle].Multiplier is +Inf: want a number of at least 1, or 0 for 2
retry: ClassDelays has permanent: want only transient, throttle and timeout
retry: AttemptTimeout is -1ns: want 0 or more
retry: MaxElapsed is -1ns: want 0 or more
retry: MaxHint is -1ns: want 0 or more
retry: Hedge.After is -1ns: want 0 or more
retry: Hedge.Max is -1: want 1 or more, or 0 for 1
retry: MaxHistory is -1: want 1 or more, or 0 for 16
retry: RetryableErrors has a nil error`)
}

func TestNewRefusesMultipliersThatAreNoNumbers(t *testing.T) {
	for _, multiplier := range []float64{-1, 0.999, math.NaN(), math.Inf(1), math.Inf(-1)} {
		_, err := retry.New(retry.Config{Multiplier: multiplier})
		require.ErrorContains(t, err, "Multiplier", "%v", multiplier)
	}
	for _, multiplier := range []float64{0, 1, 1.5, 1e300} {
		_, err := retry.New(retry.Config{Multiplier: multiplier})
		require.NoError(t, err, "%v", multiplier)
	}
}

func TestBudgetAndBreakerNameEveryMistake(t *testing.T) {
	_, err := retry.NewBudget(retry.BudgetConfig{
		Capacity: -1, Initial: math.Inf(1), Cost: -1, ThrottleCost: math.NaN(), TimeoutCost: 1e13, Refund: -1,
		RefillPerSecond: -1,
	})
	for _, field := range []string{
		"Capacity", "Initial", "Cost is", "ThrottleCost", "TimeoutCost", "Refund",
		"RefillPerSecond",
	} {
		require.ErrorContains(t, err, field)
	}
	_, err = retry.NewBudget(retry.BudgetConfig{Capacity: 10, Initial: 20})
	require.EqualError(t, err, "retry: budget Initial is 20: want at most the capacity, 10")
	_, err = retry.NewGRPCBudget(math.NaN(), 0)
	require.EqualError(t, err, "retry: budget maxTokens is NaN: want more than 0, at most 1000\nretry: budget tokenRatio is 0: want more than 0, at most 1000")
	_, err = retry.NewBreaker(retry.BreakerConfig{
		Window: -1, FailureRatio: math.NaN(), MinAttempts: -1, OpenFor: -1,
		Probes: -1,
	})
	for _, field := range []string{"Window", "FailureRatio", "MinAttempts", "OpenFor", "Probes"} {
		require.ErrorContains(t, err, field)
	}
}

func TestClassesHaveSchedulesOfTheirOwn(t *testing.T) {
	r := must(t, retry.Config{
		InitialDelay: 100 * time.Millisecond, Jitter: retry.JitterNone,
		ClassDelays: map[retry.Class]retry.Backoff{
			retry.ClassThrottle: {InitialDelay: 5 * time.Second},
			retry.ClassTimeout:  {InitialDelay: retry.NoDelay},
		},
	})
	assert.Equal(t, 200*time.Millisecond, r.Backoff(retry.ClassTransient).Delay("", 2))
	assert.Equal(t, 10*time.Second, r.Backoff(retry.ClassThrottle).Delay("", 2))
	assert.Equal(t, time.Duration(0), r.Backoff(retry.ClassTimeout).Delay("", 2))
	assert.Equal(t, 30*time.Second, r.Backoff(retry.ClassThrottle).MaxDelay, "what it does not say is as in the Config")
}

func TestConfigIsCopied(t *testing.T) {
	listed := []error{errListed}
	r := must(t, retry.Config{InitialDelay: retry.NoDelay, RetryableErrors: listed})
	listed[0] = errTemporary
	count := 0
	require.NoError(t, r.Do(t.Context(), failing(&count, errListed)))
}
