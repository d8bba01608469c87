package retry

import (
	"context"
	"errors"
	"time"
)

// state is a call that needs more than its operation. It lives on the stack of DoCall, or in a
// Steps.
type state struct {
	r       *Retryer
	call    called
	began   time.Duration      // when the call started, by now()
	own     context.Context    // of the attempt, when it has a time limit
	cancel  context.CancelFunc // of own
	ticket  ticket             // of the attempt, for the breaker
	running bool               // an attempt runs: it may panic

	attempt int   // the number of the attempt that runs or ran last
	class   Class // of the last attempt
	outcome int   // number of the hedged attempt whose outcome is recorded; 0: attempt

	paid    int64         // tokens taken from the budget for this attempt
	opened  time.Duration // when the attempt started, by now()
	waited  time.Duration // sum of waits
	timer   *time.Timer   // for the waits
	dice    dice
	past    bool // the context's deadline is too near
	history history
}

// run makes attempts as long as they fail and another may help.
func (s *state) run(ctx context.Context, op Operation) error {
	defer s.unwind()
	for {
		err := op(s.open(ctx), s.attempt)
		s.running = false
		if again, result := s.next(ctx, err); !again {
			return result
		}
	}
}

// next takes the outcome of an attempt. It reports whether to make another, having waited for it;
// if not, result is the outcome of the call.
func (s *state) next(ctx context.Context, err error) (again bool, result error) {
	r := s.r
	if s.cancel != nil {
		err = timedOut(s.own, err)
	}
	if err == nil {
		s.succeed(ctx)
		return false, nil
	}
	s.close()
	if ctx.Err() != nil {
		class := ClassCanceled
		if ctx.Err() == context.DeadlineExceeded {
			class = ClassTimeout // a breaker counts a server that does not answer in time
		}
		s.ended(ctx, class, err)
		return false, s.stop(ctx, contextReason(ctx), err)
	}
	class := r.classify(ctx, err)
	s.ended(ctx, class, err)
	if !class.Retryable() {
		return false, s.stop(ctx, ErrPermanent, err)
	}
	last := s.attempt >= r.maxAttempts
	cost, paid := int64(0), true
	if err != errUnmet {
		cost, paid = r.budget.fail(s.call.Key, class, last)
	}
	if last {
		return false, s.stop(ctx, ErrExhausted, err)
	}
	delay, reason := s.plan(ctx, class, err)
	if reason == nil && !paid {
		reason = ErrBudget
		if s.call.LongPoll {
			s.wait(ctx, delay)
		}
	}
	if reason == nil {
		s.paid = cost
		s.announce(ctx, class, err, delay)
		before := s.waited
		if reason = s.pause(ctx, delay); reason != nil {
			s.history.waits(s.waited - before)
		}
	}
	if reason != nil {
		r.budget.giveBack(s.call.Key, cost)
		return false, s.stop(ctx, reason, err)
	}
	s.attempt++
	s.outcome = 0
	return true, nil
}

// announce tells the observer and OnRetry of the wait that follows.
func (s *state) announce(ctx context.Context, class Class, err error, delay time.Duration) {
	s.history.waits(delay)
	if s.r.observer != nil {
		s.tell(ctx, EventWait, class, s.number(), err, delay)
	}
	if s.r.onRetry != nil {
		s.r.onRetry(ctx, *s.history.last())
	}
}

// pause waits before the next attempt. It returns the reason if no attempt may follow.
func (s *state) pause(ctx context.Context, delay time.Duration) error {
	if !s.wait(ctx, delay) {
		return contextReason(ctx)
	}
	var ok bool
	if s.ticket, ok = s.r.breaker.allow(s.call.Key); !ok {
		return ErrBreakerOpen
	}
	return s.pace(ctx)
}

// pace waits for the Limiter. The breaker has already let the attempt pass: if the wait is cut
// short, the breaker takes the attempt for canceled.
func (s *state) pace(ctx context.Context) error {
	limiter := s.r.limiter
	if limiter == nil {
		return nil
	}
	wait := limiter.reserve()
	reason := s.tooLate(ctx, wait)
	if reason == nil && !s.wait(ctx, wait) {
		reason = contextReason(ctx)
	}
	if reason != nil {
		limiter.release()
		s.r.breaker.record(s.call.Key, ClassCanceled, s.ticket)
	}
	return reason
}

// timedOut wraps the error of an attempt whose AttemptTimeout has passed, so that it matches
// ErrAttemptTimeout.
func timedOut(own context.Context, err error) error {
	if err == nil || context.Cause(own) != ErrAttemptTimeout || errors.Is(err, ErrAttemptTimeout) {
		return err
	}
	return &timedOutError{err}
}

// ended records a failed attempt: in the history, at breaker and limiter, and with the observer.
func (s *state) ended(ctx context.Context, class Class, err error) {
	s.class = class
	a := s.history.add(s.r.maxHistory)
	a.Number, a.Class, a.Err = s.number(), class, err
	if s.r.clocked {
		a.Start, a.Duration = s.opened-s.began, now()-s.opened
	}
	if answered := err == errUnmet; answered { // the server did its work
		s.count(ClassSuccess)
	} else {
		s.count(class)
	}
	if s.r.observer != nil {
		s.tell(ctx, EventResult, class, s.number(), err, 0)
	}
}

// count tells breaker and limiter how the attempt ended.
func (s *state) count(class Class) {
	s.r.breaker.record(s.call.Key, class, s.ticket)
	if s.r.limiter != nil {
		s.r.limiter.record(class)
	}
}

// number returns the number of the attempt whose outcome is recorded.
func (s *state) number() int {
	if s.outcome != 0 {
		return s.outcome
	}
	return s.attempt
}

// elapsed is the time since the start of the call, 0 without a clock.
func (s *state) elapsed() time.Duration {
	if !s.r.clocked {
		return 0
	}
	return now() - s.began
}

// stop makes the error of a failed call.
func (s *state) stop(ctx context.Context, reason, cause error) error {
	e := &Error{
		Name: s.call.Name, Attempts: s.attempt, Elapsed: s.elapsed(), Waited: s.waited, Reason: reason,
		Cause: cause,
	}
	e.History, e.Dropped = s.history.list()
	e.all = s.r.unwrapHistory
	switch {
	case ctx.Err() != nil:
		e.context = ctx.Err()
		if because := context.Cause(ctx); because != e.context {
			e.contextCause = because
		}
	case s.past:
		e.context = context.DeadlineExceeded
	}
	if s.r.observer != nil {
		s.done(ctx, s.class, e)
	}
	return e
}

// contextReason is the sentinel for a context that ended.
func contextReason(ctx context.Context) error {
	if ctx.Err() == context.DeadlineExceeded {
		return ErrDeadline
	}
	return ErrCanceled
}
