package script

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"time"

	"github.com/s3chaos/s3chaos/retry"
)

// OnChange hears of each change of a circuit. Nil: nothing does.
type OnChange = func(key string, from, to retry.BreakerState)

// Apply returns the configuration with the settings of p. A nil p changes nothing. The error is
// what the engine says of a budget, a breaker or a jitter; [retry.New] judges the rest.
func (p *CallPolicy) Apply(c retry.Config, onChange OnChange) (retry.Config, error) {
	if p == nil {
		return c, nil
	}
	b := retry.Backoff{
		InitialDelay: c.InitialDelay, MaxDelay: c.MaxDelay, Multiplier: c.Multiplier, Jitter: c.Jitter,
		JitterRatio: c.JitterRatio, DelayFunc: c.DelayFunc,
	}
	wrong := p.apply(&b)
	c.InitialDelay, c.MaxDelay, c.Multiplier = b.InitialDelay, b.MaxDelay, b.Multiplier
	c.Jitter, c.JitterRatio, c.DelayFunc = b.Jitter, b.JitterRatio, b.DelayFunc
	set(&c.MaxAttempts, p.MaxAttempts)
	set(&c.AttemptTimeout, p.AttemptTimeout)
	set(&c.AttemptTimeoutMultiplier, p.AttemptTimeoutMultiplier)
	set(&c.MaxAttemptTimeout, p.MaxAttemptTimeout)
	set(&c.MaxElapsed, p.MaxElapsed)
	set(&c.MaxHint, p.MaxHint)
	set(&c.MaxHistory, p.MaxHistory)
	c.FailFast = c.FailFast || p.FailFast
	c.Timestamps = c.Timestamps || p.Timestamps
	c.UnwrapHistory = c.UnwrapHistory || p.UnwrapHistory
	if p.IgnoreHints {
		c.Hint = func(error) (retry.Hint, bool) { return retry.Hint{}, false }
	}
	if p.Limiter {
		c.Limiter = retry.NewLimiter()
	}
	for _, known := range p.RetryableErrors {
		c.RetryableErrors = append(c.RetryableErrors, known.Value())
	}
	if p.Classes != nil {
		c.Classifier = Classifier(p.Classes)
	}
	if p.Hedge != nil {
		c.Hedge = retry.Hedge{After: time.Duration(p.Hedge.After), Max: int(p.Hedge.Max)}
	}
	var delays, budget, breaker error
	c.ClassDelays, delays = p.DelaysAfter.apply(c.ClassDelays)
	if p.Budget != nil {
		c.Budget, budget = p.Budget.budget()
	}
	if p.Breaker != nil {
		c.Breaker, breaker = p.Breaker.breaker(onChange)
	}
	return c, errors.Join(wrong, delays, budget, breaker)
}

// apply replaces the fields of a schedule. An unknown name of a jitter is an error.
func (s *Schedule) apply(b *retry.Backoff) error {
	set(&b.InitialDelay, s.InitialDelay)
	if s.InitialDelay != nil {
		b.InitialDelay = cmp.Or(b.InitialDelay, retry.NoDelay)
	}
	set(&b.MaxDelay, s.MaxDelay)
	set(&b.Multiplier, s.Multiplier)
	set(&b.JitterRatio, s.JitterRatio)
	if s.Delays != nil {
		b.DelayFunc = s.Delays.delayFunc()
	}
	if s.Jitter == nil {
		return nil
	}
	if s.JitterRatio == nil {
		b.JitterRatio = 0
	}
	if number, err := strconv.ParseUint(*s.Jitter, 10, 8); err == nil {
		b.Jitter = retry.Jitter(number)
		return nil
	}
	return b.Jitter.UnmarshalText([]byte(*s.Jitter))
}

func (l *DelayList) delayFunc() retry.DelayFunc {
	switch {
	case l.Constant != nil:
		return retry.Constant(time.Duration(*l.Constant))
	case l.Linear != nil:
		return retry.Linear(time.Duration(*l.Linear))
	case l.Fibonacci != nil:
		return retry.Fibonacci(time.Duration(*l.Fibonacci))
	}
	list := make([]time.Duration, len(l.List))
	for i, d := range l.List {
		list[i] = time.Duration(d)
	}
	return retry.Delays(list...)
}

// apply adds the schedules to those of the client.
func (d *ClassDelays) apply(of map[retry.Class]retry.Backoff) (map[retry.Class]retry.Backoff, error) {
	all := make(map[retry.Class]retry.Backoff)
	maps.Copy(all, of)
	var wrong error
	for _, one := range []struct {
		class retry.Class
		given *ScheduleSpec
	}{
		{retry.ClassTransient, d.Transient},
		{retry.ClassThrottle, d.Throttle},
		{retry.ClassTimeout, d.Timeout},
		{retry.ClassPermanent, d.Permanent},
	} {
		if one.given == nil {
			continue
		}
		var b retry.Backoff
		if err := one.given.apply(&b); err != nil {
			wrong = errors.Join(wrong, fmt.Errorf("delays_after %v: %w", one.class, err))
		}
		all[one.class] = b
	}
	return all, wrong
}

func (s *CallBudget) budget() (*retry.Budget, error) {
	if s.MaxTokens != nil {
		return retry.NewGRPCBudget(float64(*s.MaxTokens), float64(s.TokenRatio))
	}
	return retry.NewBudget(retry.BudgetConfig{
		Capacity: float64(s.Capacity), Initial: float64(s.Initial), Cost: float64(s.Cost),
		ThrottleCost: float64(s.ThrottleCost), TimeoutCost: float64(s.TimeoutCost), Refund: float64(s.Refund),
		RefillPerSecond: float64(s.RefillPerSecond), ForgetAfter: time.Duration(s.ForgetAfter),
	})
}

func (s *CallBreaker) breaker(onChange OnChange) (*retry.Breaker, error) {
	return retry.NewBreaker(retry.BreakerConfig{
		Window: time.Duration(s.Window), FailureRatio: float64(s.FailureRatio), MinAttempts: int(s.MinAttempts),
		OpenFor: time.Duration(s.OpenFor), Probes: int(s.Probes), OnChange: onChange,
	})
}
