package retry

import (
	"context"
	"errors"
	"io"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"time"
)

// Hedge says when to start a second attempt beside one that takes long. Only calls marked
// [Call.Idempotent] are hedged, by DoCall and DoValueCall.
type Hedge struct {
	// After is how long an attempt may take before another starts beside it; 0 never hedges.
	After time.Duration
	// Max is how many attempts may start beside the first, each After later than the one before; 0
	// means 1. MaxAttempts bounds them too, and the Budget has to pay for each as for a retry.
	Max int
}

// ErrHedgeLost is the cause, as [context.Cause] tells it, of the end of an attempt that another one
// beside it has overtaken.
var ErrHedgeLost = errors.New("another attempt was faster")

// hedged runs a call whose attempts may run side by side. It returns the number of the attempt
// whose outcome is that of the call. Attempts that lost may still run then: their context has
// ended, and their outcome counts no more.
func (r *Retryer) hedged(ctx context.Context, call Call, op Operation) (int, error) {
	var s state
	s.init(r, &call)
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	for {
		err := s.race(ctx, op)
		again, result := s.next(ctx, err)
		if !again {
			return s.outcome, result
		}
	}
}

// racer is one attempt of a race, and how it ended.
type racer struct {
	number   int
	ticket   ticket
	opened   time.Duration
	err      error
	panicked any
	returned bool // neither a panic nor runtime.Goexit
}

// race makes an attempt and, if it is slow, others beside it. It returns the first success, the
// first permanent error, or the last of the other errors. It does not wait for the attempts that
// lost.
func (s *state) race(ctx context.Context, op Operation) error {
	r := s.r
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	finish := &finishLine{ended: make(chan racer, min(r.hedge.Max, r.maxAttempts)+1)}
	var running []racer
	start := func() {
		own, end := s.open(ctx), s.cancel
		s.cancel, s.own, s.running = nil, nil, false
		started := racer{number: s.attempt, ticket: s.ticket, opened: s.opened}
		running = append(running, started)
		go finish.run(own, end, op, started)
	}
	start()
	timer := time.NewTimer(r.hedge.After)
	defer timer.Stop()
	for hedges := 0; ; {
		select {
		case <-timer.C:
			if hedges < r.hedge.Max && s.attempt < r.maxAttempts && ctx.Err() == nil && s.mayHedge() {
				hedges++
				s.attempt++
				start()
				timer.Reset(r.hedge.After)
			}
		case got := <-finish.ended:
			running = slices.DeleteFunc(running, func(other racer) bool { return other.number == got.number })
			if s.decides(ctx, got, len(running)) {
				cancel(ErrHedgeLost)
				s.lost(ctx, running)
				s.settle(got)
				s.rethrow(finish.close(got))
				return got.err
			}
		}
	}
}

// decides reports whether the outcome of one attempt is that of the race. If not, decides records
// it, and the others go on.
func (s *state) decides(ctx context.Context, got racer, running int) bool {
	if running == 0 || !got.returned || got.err == nil || ctx.Err() != nil {
		return true
	}
	class := s.r.classify(ctx, got.err)
	if !class.Retryable() {
		return true
	}
	s.settle(got)
	s.ended(ctx, class, got.err)
	s.r.budget.fail(s.call.Key, class, true)
	return false
}

// settle makes got the attempt whose outcome is recorded next.
func (s *state) settle(got racer) { s.outcome, s.ticket, s.opened = got.number, got.ticket, got.opened }

// lost records the attempts that another has overtaken.
func (s *state) lost(ctx context.Context, running []racer) {
	for _, other := range running {
		s.settle(other)
		s.ended(ctx, ClassCanceled, ErrHedgeLost)
	}
}

// mayHedge asks budget, breaker and limiter for one more attempt, at once.
func (s *state) mayHedge() bool {
	cost, ok := s.r.budget.hedge(s.call.Key)
	if !ok {
		return false
	}
	if limiter := s.r.limiter; limiter != nil && limiter.reserve() > 0 {
		limiter.release()
		ok = false
	}
	var own ticket
	if ok {
		own, ok = s.r.breaker.allow(s.call.Key)
	}
	if !ok {
		s.r.budget.giveBack(s.call.Key, cost)
		return false
	}
	s.paid, s.ticket = cost, own
	return true
}

// finishLine is where the attempts of a race report. Its channel has room for all of them, so that
// an attempt that lost never waits for a reader.
type finishLine struct {
	ended  chan racer
	mu     sync.Mutex
	closed bool // the race has its outcome
}

// run makes one attempt in its own goroutine and reports, whatever op does. A panic after the race
// has its outcome ends the program, because no caller is left that could recover from it.
func (l *finishLine) run(ctx context.Context, end context.CancelFunc, op Operation, got racer) {
	defer func() {
		if !got.returned {
			got.panicked = recover()
		}
		if end != nil {
			got.err = timedOut(ctx, got.err)
			end()
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.closed && got.panicked != nil {
			panic(got.panicked)
		}
		l.ended <- got
	}()
	got.err = op(ctx, got.number)
	got.returned = true
}

// close ends the race. If an attempt that has ended did not return, close returns that attempt,
// else got.
func (l *finishLine) close(got racer) racer {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for range len(l.ended) {
		if other := <-l.ended; got.returned && other.panicked != nil {
			got = other
		}
	}
	return got
}

// rethrow does in the caller's goroutine what op did in its own: it panics or ends the goroutine.
// It releases what the attempt held first.
func (s *state) rethrow(got racer) {
	if got.returned {
		return
	}
	s.running = true
	s.unwind()
	if got.panicked != nil {
		panic(got.panicked)
	}
	runtime.Goexit()
}

// results keeps the values of hedged attempts until the call has chosen one.
type results[T any] struct {
	mu      sync.Mutex
	values  map[int]T
	succeed map[int]bool
	chosen  bool // the call has returned: later values are closed at once
}

func (s *results[T]) add(attempt int, value T, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.chosen {
		if err == nil {
			closeResult(value)
		}
		return
	}
	s.values[attempt], s.succeed[attempt] = value, err == nil
}

// choose returns the value of an attempt and closes the others.
func (s *results[T]) choose(number int) T {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chosen = true
	for attempt, value := range s.values {
		if attempt != number && s.succeed[attempt] {
			closeResult(value)
		}
	}
	return s.values[number]
}

// closeResult closes a result that no caller gets: one that is an io.Closer, or a pointer to a
// struct whose field Body is one. The error of closing it says nothing to the caller, who has
// another result.
func closeResult(value any) {
	if closer, ok := value.(io.Closer); ok {
		_ = closer.Close()
		return
	}
	v := reflect.ValueOf(value)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return
	}
	body := v.Elem().FieldByName("Body")
	if !body.IsValid() || !body.CanInterface() {
		return
	}
	if closer, ok := body.Interface().(io.Closer); ok && closer != nil {
		_ = closer.Close()
	}
}

// hedgedValue is hedged for an operation with a result.
func hedgedValue[T any](ctx context.Context, r *Retryer, call Call, op func(context.Context, int) (T, error)) (T,
	error,
) {
	all := results[T]{values: make(map[int]T), succeed: make(map[int]bool)}
	chosen := -1
	defer func() {
		if chosen < 0 { // op panicked
			all.choose(chosen)
		}
	}()
	chosen, err := r.hedged(ctx, call, func(ctx context.Context, attempt int) error {
		value, err := op(ctx, attempt)
		all.add(attempt, value, err)
		return err
	})
	return all.choose(chosen), err
}
