package bench

import (
	"testing"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"github.com/s3chaos/s3chaos/retry"
)

// BenchmarkRetrySuccess: the first attempt succeeds. Each library uses what it has of a context
// check, a result value, a classifier, a budget, a breaker, and an observer of failures.
func BenchmarkRetrySuccess(b *testing.B) {
	compare(
		b,
		nothing(),
		handWritten(time.Second, succeed),
		ours("ctx value classify budget breaker observer-quiet", oursEverything, succeed),
		cenkalti("ctx value classify clock", time.Second, 0, false),
		avastRetry("ctx value classify budget", 0, false, avastThrottle()),
		avastReused("value classify budget", 0, false, avastThrottle()),
		sethVargo("ctx value classify", time.Second, 0, false),
		failSafe("ctx value classify budget breaker", failsafeEverything, succeed),
		eapacheEverything(succeed),
		awsRetryer("ctx value classify budget", 0, awsBucket(), succeed),
	)
}

// BenchmarkRetrySuccessMaxElapsed also limits the time of the call.
func BenchmarkRetrySuccessMaxElapsed(b *testing.B) {
	compare(
		b,
		handWrittenClock(),
		ours("ctx value classify budget breaker observer-quiet max-elapsed", func(b testing.TB) retry.Config {
			config := oursEverything(b)
			config.MaxElapsed = time.Hour
			return config
		}, succeed),
		cenkalti("ctx value classify max-elapsed", time.Second, time.Hour, false),
		sethVargo("ctx value classify max-elapsed", time.Second, time.Hour, false),
		failSafe("ctx value classify max-elapsed", failsafeWith(
			func(p retrypolicy.Builder[int]) retrypolicy.Builder[int] { return p.WithMaxDuration(time.Hour) },
		), succeed),
	)
}

// BenchmarkRetrySuccessObserved also has an observer of every call.
func BenchmarkRetrySuccessObserved(b *testing.B) {
	compare(
		b,
		ours("ctx value classify budget breaker observer", func(b testing.TB) retry.Config {
			config := oursEverything(b)
			config.Observer = &counting{}
			return config
		}, succeed),
		failSafe("ctx value classify observer", failsafeWith(func(p retrypolicy.Builder[int]) retrypolicy.Builder[int] {
			calls := 0
			return p.OnSuccess(func(failsafe.ExecutionEvent[int]) { calls++ })
		}), succeed),
	)
}

// BenchmarkRetrySuccessParallel is the first case in several goroutines, which share the budget.
func BenchmarkRetrySuccessParallel(b *testing.B) {
	compare(
		b,
		nothingParallel(),
		handWrittenParallel(),
		oursParallel(),
		cenkaltiParallel(),
		avastParallel(false),
		avastParallel(true),
		sethVargoParallel(),
		failsafeParallel(),
		eapacheParallel(),
		awsParallel(),
	)
}

// BenchmarkRetryTwoFailuresNoDelay: two failures, no delay, then success.
func BenchmarkRetryTwoFailuresNoDelay(b *testing.B) { twoFailures(b, 0) }

// BenchmarkRetryTwoFailuresTinyDelay: two failures with delays of a nanosecond, then success.
func BenchmarkRetryTwoFailuresTinyDelay(b *testing.B) { twoFailures(b, 1) }

// No library uses a budget here, because few have one.
func twoFailures(b *testing.B, delay time.Duration) {
	our := delay
	if our == 0 {
		our = retry.NoDelay
	}
	compare(
		b,
		handWritten(delay, failTwice),
		ours("ctx value classify", oursBare(our), oursFailTwice),
		cenkalti("ctx value classify clock", delay, 0, true),
		avastRetry("ctx value classify", delay, true),
		avastReused("value classify", delay, true),
		sethVargo("ctx value classify", delay, 0, true),
		failSafe("ctx value classify", failsafeDelayed(delay), failTwice),
		eapache(delay, failTwice),
		awsRetryer("ctx value classify", delay, nil, failTwice),
	)
}

// BenchmarkRetryTwoFailuresBudget: two failures, no delay, then success; all calls share a budget.
func BenchmarkRetryTwoFailuresBudget(b *testing.B) {
	compare(
		b,
		ours("ctx value classify budget", oursBudget(retry.NoDelay), oursFailTwice),
		avastRetry("ctx value classify budget", 0, true, avastThrottle()),
		avastReused("value classify budget", 0, true, avastThrottle()),
		failSafe("ctx value classify budget", failsafeWith(failsafeBudget), failTwice),
		awsRetryer("ctx value classify budget", 0, awsBucket(), failTwice),
	)
}

// BenchmarkRetryTwoFailuresEverything: two failures, no delay, then success, with budget, breaker
// and observer.
func BenchmarkRetryTwoFailuresEverything(b *testing.B) {
	compare(
		b,
		ours("ctx value classify budget breaker observer-active-on-failure", oursEverything, oursFailTwice),
		failSafe("ctx value classify budget breaker", failsafeEverything, failTwice),
		eapacheEverything(failTwice),
	)
}

// BenchmarkRetryNextDelay computes the next delay, with jitter.
func BenchmarkRetryNextDelay(b *testing.B) {
	compare(
		b,
		nothingDelay(),
		handWrittenDelay(),
		oursDelay(),
		cenkaltiDelay(),
		avastDelay(),
		sethVargoDelay(),
		awsDelay(),
	)
}
