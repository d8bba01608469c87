package retry

import (
	"context"
	"time"
)

// guard counts a quick first attempt as a failure if it panics or calls runtime.Goexit. Only a call
// with a Breaker has one, because deferring its end costs 2 ns.
type guard struct {
	breaker *Breaker // nil when no attempt runs
	ticket  ticket
	key     string
}

// end runs when the call ends, in whatever way.
func (g *guard) end() {
	if g.breaker != nil {
		g.breaker.record(g.key, ClassUnknown, g.ticket)
	}
}

// light makes the second and third attempt of a call that needs only its operation and a Budget: no
// breaker, clock, observer or hint, and at most a wait of microseconds. It holds what a [state]
// needs to take over. A call with two failures and no delay costs 21 ns this way and 125 ns in a
// state.
type light struct {
	past    [2]brief
	attempt int
	paid    int64 // tokens taken for the attempt
	ended   bool  // the paid attempt has returned
	dice    dice
}

// brief is what light remembers of a failed attempt.
type brief struct {
	class Class
	err   error
	wait  time.Duration
}

// rest continues a call after its quick first attempt, whose ticket is t.
func (r *Retryer) rest(ctx context.Context, call *Call, op Operation, err error, t ticket) error {
	l := light{attempt: 1}
	if r.light {
		for err != nil && l.again(ctx, r, call, err) {
			if l.paid > 0 {
				err = l.pay(ctx, r, call, op)
			} else {
				err = op(ctx, l.attempt)
			}
		}
	}
	if err == nil {
		l.succeed(r, call, t)
		return nil
	}
	return r.heavy(ctx, call, op, err, &l, t)
}

// pay makes an attempt that gives its tokens back if it panics or calls runtime.Goexit.
func (l *light) pay(ctx context.Context, r *Retryer, call *Call, op Operation) error {
	defer l.unwind(r, call)
	err := op(ctx, l.attempt)
	l.ended = true
	return err
}

// unwind gives the tokens of an attempt back that has not returned.
func (l *light) unwind(r *Retryer, call *Call) {
	if !l.ended {
		r.budget.giveBack(call.Key, l.paid)
	}
}

// succeed updates budget and breaker after a successful call.
func (l *light) succeed(r *Retryer, call *Call, t ticket) {
	if r.budget != nil {
		r.budget.succeed(call.Key, l.paid)
	}
	if r.breaker != nil {
		r.breaker.record(call.Key, ClassSuccess, t)
	}
}

// heavy continues a call that light cannot, in a state. It is a function of its own because a call
// that light finishes need not clear a state.
func (r *Retryer) heavy(ctx context.Context, call *Call, op Operation, err error, l *light, t ticket) error {
	var s state
	l.handOver(&s, r, call, t)
	if again, result := s.next(ctx, err); !again {
		return result
	}
	return s.run(ctx, op)
}

// again takes the error of an attempt and reports whether to make another, having waited for it. If
// it reports false, a state has to settle err.
func (l *light) again(ctx context.Context, r *Retryer, call *Call, err error) bool {
	if l.attempt > len(l.past) || l.attempt >= r.maxAttempts || ctx.Err() != nil {
		return false
	}
	var class Class
	var hinted bool
	if m, ok := err.(*mark); ok {
		class, hinted = m.class, m.hinted
	} else {
		var f findings
		class = r.judge(ctx, err, &f)
		hinted = f.hinted(err)
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
	if l.paid = 0; r.budget != nil && err != errUnmet {
		var ok bool
		if l.paid, ok = r.budget.fail(call.Key, class, false); !ok {
			return false
		}
	}
	if wait > 0 {
		time.Sleep(wait)
		if ctx.Err() != nil {
			r.budget.giveBack(call.Key, l.paid)
			l.paid = 0
			return false
		}
	}
	failed := &l.past[l.attempt-1]
	failed.class, failed.err, failed.wait = class, err, wait
	l.attempt++
	l.ended = false
	return true
}

// handOver fills s, which continues the call.
func (l *light) handOver(s *state, r *Retryer, call *Call, t ticket) {
	s.init(r, call)
	s.ticket = t
	s.attempt, s.paid, s.dice = l.attempt, l.paid, l.dice
	for i, failed := range l.past[:l.attempt-1] {
		a := s.history.add(r.maxHistory)
		a.Number, a.Class, a.Err, a.Wait = i+1, failed.class, failed.err, failed.wait
		s.waited += failed.wait
	}
}
