package retry

import (
	"math/rand/v2"
	"slices"
	"sync/atomic"
)

// build makes a Retryer from a valid Config.
func build(config Config) *Retryer {
	var calls *callCounts
	if config.Seed != 0 {
		calls = &callCounts{seen: make(map[counted]uint64)}
	}
	for config.Seed == 0 {
		config.Seed = rand.Uint64()
	}
	r := &Retryer{
		maxAttempts:       orDefault(config.MaxAttempts, 3),
		attemptTimeout:    config.AttemptTimeout,
		timeoutMultiplier: config.AttemptTimeoutMultiplier,
		maxAttemptTimeout: config.MaxAttemptTimeout,
		maxElapsed:        config.MaxElapsed,
		maxHint:           config.MaxHint,
		failFast:          config.FailFast,
		hint:              config.Hint,
		retryableErrors:   slices.Clone(config.RetryableErrors),
		classifier:        config.Classifier,
		budget:            config.Budget,
		breaker:           config.Breaker,
		limiter:           config.Limiter,
		hedge:             config.Hedge,
		observer:          config.Observer,
		onRetry:           config.OnRetry,
		maxHistory:        orDefault(config.MaxHistory, 16),
		unwrapHistory:     config.UnwrapHistory,
		calls:             calls,
	}
	r.hedge.Max = orDefault(r.hedge.Max, 1)
	if r.hint == nil {
		r.hint = HintOf
	}
	backoff := config.backoff()
	standard := newSchedule(backoff)
	for class := range r.schedules {
		r.schedules[class] = standard
		if own, ok := config.ClassDelays[Class(class)]; ok {
			r.schedules[class] = newSchedule(own.or(backoff))
		}
	}
	r.watched = r.observer != nil && !troubleOnly(r.observer)
	r.clocked = config.Timestamps || r.maxElapsed > 0 || r.watched || r.onRetry != nil
	r.level = &full
	if r.budget != nil {
		r.level, r.full = &r.budget.shared.level, r.budget.capacity
	}
	r.light = r.observer == nil && r.breaker == nil && config.Hint == nil && (r.budget == nil || !r.budget.grpc)
	r.instant = true
	for class := ClassTransient; class <= ClassTimeout; class++ {
		r.instant = r.instant && r.schedules[class].zero()
	}
	r.chooseWay()
	return r
}

// chooseWay decides whether first attempts are quick, and which gate they look at.
func (r *Retryer) chooseWay() {
	r.quick = r.attemptTimeout == 0 && r.limiter == nil && !r.clocked
	switch {
	case !r.quick:
		r.gate = &shut
	case r.breaker != nil:
		r.gate = &r.breaker.gate
	default:
		r.gate = &open
	}
	r.light = r.light && r.quick
	r.overrides = len(r.retryableErrors) > 0 || r.attemptTimeout > 0 || r.classifier != nil
}

// open and shut are the gates of Retryers without a Breaker, and of those whose first attempts are
// not quick. full is the level of Retryers without a Budget.
var (
	open, shut atomic.Uint64
	full       atomic.Int64
)

func init() { shut.Store(1) }
