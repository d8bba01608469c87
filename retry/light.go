package retry

import (
	"context"
	"time"
)

// light is a call on its way as long as that is easy: an attempt failed, the
// next may start at once or almost, and nobody watches. It holds what [state]
// would need to take over.
type light struct {
	past    [2]brief
	attempt int
	paid    int64
	dice    dice
}

// brief is a failed attempt, in short.
type brief struct {
	class Class
	err   error
	wait  time.Duration
}

// again takes the error of an attempt and reports whether to make another,
// having waited for it. If not, nothing has been done about err yet.
func (l *light) again(ctx context.Context, r *Retryer, call *Call, err error) bool {
	if !r.light || l.attempt > len(l.past) || l.attempt >= r.maxAttempts || ctx.Err() != nil {
		return false
	}
	var class Class
	var hinted bool
	if m, ok := err.(*mark); ok {
		class, hinted = m.class, m.hinted
	} else {
		class = r.classify(ctx, err)
		_, hinted = HintOf(err)
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
	if r.budget != nil {
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
	return true
}

// succeed closes the books.
func (l *light) succeed(r *Retryer, key string) {
	if r.budget != nil {
		r.budget.succeed(key, l.paid)
	}
	if r.breaker != nil {
		r.breaker.record(key, ClassSuccess, 0)
	}
}

// state goes on where l stops.
func (l *light) state(r *Retryer, call Call) state {
	s := state{start: start{r: r, call: call}, attempt: l.attempt, paid: l.paid, dice: l.dice}
	for i, failed := range l.past[:l.attempt-1] {
		s.history.add(Attempt{Number: i + 1, Class: failed.class, Err: failed.err, Wait: failed.wait}, r.maxHistory)
		s.waited += failed.wait
	}
	return s
}
