package retry

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Operation is one attempt at the work. attempt counts from 1. The context is
// the attempt's own and ends with it: what it returns must not need it later.
type Operation func(ctx context.Context, attempt int) error

// Call names a call and says what the engine may do with it. The zero Call is
// a call without a name.
type Call struct {
	// Name is the operation and what it works on, as logs and errors show it.
	// With a Seed, delays are drawn from it: see [WithIdentity].
	Name string
	// Key is the partition of the Budget and of the Breaker, a host or bucket, say.
	Key string
	// Idempotent says that two attempts may run at the same time: the call may
	// be hedged.
	Idempotent bool
	// LongPoll makes a call that the Budget refuses a retry wait out the delay
	// before it returns, because whoever polls in a loop would call again at once.
	LongPoll bool
}

// A Retryer runs operations until they succeed or another attempt makes no
// sense. It is immutable and safe for concurrent use. Make one with [New].
type Retryer struct {
	// busy is 0 while a first attempt needs nothing but itself: neither clock nor
	// observer, limiter or context of its own, and the breaker has nothing to count.
	busy *atomic.Int64
	// level is full while a success changes nothing in the budget of the key "".
	level *atomic.Int64
	full  int64
	// plain: a first attempt needs no more than the clock and the observer.
	plain bool
	// light: a retry needs none of that either, no breaker, and no Hint function.
	light bool
	// instant: nor does it wait.
	instant                    bool
	watched, clocked, failFast bool

	maxAttempts, maxHistory             int
	attemptTimeout, maxElapsed, maxHint time.Duration

	budget          *Budget
	breaker         *Breaker
	limiter         *Limiter
	hedge           Hedge
	observer        Observer
	classifier      Classifier
	hint            func(error) (Hint, bool)
	retryableErrors []error
	schedules       [classes]*schedule
	calls           *callCounts // of the calls of each identity; nil without a Seed
}

// Do runs op until it succeeds, fails for good, or no attempt, time or budget
// is left. It returns nil or an *[Error].
//
// A context that has already ended runs nothing. One that ends during a wait
// ends the wait; one whose deadline would pass during a wait ends the call at
// once instead, with [ErrDeadline].
func (r *Retryer) Do(ctx context.Context, op Operation) error {
	if r.busy.Load() == 0 && ctx.Err() == nil {
		err := op(ctx, 1)
		if err == nil && r.level.Load() == r.full {
			return nil
		}
		return r.rest(ctx, Call{}, op, err)
	}
	return r.whole(ctx, Call{}, op)
}

// DoCall is [Retryer.Do] for a call with a name and a key, which may be hedged.
func (r *Retryer) DoCall(ctx context.Context, call Call, op Operation) error {
	if call.Idempotent && r.hedge.After > 0 {
		_, err := r.hedged(ctx, call, op)
		return err
	}
	if r.busy.Load() == 0 && ctx.Err() == nil {
		err := op(ctx, 1)
		if err == nil && r.budget.idle(call.Key) {
			return nil
		}
		return r.rest(ctx, call, op, err)
	}
	return r.whole(ctx, call, op)
}

// rest goes on after a first attempt that needed nothing.
func (r *Retryer) rest(ctx context.Context, call Call, op Operation, err error) error {
	l := light{attempt: 1}
	for err != nil && l.again(ctx, r, &call, err) {
		err = op(ctx, l.attempt)
	}
	if err == nil {
		l.succeed(r, call.Key)
		return nil
	}
	return r.heavy(ctx, call, op, err, &l)
}

// heavy goes on where a light call is no longer easy.
func (r *Retryer) heavy(ctx context.Context, call Call, op Operation, err error, l *light) error {
	s := l.state(r, call)
	return s.proceed(ctx, op, err)
}

// whole runs all of a call.
func (r *Retryer) whole(ctx context.Context, call Call, op Operation) error {
	if r.plain && r.breaker.idle() && ctx.Err() == nil {
		began := r.starts(ctx, &call)
		err := op(ctx, 1)
		if err == nil {
			r.succeeds(ctx, &call, began)
			return nil
		}
		s := start{r: r, call: call, began: began}
		return s.recover(ctx, op, err)
	}
	s := start{r: r, call: call}
	if err := s.begin(ctx); err != nil {
		return err
	}
	err := op(s.open(ctx, 1), 1)
	if err == nil {
		s.succeed(ctx, 1, 1, 0)
		return nil
	}
	return s.recover(ctx, op, err)
}

// recover goes on after the first failure. It is a function of its own because
// a call that succeeds need not clear a state.
func (s *start) recover(ctx context.Context, op Operation, err error) error {
	full := s.failed()
	return full.proceed(ctx, op, err)
}

// proceed makes attempts as long as they fail and another may help.
func (s *state) proceed(ctx context.Context, op Operation, err error) error {
	for {
		again, result := s.next(ctx, err)
		if !again {
			return result
		}
		err = op(s.open(ctx), s.attempt)
	}
}

// Delay returns the wait that the schedule of transient faults gives after
// attempt, which counts from 1, of the first call named name, if the Retryer
// has a Seed and the context no identity. It is a pure function of the seed and
// its arguments. Without a Seed each call draws anew, within [Retryer.Bounds].
func (r *Retryer) Delay(name string, attempt int) time.Duration {
	return r.schedules[ClassTransient].delay(0, name, attempt)
}

// Bounds returns the shortest and the longest wait that Delay can give.
func (r *Retryer) Bounds(attempt int) (shortest, longest time.Duration) {
	return r.Backoff(ClassTransient).Bounds(attempt)
}

// Backoff returns the schedule of a class, its seed included.
func (r *Retryer) Backoff(class Class) Backoff {
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
func (r *Retryer) MaxAttempts() int { return r.maxAttempts }

// standard is the Retryer of the zero Config. Its seed is the process's own.
var standard = sync.OnceValues(func() (*Retryer, error) { return New(Config{}) })

// Do runs op with the default [Config]: 3 attempts, after waits of 1 s and 2 s
// and up to a quarter more.
func Do(ctx context.Context, op Operation) error {
	r, err := standard()
	if err != nil {
		return err
	}
	return r.Do(ctx, op)
}
