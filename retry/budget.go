package retry

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// NoTokens, as Initial, starts a [Budget] empty.
const NoTokens = -1

// BudgetConfig says how a [Budget] counts. The zero value is that of "retry behavior 2.1" of the
// AWS SDKs: 500 tokens; a retry costs 14, after throttling 5; a call that succeeds gets back what
// its last retry cost, or 1 token when it needed none.
type BudgetConfig struct {
	// Capacity is the most tokens a partition holds; 0 means 500.
	Capacity float64
	// Initial is how many it starts with; 0 means Capacity, [NoTokens] none.
	Initial float64
	// Cost of a retry; 0 means 14.
	Cost float64
	// ThrottleCost and TimeoutCost are the costs of a retry after such an attempt; 0 means 5 and
	// Cost.
	ThrottleCost, TimeoutCost float64
	// Refund is how many tokens a call adds that succeeds at its first attempt; 0 means 1.
	Refund float64
	// RefillPerSecond adds tokens as time goes by; 0 adds none.
	RefillPerSecond float64
	// ForgetAfter is how long a [Call.Key] must be unused until its bucket is dropped; the next
	// call of the key starts with Initial. 0 means 10 minutes.
	ForgetAfter time.Duration
}

// Budget limits the retries of all calls that share it, so that many clients of a failing server do
// not multiply its load. It is a token bucket: a retry takes its tokens before the wait and gets
// them back if the wait is cut short. Each [Call.Key] has a bucket of its own. A bucket that is
// full or that no call has used for ForgetAfter takes no memory. A call that succeeds while its
// bucket is full reads a word or two and takes no lock, however many other buckets are not full.
//
// A Budget is safe for concurrent use, by several Retryers too. The zero Budget limits nothing.
type Budget struct {
	// All counts are in thousandths of a token.
	capacity, initial int64
	cost              [classes]int64
	refund            int64
	perSecond         float64
	grpc              bool

	partial     atomic.Int64 // live buckets of all keys but ""
	shared      bucket       // of the key ""; mu guards updated
	mu          sync.Mutex
	parts       shards[bucket]
	forgetAfter time.Duration
	swept       sweeper
}

// bucket holds the tokens of one key. Without a refill by time, that of the key "" is changed by
// atomic operations; otherwise a lock guards it.
type bucket struct {
	level   atomic.Int64
	updated time.Duration // when the refill was last added, by now()
	used    time.Duration // when the level was last changed
}

// NewBudget returns a Budget whose buckets are full, or hold Initial. A config that makes no sense
// is refused with every mistake in it named.
func NewBudget(c BudgetConfig) (*Budget, error) {
	var problems []error
	check := func(name string, value, fallback float64) int64 {
		if value == 0 {
			value = fallback
		}
		if !(value >= 0 && value <= 1e12) {
			problems = append(problems, fmt.Errorf("retry: budget %s is %v: want 0 to 1e12", name, value))
			return 0
		}
		return int64(math.Round(value * 1000))
	}
	b := &Budget{capacity: check("Capacity", c.Capacity, 500), perSecond: c.RefillPerSecond}
	if c.Initial != NoTokens {
		b.initial = check("Initial", c.Initial, float64(b.capacity)/1000)
	}
	cost := check("Cost", c.Cost, 14)
	b.cost[ClassTransient] = cost
	b.cost[ClassThrottle] = check("ThrottleCost", c.ThrottleCost, 5)
	b.cost[ClassTimeout] = check("TimeoutCost", c.TimeoutCost, float64(cost)/1000)
	b.refund = check("Refund", c.Refund, 1)
	check("RefillPerSecond", c.RefillPerSecond, 0)
	if c.ForgetAfter < 0 {
		problems = append(problems, fmt.Errorf("retry: budget ForgetAfter is %v: want 0 or more", c.ForgetAfter))
	}
	b.forgetAfter = c.ForgetAfter
	if b.initial > b.capacity {
		problems = append(problems, fmt.Errorf("retry: budget Initial is %v: want at most the capacity, %v", c.Initial,
			float64(b.capacity)/1000))
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return b.start(), nil
}

// NewGRPCBudget returns a Budget that counts as gRPC's retry throttling does (gRPC proposal A6):
// every attempt that fails for a reason worth retrying takes one token, retried or not; every call
// that succeeds adds tokenRatio; a retry is allowed while more than half of maxTokens are left.
// maxTokens is above 0 and at most 1000, tokenRatio above 0, with three decimals.
func NewGRPCBudget(maxTokens, tokenRatio float64) (*Budget, error) {
	b := &Budget{grpc: true, capacity: int64(maxTokens * 1000), refund: int64(math.Round(tokenRatio * 1000))}
	b.initial = b.capacity
	var problems []error
	if !(maxTokens > 0 && maxTokens <= 1000) {
		problems = append(problems,
			fmt.Errorf("retry: budget maxTokens is %v: want more than 0, at most 1000", maxTokens))
	}
	if !(tokenRatio > 0 && tokenRatio <= 1000) {
		problems = append(problems,
			fmt.Errorf("retry: budget tokenRatio is %v: want more than 0, at most 1000", tokenRatio))
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return b.start(), nil
}

func (b *Budget) start() *Budget {
	b.shared.level.Store(b.initial)
	b.shared.updated = now()
	b.forgetAfter = orDefault(b.forgetAfter, 10*time.Minute)
	return b
}

// Level returns how many tokens the bucket of key holds.
func (b *Budget) Level(key string) float64 {
	if key == "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.refill(&b.shared)
		return float64(b.shared.level.Load()) / 1000
	}
	in := b.parts.of(key)
	in.mu.Lock()
	defer in.mu.Unlock()
	part := in.values[key]
	if part == nil || b.over(part) {
		return float64(b.initial) / 1000
	}
	b.refill(part)
	return float64(part.level.Load()) / 1000
}

// Levels returns the level of every bucket that is not full, by key, and that of the key "".
func (b *Budget) Levels() map[string]float64 {
	levels := map[string]float64{"": b.Level("")}
	b.parts.each(func(in *shard[bucket], key string, part *bucket) {
		if !b.drop(in, key, part) {
			levels[key] = float64(part.level.Load()) / 1000
		}
	})
	return levels
}

// Capacity returns the most tokens that a bucket holds.
func (b *Budget) Capacity() float64 { return float64(b.capacity) / 1000 }
