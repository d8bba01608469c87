package retry

import (
	"context"
	"iter"
)

// Attempts is [Retryer.DoCall] as a loop. Each round is an attempt: its body
// gets the attempt's context and number and leaves the outcome in *err. The
// loop ends by itself after a success or when no attempt is left, with *err nil
// or an *[Error]:
//
//	var err error
//	for ctx, attempt := range r.Attempts(ctx, retry.Call{Name: "get a.bin"}, &err) {
//		err = get(ctx, attempt)
//	}
//
// A break ends the call with *err as the body left it. The body must not
// declare an err of its own, or every round looks like a success.
func (r *Retryer) Attempts(ctx context.Context, call Call, err *error) iter.Seq2[context.Context, int] {
	return func(yield func(context.Context, int) bool) {
		s := state{start: start{r: r, call: call}, attempt: 1}
		if *err = s.begin(ctx); *err != nil {
			return
		}
		defer s.abandon() // a body that breaks or panics
		for {
			if goesOn := yield(s.open(ctx), s.attempt); !goesOn && *err != nil {
				return
			}
			s.reported = true
			again, result := s.next(ctx, *err)
			*err = result
			if !again {
				return
			}
			s.reported = false
		}
	}
}

// abandon ends an attempt whose outcome nobody told.
func (s *state) abandon() {
	if s.reported {
		return
	}
	s.close()
	s.r.breaker.record(s.call.Key, ClassCanceled, s.round)
}
