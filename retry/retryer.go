package retry

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Operation is one attempt at the work. attempt counts from 1. The context is the attempt's own and
// ends with it: what it returns must not need it later.
type Operation func(ctx context.Context, attempt int) error

// Call names a call and says what the engine may do with it. The zero Call is a call without a
// name.
type Call struct {
	// Name is the operation and what it works on, as logs and errors show it. With a Seed, delays
	// are drawn from it: see [WithIdentity].
	Name string
	// Key is the partition of the Budget and of the Breaker, a host or bucket, say.
	Key string
	// Idempotent says that two attempts may run at the same time: the call may be hedged.
	Idempotent bool
	// LongPoll makes a call that the Budget refuses a retry wait out the delay before it returns,
	// because a caller that polls in a loop would call again at once.
	LongPoll bool

	// MaxAttempts, AttemptTimeout and Classifier replace those of the Config for this call; zero
	// and less mean the Config's. A call that sets one allocates once.
	MaxAttempts    int
	AttemptTimeout time.Duration
	Classifier     Classifier
}

// A Retryer runs operations until they succeed or another attempt makes no sense. It is immutable
// and safe for concurrent use. Make one with [New]. A nil or zero Retryer works as one of the
// default [Config].
type Retryer struct {
	// gate decides with one load whether a first attempt may run without a state: the lower half of
	// the word is 0. With a Breaker it is the Breaker's gate, which counts the circuits that have
	// failures. Without a Breaker it is always 0. If quick is not set, it is always 1.
	gate *atomic.Uint64
	// level is the Budget's bucket of the key "", and full its capacity. While they are equal, a
	// successful call has no token to add. Both are 0 without a Budget.
	level *atomic.Int64
	full  int64
	// quick means that a first attempt needs its operation and the Breaker only: the Config has no
	// Limiter, no time limit, and nothing that needs the clock.
	quick bool
	// light means that the first two retries need their operation and the Budget only: quick is
	// set, and the Config has no Breaker, Observer, Hint function or gRPC Budget.
	light bool
	// instant means that the delay of every schedule is 0.
	instant bool
	// overrides means that the Config may change the class of an error that has no mark: it has
	// RetryableErrors, a Classifier or an AttemptTimeout.
	overrides                                 bool
	watched, clocked, failFast, unwrapHistory bool

	maxAttempts, maxHistory             int
	attemptTimeout, maxElapsed, maxHint time.Duration
	timeoutMultiplier                   float64
	maxAttemptTimeout                   time.Duration

	budget          *Budget
	breaker         *Breaker
	limiter         *Limiter
	hedge           Hedge
	observer        Observer
	onRetry         func(context.Context, Attempt)
	classifier      Classifier
	hint            func(error) (Hint, bool)
	retryableErrors []error
	schedules       [classes]*schedule
	calls           *callCounts // of each identity; nil without a Seed
}

// Do runs op until it succeeds, fails for good, or no attempt, time or budget is left. It returns
// nil or an *[Error].
//
// A context that has already ended runs nothing. One that ends during a wait ends the wait; one
// whose deadline would pass during a wait ends the call at once instead, with [ErrDeadline].
func (r *Retryer) Do(ctx context.Context, op Operation) error {
	if r == nil || r.gate == nil {
		return standard().Do(ctx, op)
	}
	gate := r.gate.Load()
	if uint32(gate) != 0 || ctx.Err() != nil {
		return r.first(ctx, &unnamed, op)
	}
	if r.breaker != nil {
		g := guard{breaker: r.breaker, ticket: began(gate)}
		defer g.end()
		err := op(ctx, 1)
		g.breaker = nil
		if err == nil && r.level.Load() == r.full {
			return nil
		}
		return r.rest(ctx, &unnamed, op, err, g.ticket)
	}
	err := op(ctx, 1)
	if err == nil && r.level.Load() == r.full {
		return nil
	}
	return r.rest(ctx, &unnamed, op, err, 0)
}

// DoCall is [Retryer.Do] for a call with a name and a key, which may be hedged and may replace some
// settings.
func (r *Retryer) DoCall(ctx context.Context, call Call, op Operation) error {
	if r == nil || r.gate == nil || call.replaces() {
		return r.of(&call).DoCall(ctx, call, op)
	}
	if call.Idempotent && r.hedge.After > 0 {
		_, err := r.hedged(ctx, call, op)
		return err
	}
	gate, at := r.gate.Load(), nowhere
	if uint32(gate) != 0 && !r.passes(call.Key, &at) || ctx.Err() != nil {
		return r.first(ctx, &call, op)
	}
	if r.breaker != nil {
		g := guard{r.breaker, began(gate), call.Key}
		defer g.end()
		err := op(ctx, 1)
		g.breaker = nil
		if err == nil && r.budget.idle(call.Key, at) {
			return nil
		}
		return r.rest(ctx, &call, op, err, g.ticket)
	}
	err := op(ctx, 1)
	if err == nil && r.budget.idle(call.Key, at) {
		return nil
	}
	return r.rest(ctx, &call, op, err, 0)
}

// unnamed is the call of Do.
var unnamed Call

// passes reports whether a first attempt may run without a state although some circuits have
// failures: those of the key's shard have none. It sets at to the shard of the key if it looked the
// shard up.
func (r *Retryer) passes(key string, at *place) bool {
	if !r.quick {
		return false
	}
	*at = placeOf(key)
	return r.breaker.quiet(*at)
}

// replaces reports whether the call replaces a setting.
func (c *Call) replaces() bool {
	return c.MaxAttempts > 0 || c.AttemptTimeout > 0 || c.Classifier != nil
}

// of returns a Retryer with the settings of a call: r itself, the default Retryer, or a copy of one
// of them. It clears these settings in the call.
func (r *Retryer) of(call *Call) *Retryer {
	r = r.orDefault()
	if !call.replaces() {
		return r
	}
	own := *r
	own.maxAttempts = orDefault(max(call.MaxAttempts, 0), r.maxAttempts)
	own.attemptTimeout = orDefault(max(call.AttemptTimeout, 0), r.attemptTimeout)
	if call.Classifier != nil {
		own.classifier = call.Classifier
	}
	call.MaxAttempts, call.AttemptTimeout, call.Classifier = 0, 0, nil
	own.chooseWay()
	return &own
}

// orDefault returns r, or the default Retryer if r is nil or zero.
func (r *Retryer) orDefault() *Retryer {
	if r == nil || r.gate == nil {
		return standard()
	}
	return r
}

// Delay returns the wait that the schedule of transient faults gives after attempt, which counts
// from 1, of the first call named name, if the Retryer has a Seed and the context no identity. It
// is a pure function of the seed and its arguments. Without a Seed each call draws anew, within
// [Retryer.Bounds].
func (r *Retryer) Delay(name string, attempt int) time.Duration {
	return r.orDefault().schedules[ClassTransient].delay(0, name, attempt)
}

// Bounds returns the shortest and the longest wait that Delay can give.
func (r *Retryer) Bounds(attempt int) (shortest, longest time.Duration) {
	return r.Backoff(ClassTransient).Bounds(attempt)
}

// Backoff returns the schedule of a class, its seed included.
func (r *Retryer) Backoff(class Class) Backoff {
	r = r.orDefault()
	if int(class) >= len(r.schedules) {
		class = ClassUnknown
	}
	b := r.schedules[class].Backoff
	if b.InitialDelay == 0 {
		b.InitialDelay = NoDelay
	}
	return b
}

// MaxAttempts returns how many attempts a call may make.
func (r *Retryer) MaxAttempts() int { return r.orDefault().maxAttempts }

// standard is the Retryer of the zero Config.
var standard = sync.OnceValue(func() *Retryer { return build(Config{}) })

// Do runs op with the default [Config]: 3 attempts, after waits of 1 s and 2 s and up to a quarter
// more. [DoValue] with a nil Retryer does so for an operation with a result.
func Do(ctx context.Context, op Operation) error { return standard().Do(ctx, op) }
