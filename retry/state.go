package retry

import (
	"context"
	"errors"
	"time"
)

// epoch is where the engine counts from: only differences matter.
var epoch = time.Now()

// now is the monotonic clock, virtual inside a synctest bubble.
func now() time.Duration { return time.Since(epoch) }

// state is one call on its way. It lives on the caller's stack.
type state struct {
	r       *Retryer
	call    Call
	attempt int // the number of the attempt that runs or ran last

	paid    int64           // tokens taken from the budget for this attempt
	began   time.Duration   // when the call started, by now()
	opened  time.Duration   // when the attempt started
	waited  time.Duration   // sum of waits
	timer   *time.Timer     // for every wait of the call
	own     context.Context // of the attempt, when it has a time limit
	cancel  context.CancelFunc
	past    bool // the context's deadline is too near
	history history
}

// first checks whether the call may start at all.
func (s *state) first(ctx context.Context) error {
	s.attempt = 1
	if s.r.clocked {
		s.began = now()
	}
	if ctx.Err() != nil {
		s.attempt = 0
		return s.stop(ctx, contextReason(ctx), nil)
	}
	if !s.r.breaker.allow(s.call.Key) {
		s.attempt = 0
		return s.stop(ctx, ErrBreakerOpen, nil)
	}
	return nil
}

// open starts the attempt and returns its context.
func (s *state) open(ctx context.Context) context.Context {
	r := s.r
	if r.clocked {
		if s.attempt == 1 {
			s.opened = s.began
		} else {
			s.opened = now()
		}
	}
	if r.observer != nil && (r.watched || s.attempt > 1) {
		r.observer.Observe(ctx, Event{Kind: EventAttempt, Name: s.call.Name, Key: s.call.Key, Attempt: s.attempt, Elapsed: s.opened - s.began})
	}
	if r.attemptTimeout > 0 {
		ctx, s.cancel = context.WithTimeoutCause(ctx, r.attemptTimeout, ErrAttemptTimeout)
		s.own = ctx
	}
	return ctx
}

// next takes the outcome of an attempt. It reports whether to make another,
// having waited for it; if not, result is the outcome of the call.
func (s *state) next(ctx context.Context, err error) (again bool, result error) {
	r := s.r
	timedOut := s.close(&err)
	if err == nil {
		s.succeed(ctx)
		return false, nil
	}
	ended := ctx.Err() != nil
	class := ClassCanceled
	if !ended {
		class = r.classify(ctx, err, timedOut)
	}
	r.breaker.record(s.call.Key, class)
	s.remember(ctx, class, err)
	switch {
	case ended:
		return false, s.stop(ctx, contextReason(ctx), err)
	case !class.Retryable():
		return false, s.stop(ctx, ErrPermanent, err)
	}
	last := s.attempt >= r.maxAttempts
	cost, paid := r.budget.fail(s.call.Key, class, last)
	if last {
		return false, s.stop(ctx, ErrExhausted, err)
	}
	delay, reason := s.plan(ctx, class, err)
	switch {
	case reason != nil:
		r.budget.giveBack(s.call.Key, cost)
		return false, s.stop(ctx, reason, err)
	case !paid:
		if s.call.LongPoll {
			s.wait(ctx, delay)
		}
		return false, s.stop(ctx, ErrBudget, err)
	}
	s.paid = cost
	s.history.waits(delay)
	if r.observer != nil {
		r.observer.Observe(ctx, Event{Kind: EventWait, Name: s.call.Name, Key: s.call.Key, Attempt: s.attempt, Class: class, Err: err, Delay: delay, Elapsed: s.elapsed()})
	}
	if !s.wait(ctx, delay) {
		r.budget.giveBack(s.call.Key, cost)
		return false, s.stop(ctx, contextReason(ctx), err)
	}
	if !r.breaker.allow(s.call.Key) {
		r.budget.giveBack(s.call.Key, cost)
		return false, s.stop(ctx, ErrBreakerOpen, err)
	}
	s.attempt++
	return true, nil
}

// close ends the attempt's own context and reports whether its time had run out.
func (s *state) close(err *error) (timedOut bool) {
	if s.cancel == nil {
		return false
	}
	if *err != nil && context.Cause(s.own) == ErrAttemptTimeout {
		timedOut = true
		if !errors.Is(*err, ErrAttemptTimeout) {
			*err = &timedOutError{*err}
		}
	}
	s.cancel()
	s.cancel, s.own = nil, nil
	return timedOut
}

// succeed closes the books of a call that went well.
func (s *state) succeed(ctx context.Context) {
	r := s.r
	r.budget.succeed(s.call.Key, s.paid)
	r.breaker.record(s.call.Key, ClassSuccess)
	if r.observer != nil && (r.watched || s.attempt > 1) {
		elapsed := s.elapsed()
		event := Event{Kind: EventResult, Name: s.call.Name, Key: s.call.Key, Attempt: s.attempt, Class: ClassSuccess, Elapsed: elapsed}
		r.observer.Observe(ctx, event)
		event.Kind = EventDone
		r.observer.Observe(ctx, event)
	}
}

// remember writes the failed attempt down.
func (s *state) remember(ctx context.Context, class Class, err error) {
	a := Attempt{Number: s.attempt, Class: class, Err: err}
	if s.r.clocked {
		ended := now()
		a.Start, a.Duration = s.opened-s.began, ended-s.opened
	}
	s.history.add(a, s.r.maxHistory)
	if s.r.observer != nil {
		s.r.observer.Observe(ctx, Event{Kind: EventResult, Name: s.call.Name, Key: s.call.Key, Attempt: s.attempt, Class: class, Err: err, Elapsed: a.Start + a.Duration})
	}
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
	e := &Error{Name: s.call.Name, Attempts: s.attempt, Elapsed: s.elapsed(), Waited: s.waited, Reason: reason, Cause: cause}
	e.History, e.Dropped = s.history.list()
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
		s.r.observer.Observe(ctx, Event{Kind: EventDone, Name: s.call.Name, Key: s.call.Key, Attempt: s.attempt, Err: e, Elapsed: e.Elapsed})
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
