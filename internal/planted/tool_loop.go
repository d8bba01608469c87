package planted

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/s3chaos/s3chaos/retry"
)

// try is the only retry loop of the tool.
func (t *tool) try(ctx context.Context, op func() error) error {
	random := rand.New(rand.NewPCG(t.config.Seed, 0)) //nolint:gosec // every run draws the same numbers
	for n := 1; ; n++ {
		err := op()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case !t.again(err):
			return fmt.Errorf("%w: %w", retry.ErrPermanent, err)
		case n == t.policy.MaxAttempts && t.flaw != SleepsAfterLast:
			return fmt.Errorf("%w: %w", retry.ErrExhausted, err)
		}
		wait := t.delay(n, random)
		if end, ok := ctx.Deadline(); ok && time.Until(end) < wait && t.flaw != SleepsPastDeadline {
			return fmt.Errorf("%w: %w", retry.ErrDeadline, err)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
		if n == t.policy.MaxAttempts {
			return fmt.Errorf("%w: %w", retry.ErrExhausted, err)
		}
	}
}

// delay returns the wait after the n-th attempt.
func (t *tool) delay(n int, random *rand.Rand) time.Duration {
	var d time.Duration
	if t.flaw == DelayOverflows {
		d = t.policy.InitialDelay
		for range n - 1 {
			d *= time.Duration(t.policy.Multiplier) // wraps around
		}
	} else {
		d = time.Duration(min(float64(t.policy.InitialDelay)*math.Pow(t.policy.Multiplier, float64(n-1)),
			float64(t.policy.MaxDelay)))
	}
	d = min(d, t.policy.MaxDelay)
	if t.policy.Jitter == retry.JitterAdditive {
		d += time.Duration(random.Float64() * t.ratio() * float64(d))
	}
	if t.flaw == JitterAfterCap {
		return d
	}
	return min(d, t.policy.MaxDelay)
}

// ratio returns the jitter ratio. The engine reads 0 as its default.
func (t *tool) ratio() float64 {
	if t.policy.JitterRatio == 0 {
		return retry.DefaultConfig().JitterRatio
	}
	return t.policy.JitterRatio
}
