package retry

import (
	"math"
	"slices"
	"time"
)

// DelayFunc returns the delay after attempt, which counts from 1, before jitter. Negative delays
// count as 0. It must be a pure function and safe for concurrent use.
type DelayFunc func(attempt int) time.Duration

// Constant waits d after every attempt.
func Constant(d time.Duration) DelayFunc {
	return func(int) time.Duration { return d }
}

// Linear waits d, 2d, 3d, …
func Linear(d time.Duration) DelayFunc {
	return func(attempt int) time.Duration {
		if d > 0 && int64(attempt) > math.MaxInt64/int64(d) {
			return math.MaxInt64
		}
		return time.Duration(attempt) * d
	}
}

// Fibonacci waits d, d, 2d, 3d, 5d, …
func Fibonacci(d time.Duration) DelayFunc {
	return func(attempt int) time.Duration {
		var last time.Duration
		next := max(d, 0)
		for ; attempt > 1 && next > 0; attempt-- {
			if last > math.MaxInt64-next {
				return math.MaxInt64
			}
			last, next = next, last+next
		}
		return next
	}
}

// Delays takes the delays from a list: its first element after the first attempt, and so on. After
// the end of the list it repeats the last element. With an empty list every delay is 0.
func Delays(list ...time.Duration) DelayFunc {
	list = slices.Clone(list)
	return func(attempt int) time.Duration {
		if len(list) == 0 {
			return 0
		}
		return list[min(max(attempt, 1), len(list))-1]
	}
}
