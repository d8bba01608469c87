package retry_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
)

// The numbers are those of the AWS SDKs' specification of the adaptive mode, as in aws-sdk-go-v2
// aws/retry/adaptive_ratelimit_test.go.
func TestLimiterFollowsTheCubicCurve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := retry.NewLimiter()
		r := must(t, retry.Config{MaxAttempts: 1, Limiter: limiter})
		throttled := &apiError{Status: 429}
		steps := []struct {
			at                int // ms
			throttled         bool
			measured, allowed float64
		}{
			{200, false, 0, 0.5},
			{400, false, 0, 0.5},
			{600, false, 4.8, 0.5},
			{800, false, 4.8, 0.5},
			{1000, false, 4.16, 0.5},
			{1200, false, 4.16, 0.6912},
			{1400, false, 4.16, 1.0976},
			{1600, false, 5.632, 1.6384},
			{1800, false, 5.632, 2.3328},
			{2000, true, 4.3264, 3.02848},
			{2200, false, 4.3264, 3.4866391734702598},
			{2400, false, 4.3264, 3.8218744160402554},
			{2600, false, 5.665280, 4.053385727709987},
			{2800, false, 5.665280, 4.200373108479455},
			{3000, false, 4.333056, 4.282036558348658},
			{3200, true, 4.333056, 2.99742559084406},
			{3400, false, 4.333056, 3.4522263943863463},
		}
		// The table gives when answers come. All attempts start before the first throttling, so
		// that none has to wait for a token.
		start := time.Now()
		var attempts sync.WaitGroup
		for _, step := range steps {
			attempts.Go(func() {
				_ = r.Do(t.Context(), func(context.Context, int) error {
					time.Sleep(time.Duration(step.at) * time.Millisecond)
					if step.throttled {
						return throttled
					}
					return nil
				})
			})
		}
		for _, step := range steps {
			time.Sleep(time.Duration(step.at)*time.Millisecond - time.Since(start))
			synctest.Wait()
			rates := limiter.Rates()
			require.InDelta(t, step.measured, rates.Measured, 1e-9, "at %d ms", step.at)
			require.InDelta(t, step.allowed, rates.Allowed, 1e-9, "at %d ms", step.at)
			assert.Equal(t, step.at >= 2000, rates.Limiting)
		}
		attempts.Wait()
	})
}

func TestLimiterSlowsAttemptsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := retry.NewLimiter()
		r := must(t, retry.Config{MaxAttempts: 1, Limiter: limiter})
		for range 20 { // 10 attempts a second
			time.Sleep(100 * time.Millisecond)
			require.NoError(t, r.Do(t.Context(), succeed))
		}
		require.Error(t, r.Do(t.Context(), func(context.Context, int) error { return &apiError{Status: 429} }))
		allowed := limiter.Rates().Allowed
		assert.InDelta(t, 7.0, allowed, 1.5, "seven tenths of the measured rate")
		start, count := time.Now(), 0
		for time.Since(start) < time.Second {
			require.NoError(t, r.Do(t.Context(), succeed))
			count++
		}
		assert.LessOrEqual(t, count, 13)
		assert.GreaterOrEqual(t, count, 5)
	})
}

func TestLimiterAllowsAtMostTwiceWhatIsMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := retry.NewLimiter()
		r := must(t, retry.Config{MaxAttempts: 1, Limiter: limiter})
		require.Error(t, r.Do(t.Context(), func(context.Context, int) error { return &apiError{Status: 429} }))
		for range 60 { // the curve alone would allow thousands a second by now
			time.Sleep(time.Second)
			require.NoError(t, r.Do(t.Context(), succeed))
		}
		rates := limiter.Rates()
		assert.InDelta(t, 2*rates.Measured, rates.Allowed, 1e-9)
	})
}

func TestLimiterNeverWaitsPastADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := retry.NewLimiter()
		r := must(t, retry.Config{MaxAttempts: 1, Limiter: limiter})
		require.Error(t, r.Do(t.Context(), func(context.Context, int) error { return &apiError{Status: 429} }))
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		count := 0
		require.ErrorIs(t, r.Do(ctx, failing(&count)), retry.ErrDeadline)
		assert.Zero(t, time.Since(start))
		assert.Zero(t, count)

		canceled, stop := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, stop)
		require.ErrorIs(t, r.Do(canceled, failing(&count)), retry.ErrCanceled)
		assert.Equal(t, 100*time.Millisecond, time.Since(start))
		require.NoError(t, r.Do(t.Context(), failing(&count)))
		assert.Equal(t, 2*time.Second, time.Since(start), "both gave their token back: one token at 0.5 a second")
	})
}
