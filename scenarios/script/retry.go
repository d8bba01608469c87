package script

import (
	"cmp"
	"fmt"

	"github.com/s3chaos/s3chaos/retry"
)

// Config returns the configuration of the retry engine. A field that the file leaves out has the
// engine's default.
func (p *RetryPolicy) Config(seed uint64) (retry.Config, error) {
	c := retry.DefaultConfig()
	c.Seed = cmp.Or(seed, insteadOfZero)
	set(&c.MaxAttempts, p.MaxAttempts)
	set(&c.InitialDelay, p.InitialDelay)
	set(&c.MaxDelay, p.MaxDelay)
	set(&c.Multiplier, p.Multiplier)
	set(&c.JitterRatio, p.JitterRatio)
	set(&c.AttemptTimeout, p.AttemptTimeout)
	set(&c.MaxElapsed, p.MaxElapsed)
	c.MaxHint = c.MaxDelay
	set(&c.MaxHint, p.MaxHint)
	if p.InitialDelay != nil && c.InitialDelay == 0 {
		c.InitialDelay = retry.NoDelay
	}
	if p.Jitter != nil {
		if err := c.Jitter.UnmarshalText([]byte(*p.Jitter)); err != nil {
			return c, fmt.Errorf("jitter: %w", err)
		}
		if p.JitterRatio == nil {
			c.JitterRatio = 0
		}
	}
	c.FailFast = p.FailFast
	if p.Limiter {
		c.Limiter = retry.NewLimiter()
	}
	c.ClassDelays = p.DelaysAfter.delays()
	if p.Breaker != nil {
		breaker, err := p.Breaker.breaker()
		if err != nil {
			return c, err
		}
		c.Breaker = breaker
	}
	if p.Budget != nil {
		budget, err := p.Budget.budget()
		if err != nil {
			return c, err
		}
		c.Budget = budget
	}
	return c, nil
}

// insteadOfZero is the seed that the engine gets for the seed 0, because the engine reads 0 as
// "draw a seed".
const insteadOfZero = 0x9e3779b97f4a7c15

// set replaces a setting of the engine by the one of the file, if that has one.
func set[T, F ~int | ~int64 | ~float64](field *T, given *F) {
	if given != nil {
		*field = T(*given)
	}
}

// budget returns the engine's retry budget. A field that the file leaves out has the engine's
// default; an explicit 0 means 0.
func (s *BudgetSpec) budget() (*retry.Budget, error) {
	var c retry.BudgetConfig
	if s.Tokens != nil {
		c.Capacity = float64(*s.Tokens)
		if *s.Tokens == 0 {
			c.Initial = retry.NoTokens
		}
	}
	if s.Initial != nil {
		c.Initial = cmp.Or(float64(*s.Initial), retry.NoTokens)
	}
	if s.RefillPerSecond != nil {
		c.RefillPerSecond = float64(*s.RefillPerSecond)
	}
	for _, part := range []struct {
		field *float64
		given *int
	}{
		{&c.Cost, s.RetryCost},
		{&c.ThrottleCost, s.ThrottleCost},
		{&c.TimeoutCost, s.TimeoutCost},
		{&c.Refund, s.Refund},
	} {
		if part.given != nil {
			*part.field = max(float64(*part.given), free)
		}
	}
	return retry.NewBudget(c)
}

// free stands for a price of 0, because the engine reads 0 as its default. It is too small to
// matter.
const free = 1e-6

// delays returns the schedules by class, or nil if the file has none.
func (d *DelaysAfter) delays() map[retry.Class]retry.Backoff {
	var all map[retry.Class]retry.Backoff
	for class, given := range map[retry.Class]*DelaySpec{
		retry.ClassTransient: d.Transient, retry.ClassThrottle: d.Throttle, retry.ClassTimeout: d.Timeout,
	} {
		if given == nil {
			continue
		}
		if all == nil {
			all = map[retry.Class]retry.Backoff{}
		}
		all[class] = retry.Backoff{
			InitialDelay: given.InitialDelay, MaxDelay: given.MaxDelay, Multiplier: given.Multiplier,
		}
	}
	return all
}

func (s *BreakerSpec) breaker() (*retry.Breaker, error) {
	return retry.NewBreaker(retry.BreakerConfig{
		Window: s.Window, FailureRatio: s.FailureRatio, MinAttempts: s.MinAttempts, OpenFor: s.OpenFor,
		Probes: s.Probes,
	})
}
