package retry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

// Unlimited, as MaxAttempts, never runs out of attempts. Bound the call by its context or by
// MaxElapsed.
const Unlimited = math.MaxInt

// Config says how a [Retryer] retries. The zero Config is the default one: 3 attempts, waits of 1
// s, 2 s, … up to 30 s with a quarter of additive jitter, and no budget, breaker, limiter or
// observer.
type Config struct {
	// MaxAttempts bounds the attempts of a call, the first included; 0 means 3, 1 never retries,
	// [Unlimited] sets no bound.
	MaxAttempts int
	// InitialDelay is the delay after the first attempt; 0 means 1 s, [NoDelay] retries at once.
	InitialDelay time.Duration
	// MaxDelay is the longest delay that the schedule gives. 0 means 30 s, or InitialDelay if that
	// is longer; with a DelayFunc it means no limit.
	MaxDelay time.Duration
	// Multiplier is how much longer each delay is than the one before, at least 1; 0 means 2.
	Multiplier float64
	// DelayFunc, if given, replaces the exponential delays of InitialDelay and Multiplier:
	// [Constant], [Linear], [Fibonacci], [Delays] or a function of your own. Jitter and MaxDelay
	// still apply; [JitterNone] keeps the delays exact.
	DelayFunc DelayFunc
	// Jitter spreads the delays; the zero value is additive.
	Jitter Jitter
	// JitterRatio is the spread of additive and proportional jitter, from 0 to 1; 0 means 0.25 and
	// 0.2. [JitterNone] is how to have no spread.
	JitterRatio float64
	// ClassDelays gives ClassTransient, ClassThrottle or ClassTimeout a schedule of its own; zero
	// fields of it are as in the Config.
	ClassDelays map[Class]Backoff
	// Seed makes the delays repeatable: the n-th call of a name (or of an identity, see
	// [WithIdentity]) gets the same delays in every run. 0 means that every call draws delays of
	// its own.
	Seed uint64

	// AttemptTimeout bounds each attempt; 0 means no bound. It ends the context of the attempt,
	// with the cause [ErrAttemptTimeout], and not that of the call.
	AttemptTimeout time.Duration
	// AttemptTimeoutMultiplier makes the timeout of each attempt longer than the one before, so
	// that a server that is slow rather than dead gets its chance; at least 1, 0 means 1.
	// MaxAttemptTimeout is the longest; 0 means no limit.
	AttemptTimeoutMultiplier float64
	MaxAttemptTimeout        time.Duration
	// MaxElapsed bounds the call: no attempt starts later than this after the start, and no wait is
	// begun that would end later. It does not interrupt an attempt; the context's deadline does
	// that. 0 means no bound.
	MaxElapsed time.Duration
	// MaxHint caps the wait that a server may ask for with Retry-After; 0 means MaxDelay.
	MaxHint time.Duration
	// FailFast ends a call at once, with [ErrDeadline], when the server asks for a longer wait than
	// is left of the deadline or of MaxElapsed, even if MaxHint would cut the wait short enough.
	FailFast bool
	// Hint reads what the server asked for from an error; nil means [HintOf].
	Hint func(error) (Hint, bool)

	// RetryableErrors are retried, as errors.Is finds them, whatever Classifier says.
	RetryableErrors []error
	// Classifier is asked for each error that carries no mark; nil, or its answer ClassUnknown,
	// means [Classify].
	Classifier Classifier

	// Budget limits the share of retries among all calls that share it; nil means no limit.
	Budget *Budget
	// Breaker stops calls to a server that fails; nil means none.
	Breaker *Breaker
	// Limiter slows attempts down to what the server bears; nil means none.
	Limiter *Limiter
	// Hedge starts a second attempt beside a slow one; the zero value does not.
	Hedge Hedge

	// Observer is told what happens; nil means none.
	Observer Observer
	// OnRetry is called before each wait with the attempt that failed: its number, duration, class,
	// error and the wait that follows. It turns Timestamps on. It must be safe for concurrent use;
	// nil means no callback.
	OnRetry func(ctx context.Context, failed Attempt)
	// Timestamps reads the clock at the start and end of every attempt, so that errors say when and
	// how long. MaxElapsed and an observer that wants everything turn it on too; without any of
	// them a call that succeeds at once never reads the clock.
	Timestamps bool
	// MaxHistory bounds the attempts that an [Error] remembers; 0 means 16.
	MaxHistory int
	// UnwrapHistory lets errors.Is and errors.As see the errors of all attempts in an [Error], and
	// not that of the last attempt only.
	UnwrapHistory bool
}

// DefaultConfig returns the defaults written out.
func DefaultConfig() Config {
	return Config{
		MaxAttempts:  3,
		InitialDelay: time.Second,
		MaxDelay:     30 * time.Second,
		Multiplier:   2,
		Jitter:       JitterAdditive,
		JitterRatio:  0.25,
		MaxHint:      30 * time.Second,
		MaxHistory:   16,
	}
}

// New returns a Retryer, which is immutable and safe to share. A Config that makes no sense is
// refused with every mistake in it named.
func New(config Config) (*Retryer, error) {
	if err := config.validate(); err != nil {
		return nil, err
	}
	return build(config), nil
}

// backoff is the Config's own schedule.
func (c Config) backoff() Backoff {
	return Backoff{c.InitialDelay, c.MaxDelay, c.Multiplier, c.Jitter, c.JitterRatio, c.Seed, c.DelayFunc}
}

// validate names every mistake at once.
func (c Config) validate() error {
	var problems []error
	bad := func(wrong bool, format string, args ...any) {
		if wrong {
			problems = append(problems, fmt.Errorf("retry: "+format, args...))
		}
	}
	notNegative := func(name string, d time.Duration) {
		bad(d < 0, "%s is %v: want 0 or more", name, d)
	}
	bad(c.MaxAttempts < 0, "MaxAttempts is %d: want 1 or more, or 0 for 3", c.MaxAttempts)
	problems = append(problems, c.backoff().problems("")...)
	for _, class := range slices.Sorted(maps.Keys(c.ClassDelays)) {
		bad(!class.Retryable(), "ClassDelays has %v: want only transient, throttle and timeout", class)
		problems = append(problems, c.ClassDelays[class].problems(fmt.Sprintf("ClassDelays[%v].", class))...)
	}
	notNegative("AttemptTimeout", c.AttemptTimeout)
	grows := c.AttemptTimeoutMultiplier == 0 || c.AttemptTimeoutMultiplier >= 1 &&
		!math.IsInf(c.AttemptTimeoutMultiplier, 0)
	bad(!grows, "AttemptTimeoutMultiplier is %v: want a number of at least 1, or 0 for 1", c.AttemptTimeoutMultiplier)
	notNegative("MaxAttemptTimeout", c.MaxAttemptTimeout)
	grows = c.AttemptTimeoutMultiplier != 0 || c.MaxAttemptTimeout != 0
	bad(grows && c.AttemptTimeout == 0,
		"AttemptTimeoutMultiplier or MaxAttemptTimeout is set: want an AttemptTimeout too")
	notNegative("MaxElapsed", c.MaxElapsed)
	notNegative("MaxHint", c.MaxHint)
	notNegative("Hedge.After", c.Hedge.After)
	bad(c.Hedge.Max < 0, "Hedge.Max is %d: want 1 or more, or 0 for 1", c.Hedge.Max)
	bad(c.MaxHistory < 0, "MaxHistory is %d: want 1 or more, or 0 for 16", c.MaxHistory)
	bad(slices.Contains(c.RetryableErrors, nil), "RetryableErrors has a nil error")
	return errors.Join(problems...)
}

// problems names what is wrong with a schedule whose fields are called prefix+field.
func (b Backoff) problems(prefix string) []error {
	var problems []error
	bad := func(wrong bool, format string, args ...any) {
		if wrong {
			problems = append(problems, fmt.Errorf("retry: "+prefix+format, args...))
		}
	}
	bad(b.InitialDelay < 0 && b.InitialDelay != NoDelay, "InitialDelay is %v: want 0 or more, or NoDelay",
		b.InitialDelay)
	bad(b.MaxDelay < 0, "MaxDelay is %v: want 0 or more", b.MaxDelay)
	multiplies := b.Multiplier == 0 || b.Multiplier >= 1 && !math.IsInf(b.Multiplier, 0)
	bad(!multiplies, "Multiplier is %v: want a number of at least 1, or 0 for 2", b.Multiplier)
	bad(b.Jitter >= jitters, "Jitter is %d: want one of the kinds of jitter", uint8(b.Jitter))
	bad(b.DelayFunc != nil && b.Jitter == JitterDecorrelated,
		"DelayFunc is set with decorrelated jitter, which makes its own delays: want another jitter")
	bad(!(b.JitterRatio >= 0 && b.JitterRatio <= 1), "JitterRatio is %v: want 0 to 1", b.JitterRatio)
	return problems
}
