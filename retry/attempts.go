package retry

import (
	"context"
	"errors"
	"iter"
)

// ErrNoOutcome is the cause of a loop over [Retryer.Attempts] whose body did not assign the
// variable that the loop was given, probably because it declared an err of its own.
var ErrNoOutcome = errors.New("the loop's body assigned no outcome to the err given to Attempts")

// Attempts is [Retryer.DoCall] as a loop. Each round is an attempt: its body gets the attempt's
// context and number and assigns the outcome to *err, nil for success. The loop ends by itself
// after a success or when no attempt is left, with *err nil or an *[Error]:
//
//	var err error
//	for ctx, attempt := range r.Attempts(ctx, retry.Call{Name: "get a.bin"}, &err) {
//		err = get(ctx, attempt)
//	}
//
// A break ends the call with *err as the body left it. A round that assigns nothing ends the call
// with [ErrNoOutcome]: otherwise an err declared in the body would turn every failure into a
// success. Calls in a loop are not hedged.
func (r *Retryer) Attempts(ctx context.Context, call Call, err *error) iter.Seq2[context.Context, int] {
	return func(yield func(context.Context, int) bool) {
		var s state
		s.init(r.of(&call), &call)
		if *err = s.begin(ctx); *err != nil {
			return
		}
		defer s.unwind() // a body that panics
		for {
			own := s.open(ctx)
			*err = ErrNoOutcome
			goesOn := yield(own, s.attempt)
			s.running = false
			if *err == ErrNoOutcome {
				*err = Permanent(ErrNoOutcome)
			} else if !goesOn && *err != nil {
				s.abandon()
				return
			}
			again, result := s.next(ctx, *err)
			*err = result
			if !again {
				return
			}
		}
	}
}

// abandon ends an attempt whose loop body set an error and left the loop by break. The breaker
// counts the attempt neither as a success nor as a failure.
func (s *state) abandon() {
	s.close()
	s.r.breaker.record(s.call.Key, ClassCanceled, s.ticket)
}
