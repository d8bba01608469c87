package script

import (
	"math"
	"time"
)

// waits reports a timeout that the file's own waits exceed without any work of the client.
func (v *validator) waits() {
	timeout := v.s.Timeout
	if !v.s.Has("timeout") {
		timeout = DefaultTimeout
	} else if !v.s.Understood("timeout") {
		return
	}
	if waits := waitsOf(v.s.Steps); waits >= timeout {
		span := v.s.KeySpan("steps")
		if v.s.Has("timeout") {
			span = v.s.ValueSpan("timeout")
		}
		v.Add(span, "", "timeout: want more than the %v that the steps wait by themselves, got %v", waits, timeout)
	}
}

// waitsOf returns how long steps wait at least, one after another, because the file says so.
func waitsOf(steps []Step) time.Duration {
	var all time.Duration
	for i := range steps {
		all = plus(all, steps[i].waits())
	}
	return all
}

// waits returns how long the step waits at least because the file says so. The step may end before
// its operation begins, so the waits of an operation do not count.
func (s *Step) waits() time.Duration {
	var waits time.Duration
	switch {
	case s.Wait > 0:
		waits = s.Wait
	case s.Rules != nil:
		waits = s.Rules.After
	case s.Repeat != nil:
		once := s.Repeat.Step.waits()
		if times := time.Duration(max(s.Repeat.Times, 0)); once > 0 && times > math.MaxInt64/once {
			waits = math.MaxInt64
		} else {
			waits = once * times
		}
	}
	for i := range s.Parallel {
		waits = max(waits, s.Parallel[i].waits())
	}
	for _, limit := range []time.Duration{s.Deadline, s.CancelAfter} {
		if limit > 0 {
			waits = min(waits, limit)
		}
	}
	return waits
}

// plus adds two durations that are not negative, without overflow.
func plus(a, b time.Duration) time.Duration {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
