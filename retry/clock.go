package retry

import "time"

// epoch is where the engine counts from: only differences matter.
var epoch = time.Now()

// now is the monotonic clock, virtual inside a synctest bubble.
func now() time.Duration { return time.Since(epoch) }

// anotherClock is a difference that no program lives through. A reading so far from the one before
// it comes from another clock: a bubble's virtual time starts in the year 2000 of its own count,
// decades from the real clock's.
const anotherClock = 5 * 365 * 24 * time.Hour

// since returns the time from *from to at. If the two are readings of different clocks, because
// what *from belongs to was made outside the bubble that uses it, time starts anew: since sets
// *from to at and returns 0.
func since(from *time.Duration, at time.Duration) time.Duration {
	d := at - *from
	if d < 0 || d > anotherClock {
		*from = at
		return 0
	}
	return d
}
