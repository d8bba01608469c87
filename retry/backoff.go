package retry

import (
	"math"
	"time"
)

// NoDelay, as an InitialDelay, retries at once.
const NoDelay time.Duration = -1

// Backoff is a schedule of delays: a pure function of seed, name and attempt. Its zero value is the
// default schedule.
//
// The delay after attempt n is min(MaxDelay, InitialDelay · Multiplier^(n-1)), then spread by the
// jitter, and never above MaxDelay; see [Jitter]. Delay and Bounds keep 0 ≤ delay ≤ MaxDelay
// whatever the fields and arguments are; [New] refuses fields that make no sense.
type Backoff struct {
	// InitialDelay is the delay after the first attempt; 0 means 1 s, [NoDelay] none.
	InitialDelay time.Duration
	// MaxDelay is the longest delay; 0 means 30 s, or InitialDelay if that is longer, or no limit
	// if there is a DelayFunc.
	MaxDelay time.Duration
	// Multiplier is how much longer each delay is than the one before, at least 1; 0 means 2.
	Multiplier float64
	// Jitter spreads the delay; the zero value is additive.
	Jitter Jitter
	// JitterRatio is the spread of additive and proportional jitter, from 0 to 1; 0 means 0.25 and
	// 0.2.
	JitterRatio float64
	// Seed makes two schedules draw differently. In a Retryer, 0 means random.
	Seed uint64
	// DelayFunc, if given, replaces the exponential delays of InitialDelay and Multiplier. Jitter
	// and MaxDelay still apply. Decorrelated jitter ignores it, and [New] refuses the two together.
	DelayFunc DelayFunc
}

// window is the range a delay is drawn from: from, and span nanoseconds above it.
type window struct{ from, span int64 }

// Delay returns how long to wait after attempt, which counts from 1, of the operation called name.
func (b Backoff) Delay(name string, attempt int) time.Duration {
	return b.sane().drawn(0, name, attempt)
}

// Bounds returns the shortest and the longest delay that the schedule allows after attempt,
// whatever seed and name are.
func (b Backoff) Bounds(attempt int) (shortest, longest time.Duration) {
	b = b.sane()
	if b.Jitter == JitterDecorrelated {
		b.Multiplier = 3 // the longest chain triples at every step
		return min(b.InitialDelay, b.MaxDelay), time.Duration(b.base(min(max(attempt, 1), math.MaxInt-1) + 1))
	}
	w := b.window(b.base(attempt))
	return time.Duration(w.from), time.Duration(w.from + max(w.span-1, 0))
}

// or fills the zero fields of b from those of other.
func (b Backoff) or(other Backoff) Backoff {
	if b.DelayFunc == nil && b.InitialDelay == 0 && b.Multiplier == 0 {
		b.DelayFunc = other.DelayFunc
	}
	if b.InitialDelay == 0 {
		b.InitialDelay = other.InitialDelay
	}
	if b.MaxDelay == 0 {
		b.MaxDelay = other.MaxDelay
	}
	if b.Multiplier == 0 {
		b.Multiplier = other.Multiplier
	}
	if b.Jitter == 0 {
		b.Jitter = other.Jitter
		if b.JitterRatio == 0 {
			b.JitterRatio = other.JitterRatio
		}
	}
	if b.Seed == 0 {
		b.Seed = other.Seed
	}
	return b
}

// sane gives zero fields their defaults and brings the others into range.
func (b Backoff) sane() Backoff {
	longest := max(30*time.Second, b.InitialDelay)
	if b.DelayFunc != nil {
		longest = math.MaxInt64
	}
	b = b.or(Backoff{InitialDelay: time.Second, MaxDelay: longest, Multiplier: 2})
	b.InitialDelay = max(b.InitialDelay, 0)
	b.MaxDelay = max(b.MaxDelay, 0)
	if !(b.Multiplier >= 0) { // NaN too
		b.Multiplier = 1
	}
	if b.JitterRatio == 0 {
		b.JitterRatio = b.Jitter.ratio()
	}
	if !(b.JitterRatio >= 0) {
		b.JitterRatio = 0
	}
	return b
}

// drawn is Delay for a sane b and the call that salt stands for.
func (b Backoff) drawn(salt uint64, name string, attempt int) time.Duration {
	if b.Jitter == JitterDecorrelated {
		return b.decorrelated(salt, name, attempt)
	}
	w := b.window(b.base(attempt))
	return time.Duration(w.from + below(draw(b.Seed^salt, name, attempt), w.span))
}

// base is the delay after attempt before jitter. b is sane.
func (b Backoff) base(attempt int) int64 {
	if b.DelayFunc != nil {
		return int64(min(max(b.DelayFunc(max(attempt, 1)), 0), b.MaxDelay))
	}
	d := float64(b.InitialDelay)
	if attempt > 1 && d > 0 {
		d *= math.Pow(b.Multiplier, float64(attempt-1))
	}
	if !(d < float64(b.MaxDelay)) {
		return int64(b.MaxDelay)
	}
	return int64(d)
}

// window spreads the delay d. b is sane and 0 ≤ d ≤ MaxDelay.
func (b Backoff) window(d int64) window {
	switch b.Jitter {
	case JitterNone, JitterDecorrelated:
		return window{d, 0}
	case JitterFull:
		return window{0, d}
	case JitterEqual:
		return window{d / 2, d - d/2}
	}
	spread := int64(float64(d) * b.JitterRatio)
	spread = max(0, min(spread, d))
	room := int64(b.MaxDelay) - d
	if b.Jitter == JitterProportional {
		// The sum cannot overflow: both terms are at most MaxDelay − from.
		return window{d - spread, min(spread, room) + spread}
	}
	// Where the cap leaves no room above the delay, additive jitter spreads it downwards.
	return window{d - max(spread-room, 0), spread}
}

// settled is how many steps a decorrelated chain is followed back. Where the chain began no longer
// shows after so many steps.
const settled = 64

// decorrelated follows the chain of AWS:
//
//	wait(n) = min(MaxDelay, random between InitialDelay and 3 · wait(n-1))
//
// MaxDelay limits the drawn number, and not the range of the draw: near the limit most delays equal
// MaxDelay.
func (b Backoff) decorrelated(salt uint64, name string, attempt int) time.Duration {
	initial, longest := min(int64(b.InitialDelay), int64(b.MaxDelay)), int64(b.MaxDelay)
	wait := initial
	for n := max(1, attempt-settled); n <= attempt; n++ {
		top := int64(math.MaxInt64)
		if wait < math.MaxInt64/3 {
			top = wait * 3
		}
		wait = min(longest, initial+below(draw(b.Seed^salt, name, n), max(top-initial, 0)))
		if n == math.MaxInt {
			break
		}
	}
	return time.Duration(wait)
}

// remembered is how many windows a schedule keeps ready.
const remembered = 64

// schedule is a sane Backoff with its windows worked out beforehand.
type schedule struct {
	Backoff
	windows []window
	flat    bool // every later window is like the last
}

func newSchedule(b Backoff) *schedule {
	s := &schedule{Backoff: b.sane()}
	if s.Jitter == JitterDecorrelated || s.DelayFunc != nil {
		return s
	}
	for attempt := 1; attempt <= remembered && !s.flat; attempt++ {
		d := s.base(attempt)
		s.windows = append(s.windows, s.window(d))
		s.flat = d == int64(s.MaxDelay) || d == 0 || s.Multiplier == 1
	}
	return s
}

// delay is Backoff.Delay without its arithmetic, for the call that salt stands for.
func (s *schedule) delay(salt uint64, name string, attempt int) time.Duration {
	i := attempt - 1
	if s.flat {
		i = min(i, len(s.windows)-1)
	}
	if uint(i) >= uint(len(s.windows)) {
		return s.drawn(salt, name, attempt)
	}
	w := s.windows[i]
	if w.span == 0 {
		return time.Duration(w.from)
	}
	return time.Duration(w.from + below(draw(s.Seed^salt, name, attempt), w.span))
}

// zero reports whether the schedule never waits.
func (s *schedule) zero() bool { return s.flat && s.windows[0] == window{} }
