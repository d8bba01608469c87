package retry

import (
	"math"
	"sync/atomic"
	"time"
)

// idle reports whether a call that succeeds at once would change nothing. at is the place of key,
// or nowhere if the caller has not looked.
func (b *Budget) idle(key string, at place) bool {
	switch {
	case b == nil:
		return true
	case key == "":
		return b.shared.level.Load() == b.capacity
	case b.initial != b.capacity:
		return false
	case b.partial.Load() == 0:
		return true
	case at == nowhere:
		at = placeOf(key)
	}
	return b.parts.quiet(at)
}

// fail records an attempt that failed and is worth a retry. It takes the tokens for the retry,
// unless the attempt was the last one allowed, and reports whether there were enough.
func (b *Budget) fail(key string, class Class, last bool) (cost int64, ok bool) {
	if b == nil || b.capacity == 0 {
		return 0, true
	}
	if b.grpc {
		level := b.change(key, func(level int64) int64 { return max(level-1000, 0) })
		return 0, level > b.capacity/2
	}
	if last {
		return 0, false
	}
	cost = b.cost[class]
	if key == "" && b.perSecond == 0 {
		for {
			level := b.shared.level.Load()
			if level < cost {
				return 0, false
			}
			if b.shared.level.CompareAndSwap(level, level-cost) {
				return cost, true
			}
		}
	}
	b.change(key, func(level int64) int64 {
		if ok = level >= cost; ok {
			level -= cost
		}
		return level
	})
	if !ok {
		cost = 0
	}
	return cost, ok
}

// hedge takes the tokens for an attempt that starts beside another one.
func (b *Budget) hedge(key string) (cost int64, ok bool) {
	if b != nil && b.grpc {
		return 0, b.Level(key) > b.Capacity()/2
	}
	return b.fail(key, ClassTransient, false)
}

// succeed gives tokens back after a call that succeeded. paid is what its last retry cost, 0 if the
// call needed none.
func (b *Budget) succeed(key string, paid int64) {
	if b == nil || b.idle(key, nowhere) {
		return
	}
	if paid == 0 {
		paid = b.refund
	}
	b.giveBack(key, paid)
}

// giveBack returns tokens.
func (b *Budget) giveBack(key string, tokens int64) {
	if b == nil || tokens == 0 {
		return
	}
	if key == "" && b.perSecond == 0 {
		for {
			level := b.shared.level.Load()
			if b.shared.level.CompareAndSwap(level, min(level+tokens, b.capacity)) {
				return
			}
		}
	}
	b.change(key, func(level int64) int64 { return min(level+tokens, b.capacity) })
}

// change replaces the level of a bucket and returns the new one.
func (b *Budget) change(key string, to func(level int64) int64) int64 {
	if key == "" {
		return b.changeShared(to)
	}
	at := now()
	if b.swept.due(at, b.sweepEvery()) {
		b.parts.each(func(in *shard[bucket], key string, part *bucket) { b.drop(in, key, part) })
	}
	in := b.parts.of(key)
	in.mu.Lock()
	defer in.mu.Unlock()
	part := in.values[key]
	if part != nil && b.drop(in, key, part) {
		part = nil
	}
	if part == nil {
		level := to(b.initial)
		if level == b.capacity && b.initial == b.capacity {
			return level
		}
		part = &bucket{updated: at, used: at}
		part.level.Store(level)
		in.put(key, part)
		in.live.Add(1)
		b.partial.Add(1)
		return level
	}
	part.used = at
	level := to(part.level.Load())
	part.level.Store(level)
	b.drop(in, key, part)
	return level
}

func (b *Budget) changeShared(to func(level int64) int64) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refill(&b.shared)
	for {
		level := b.shared.level.Load()
		changed := to(level)
		if b.shared.level.CompareAndSwap(level, changed) {
			return changed
		}
	}
}

// drop refills a bucket, and deletes it if it then equals a new one. It reports whether it did. The
// lock of the shard is held.
func (b *Budget) drop(in *shard[bucket], key string, part *bucket) bool {
	over := b.over(part)
	if !over {
		b.refill(part)
		if part.level.Load() < b.capacity || b.initial < b.capacity {
			return false
		}
	}
	delete(in.values, key)
	in.live.Add(-1)
	b.partial.Add(-1)
	return true
}

// over reports whether no call has used the bucket for ForgetAfter.
func (b *Budget) over(part *bucket) bool { return since(&part.used, now()) >= b.forgetAfter }

// sweepEvery returns the interval between two searches for buckets to drop. It is the time in which
// an empty bucket fills, and at most ForgetAfter.
func (b *Budget) sweepEvery() time.Duration {
	if b.perSecond == 0 {
		return b.forgetAfter
	}
	fills := min(float64(b.capacity)/1000/b.perSecond, time.Hour.Seconds())
	return min(b.forgetAfter, time.Duration(fills*float64(time.Second)))
}

// sweeper limits how often a Budget or a Breaker searches for keys to drop.
type sweeper struct{ last atomic.Int64 }

// due reports whether the interval every has passed since due last reported true. Of several
// callers at the same time one gets true.
func (s *sweeper) due(at, every time.Duration) bool {
	last := s.last.Load()
	from := time.Duration(last)
	if last == 0 || since(&from, at) < every && from != at {
		if last == 0 {
			s.last.CompareAndSwap(0, int64(at))
		}
		return false
	}
	return s.last.CompareAndSwap(last, int64(at))
}

// refill adds what the time since the last refill has earned. The bucket's lock is held.
func (b *Budget) refill(part *bucket) {
	if b.perSecond == 0 {
		return
	}
	at := now()
	level := part.level.Load()
	earned := since(&part.updated, at).Seconds() * b.perSecond * 1000
	if earned >= float64(b.capacity-level) {
		part.level.Store(b.capacity)
		part.updated = at
	} else if earned >= 1 {
		part.level.Store(level + int64(earned))
		part.updated += time.Duration(math.Floor(earned) / b.perSecond * 1e6)
	}
}
