package retry

import (
	"context"
	"math"
	"time"
)

// This file holds a first attempt that needs more than itself: a clock, an observer, a limiter, a
// context of its own, or leave of a breaker.

// start is a call of which no attempt has failed yet. It is small because a call that succeeds at
// once has to clear it: a state costs 15 ns more.
type start struct {
	r       *Retryer
	call    called
	began   time.Duration      // when the call started, by now()
	own     context.Context    // of the attempt, when it has a time limit
	cancel  context.CancelFunc // of own
	ticket  ticket             // of the attempt, for the breaker
	running bool               // an attempt runs: it may panic
}

// called is what the engine needs of a Call after its settings are taken. It is copied, because a
// pointer would move every caller's Call to the heap.
type called struct {
	Name, Key string
	LongPoll  bool
}

func (c *Call) called() called { return called{c.Name, c.Key, c.LongPoll} }

// first runs all of a call.
func (r *Retryer) first(ctx context.Context, call *Call, op Operation) error {
	var s start // filled field by field, because copying a whole one costs 10 ns
	s.r = r
	s.call.Name, s.call.Key, s.call.LongPoll = call.Name, call.Key, call.LongPoll
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.unwind()
	err := op(s.open(ctx, 1), 1)
	s.running = false
	if err == nil {
		s.succeed(ctx, 1, 1, 0)
		s.done(ctx, 1, 0)
		return nil
	}
	return s.recover(ctx, op, err)
}

// recover goes on after the first failure. It is a function of its own because a call that succeeds
// need not clear a state.
func (s *start) recover(ctx context.Context, op Operation, err error) error {
	full := state{start: *s, attempt: 1, opened: s.began}
	return full.proceed(ctx, op, err)
}

// begin checks whether the call may start at all.
func (s *start) begin(ctx context.Context) error {
	r := s.r
	if r.clocked {
		s.began = now()
	}
	if ctx.Err() != nil {
		return s.refuse(ctx, contextReason(ctx))
	}
	if r.breaker != nil {
		var ok bool
		if s.ticket, ok = r.breaker.allow(s.call.Key); !ok {
			return s.refuse(ctx, ErrBreakerOpen)
		}
	}
	if r.limiter != nil {
		full := state{start: *s}
		if reason := full.pace(ctx); reason != nil {
			return full.stop(ctx, reason, nil)
		}
	}
	return nil
}

// refuse makes the error of a call without an attempt.
func (s *start) refuse(ctx context.Context, reason error) error {
	full := state{start: *s}
	return full.stop(ctx, reason, nil)
}

// open starts an attempt and returns its context.
func (s *start) open(ctx context.Context, attempt int) context.Context {
	r := s.r
	if r.observer != nil && (r.watched || attempt > 1) {
		s.tell(ctx, EventAttempt, ClassUnknown, attempt)
	}
	if r.attemptTimeout > 0 {
		ctx, s.cancel = context.WithTimeoutCause(ctx, r.timeout(attempt), ErrAttemptTimeout)
		s.own = ctx
	}
	s.running = true
	return ctx
}

// timeout is the time that an attempt may take.
func (r *Retryer) timeout(attempt int) time.Duration {
	d, longest := r.attemptTimeout, r.maxAttemptTimeout
	if r.timeoutMultiplier > 1 && attempt > 1 {
		grown := float64(d) * math.Pow(r.timeoutMultiplier, float64(attempt-1))
		if d = time.Duration(math.MaxInt64); grown < math.MaxInt64 {
			d = time.Duration(grown)
		}
	}
	if longest > 0 {
		d = min(d, longest)
	}
	return d
}

// close ends the attempt's own context.
func (s *start) close() {
	if s.cancel != nil {
		s.cancel()
		s.cancel, s.own = nil, nil
	}
}

// unwind releases what an attempt holds that panicked or called runtime.Goexit. The breaker counts
// it as a failure.
func (s *start) unwind() {
	if s.running {
		s.running = false
		s.close()
		s.r.breaker.record(s.call.Key, ClassUnknown, s.ticket)
	}
}

// succeed updates budget, breaker, limiter and observer after a successful call of so many
// attempts, of which the one called number succeeded.
func (s *start) succeed(ctx context.Context, attempts, number int, paid int64) {
	r := s.r
	s.close()
	if r.budget != nil {
		r.budget.succeed(s.call.Key, paid)
	}
	if r.breaker != nil {
		r.breaker.record(s.call.Key, ClassSuccess, s.ticket)
	}
	if r.limiter != nil {
		r.limiter.record(ClassSuccess)
	}
	if r.observer == nil || !r.watched && attempts == 1 {
		return
	}
	s.tell(ctx, EventResult, ClassSuccess, number)
}

// tell hands the observer an event of an attempt without an error. Filling the event field by field
// is what makes it cheap.
func (s *start) tell(ctx context.Context, kind EventKind, class Class, attempt int) {
	var e Event
	e.Name, e.Key = s.call.Name, s.call.Key
	e.began = s.began
	e.Kind, e.Class, e.Attempt = kind, class, attempt
	s.r.observer.Observe(ctx, e)
}

// done tells the observer that the call has succeeded.
func (s *start) done(ctx context.Context, attempts int, waited time.Duration) {
	if s.r.observer == nil || !s.r.watched && attempts == 1 {
		return
	}
	var e Event
	e.Name, e.Key = s.call.Name, s.call.Key
	e.began = s.began
	e.Kind, e.Class, e.Attempt, e.Waited = EventDone, ClassSuccess, attempts, waited
	s.r.observer.Observe(ctx, e)
}
