package retry

import (
	"math"
	"time"
)

// idle reports whether a call that succeeds at once would change nothing.
func (b *Budget) idle(key string) bool {
	if b == nil {
		return true
	}
	if key == "" {
		return b.shared.level.Load() == b.capacity
	}
	return b.partial.Load() == 0
}

// fail is told of an attempt that failed and is worth a retry, unless it was
// the last one allowed. It takes the tokens for the retry, or reports that
// there are not enough.
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

// hedge takes the tokens for an attempt beside another one.
func (b *Budget) hedge(key string) (cost int64, ok bool) {
	if b != nil && b.grpc {
		return 0, b.Level(key) > b.Capacity()/2
	}
	return b.fail(key, ClassTransient, false)
}

// succeed is told of a call that succeeded, and what its last retry had cost.
func (b *Budget) succeed(key string, paid int64) {
	if b == nil || b.idle(key) {
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
	b.mu.Lock()
	defer b.mu.Unlock()
	if key == "" {
		b.refill(&b.shared)
		for {
			level := b.shared.level.Load()
			changed := to(level)
			if b.shared.level.CompareAndSwap(level, changed) {
				return changed
			}
		}
	}
	part := b.parts[key]
	if part == nil {
		if b.perSecond > 0 && now() >= b.sweep {
			b.forget()
		}
		part = &bucket{updated: now()}
		part.level.Store(b.initial)
	}
	b.refill(part)
	level := to(part.level.Load())
	part.level.Store(level)
	_, known := b.parts[key]
	switch full := level == b.capacity; {
	case full && known && b.initial == b.capacity:
		delete(b.parts, key)
		b.partial.Add(-1)
	case !known && (!full || b.initial < b.capacity):
		b.parts[key] = part
		b.partial.Add(1)
	}
	return level
}

// forget drops the buckets that time has filled. change asks for it no more
// often than an empty one fills, so that a bucket costs its share. mu is held.
func (b *Budget) forget() {
	if b.perSecond > 0 {
		fills := min(float64(b.capacity)/1000/b.perSecond, time.Hour.Seconds())
		b.sweep = now() + time.Duration(fills*float64(time.Second))
	}
	for key, part := range b.parts {
		b.refill(part)
		if part.level.Load() == b.capacity && b.initial == b.capacity {
			delete(b.parts, key)
			b.partial.Add(-1)
		}
	}
}

// refill adds what the time since the last refill has earned. mu is held.
func (b *Budget) refill(part *bucket) {
	if b.perSecond == 0 {
		return
	}
	at := now()
	level := part.level.Load()
	earned := (at - part.updated).Seconds() * b.perSecond * 1000
	if earned >= float64(b.capacity-level) {
		part.level.Store(b.capacity)
		part.updated = at
	} else if earned >= 1 {
		part.level.Store(level + int64(earned))
		part.updated += time.Duration(math.Floor(earned) / b.perSecond * 1e6)
	}
}
