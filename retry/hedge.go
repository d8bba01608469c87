package retry

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
	"time"
)

// Hedge says when to start a second attempt beside one that takes long. Only
// calls marked [Call.Idempotent] are hedged, by DoCall and DoValueCall.
type Hedge struct {
	// After is how long an attempt may take before another starts beside it;
	// 0 never hedges.
	After time.Duration
	// Max is how many attempts may start beside the first, each After later
	// than the one before; 0 means 1. MaxAttempts bounds them too, and the
	// Budget has to pay for each as for a retry.
	Max int
}

// ErrHedgeLost is the cause, as [context.Cause] tells it, of the end of an
// attempt that another one beside it has overtaken.
var ErrHedgeLost = errors.New("another attempt was faster")

// hedged runs a call whose attempts may run side by side. It returns the
// number of the attempt whose outcome is that of the call. When it returns, all
// attempts have.
func (r *Retryer) hedged(ctx context.Context, call Call, op Operation) (int, error) {
	s := &state{start: start{r: r, call: call}, attempt: 1}
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	for {
		err := s.volley(ctx, op)
		again, result := s.next(ctx, err)
		if !again {
			return s.outcome, result
		}
	}
}

// shot is how one attempt of a volley ended.
type shot struct {
	number   int
	round    uint64
	opened   time.Duration
	err      error
	panicked any
	returned bool // neither a panic nor runtime.Goexit
}

// volley makes an attempt and, when it is slow, others beside it. It returns
// the first success, the first permanent error, or the last of the others, when
// every attempt has ended.
func (s *state) volley(ctx context.Context, op Operation) error {
	r := s.r
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	shots := make(chan shot, r.hedge.Max+1)
	flying, hedges := 0, 0
	start := func() {
		flying++
		own := s.open(ctx)
		end := s.cancel
		s.cancel, s.own = nil, nil
		go fly(own, end, op, shot{number: s.attempt, round: s.round, opened: s.opened}, shots)
	}
	start()
	timer := time.NewTimer(r.hedge.After)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			if hedges < r.hedge.Max && s.attempt < r.maxAttempts && ctx.Err() == nil && s.mayHedge() {
				hedges++
				s.attempt++
				start()
				timer.Reset(r.hedge.After)
			}
		case got := <-shots:
			flying--
			if s.decides(ctx, got, flying) {
				cancel(ErrHedgeLost)
				s.await(ctx, shots, flying)
				s.settle(got)
				rethrow(got)
				return got.err
			}
		}
	}
}

// decides reports whether the outcome of one attempt is that of the volley; if
// not, it is written down and the others go on.
func (s *state) decides(ctx context.Context, got shot, flying int) bool {
	if flying == 0 || !got.returned || got.err == nil || ctx.Err() != nil {
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

// settle makes got the attempt that is written down next.
func (s *state) settle(got shot) { s.outcome, s.round, s.opened = got.number, got.round, got.opened }

// await waits for the attempts that lost.
func (s *state) await(ctx context.Context, shots <-chan shot, flying int) {
	var broken []shot
	for range flying {
		lost := <-shots
		if !lost.returned {
			broken = append(broken, lost)
			continue
		}
		if lost.err == nil {
			lost.err = ErrHedgeLost
		}
		s.settle(lost)
		s.ended(ctx, ClassCanceled, lost.err)
	}
	for _, lost := range broken {
		rethrow(lost)
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
	var round uint64
	if ok {
		round, ok = s.r.breaker.allow(s.call.Key)
	}
	if !ok {
		s.r.budget.giveBack(s.call.Key, cost)
		return false
	}
	s.paid, s.round = cost, round
	return true
}

// fly runs one attempt in its own goroutine. Whatever op does, it reports.
func fly(ctx context.Context, end context.CancelFunc, op Operation, got shot, shots chan<- shot) {
	defer func() {
		if !got.returned {
			got.panicked = recover()
		}
		if end != nil {
			got.err = timedOut(ctx, got.err)
			end()
		}
		shots <- got
	}()
	got.err = op(ctx, got.number)
	got.returned = true
}

// rethrow does in the caller's goroutine what op did in its own.
func rethrow(got shot) {
	switch {
	case got.returned:
	case got.panicked != nil:
		panic(got.panicked)
	default:
		runtime.Goexit()
	}
}

// hedgedValue is hedged for an operation with a result. The results of attempts
// that lost are closed if they can be.
func hedgedValue[T any](ctx context.Context, r *Retryer, call Call, op func(context.Context, int) (T, error)) (T, error) {
	var mu sync.Mutex
	values := make(map[int]T)
	succeeded := make(map[int]bool)
	chosen, err := r.hedged(ctx, call, func(ctx context.Context, attempt int) error {
		value, err := op(ctx, attempt)
		mu.Lock()
		defer mu.Unlock()
		values[attempt], succeeded[attempt] = value, err == nil
		return err
	})
	for attempt, value := range values {
		if closer, ok := any(value).(io.Closer); ok && attempt != chosen && succeeded[attempt] {
			_ = closer.Close() // of a result that nobody sees
		}
	}
	return values[chosen], err
}
