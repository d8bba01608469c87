package retry

import (
	"context"
	"time"
)

// light is a call whose first attempt needed nothing, for its next two attempts,
// if these need nothing either: no breaker, clock, observer or hint, and no wait
// or almost none. It holds what a [state] needs to take over. Two failures without
// a delay cost 20 ns this way and 80 ns in a state.
type light struct {
	past    [2]brief
	attempt int
	paid    int64
	running bool // an attempt runs that paid: it may panic
	dice    dice
}

// brief is a failed attempt, in short.
type brief struct {
	class Class
	err   error
	wait  time.Duration
}

// rest goes on after a first attempt that needed nothing.
func (r *Retryer) rest(ctx context.Context, call *Call, op Operation, err error, t ticket) error {
	l := light{attempt: 1}
	if r.light {
		if r.budget != nil {
			defer l.unwind(r, call.Key)
		}
		for err != nil && l.again(ctx, r, call, err) {
			err = op(ctx, l.attempt)
			l.running = false
		}
	}
	if err == nil {
		l.succeed(r, call.Key, t)
		return nil
	}
	return r.heavy(ctx, call, op, err, &l, t)
}

// heavy goes on where a light call is no longer easy. It is a function of its own
// because a light call need not clear a state.
func (r *Retryer) heavy(ctx context.Context, call *Call, op Operation, err error, l *light, t ticket) error {
	s := l.state(r, call, t)
	return s.proceed(ctx, op, err)
}

// again takes the error of an attempt and reports whether to make another,
// having waited for it. If not, nothing has been done about err yet.
func (l *light) again(ctx context.Context, r *Retryer, call *Call, err error) bool {
	if l.attempt > len(l.past) || l.attempt >= r.maxAttempts || ctx.Err() != nil {
		return false
	}
	var class Class
	var hinted bool
	if m, ok := err.(*mark); ok {
		class, hinted = m.class, m.hinted
	} else {
		class, hinted = r.judge(ctx, err)
	}
	if hinted || !class.Retryable() {
		return false
	}
	var wait time.Duration
	if !r.instant {
		wait = r.schedules[class].delay(l.dice.salt(ctx, r, call.Name), call.Name, l.attempt)
		if wait > uninterrupted {
			return false
		}
		if _, ok := ctx.Deadline(); ok {
			return false
		}
	}
	if r.budget != nil && err != errUnmet {
		cost, ok := r.budget.fail(call.Key, class, false)
		if !ok {
			return false
		}
		l.paid = cost
	}
	if wait > 0 {
		time.Sleep(wait)
		if ctx.Err() != nil {
			r.budget.giveBack(call.Key, l.paid)
			l.paid = 0
			return false
		}
	}
	l.past[l.attempt-1] = brief{class, err, wait}
	l.attempt++
	l.running = true
	return true
}

// succeed updates budget and breaker after a successful call.
func (l *light) succeed(r *Retryer, key string, t ticket) {
	if r.budget != nil {
		r.budget.succeed(key, l.paid)
	}
	if r.breaker != nil {
		r.breaker.record(key, ClassSuccess, t)
	}
}

// unwind gives back the tokens of an attempt that panicked.
func (l *light) unwind(r *Retryer, key string) {
	if l.running {
		r.budget.giveBack(key, l.paid)
	}
}

// state goes on where l stops.
func (l *light) state(r *Retryer, call *Call, t ticket) state {
	s := state{start: start{r: r, call: call.called(), ticket: t}, attempt: l.attempt, paid: l.paid, dice: l.dice}
	for i, failed := range l.past[:l.attempt-1] {
		s.history.add(Attempt{Number: i + 1, Class: failed.class, Err: failed.err, Wait: failed.wait}, r.maxHistory)
		s.waited += failed.wait
	}
	return s
}
