package retry

import (
	"math"
	"sync"
	"time"
)

// The constants of the "adaptive" retry mode of the AWS SDKs, as published in botocore
// (retries/adaptive.py, throttling.py, bucket.py) and aws-sdk-go-v2
// (aws/retry/adaptive_ratelimit.go). The curve is that of TCP CUBIC (RFC 9438).
const (
	cubicBeta   = 0.7 // share of the rate that stays after throttling
	cubicScale  = 0.4 // how steep the curve is
	rateSmooth  = 0.8 // weight of the newest measurement
	rateBucket  = 0.5 // seconds that a measurement spans
	slowestRate = 0.5 // attempts per second that are always allowed
	leastTokens = 1   // capacity is never below one attempt
)

// Limiter slows a client down to what its server bears: after throttling it allows seven tenths of
// the measured rate, then grows along a cubic curve back to that rate and beyond. Until the server
// throttles for the first time it only measures. It is the client rate limit of the AWS SDKs'
// adaptive mode.
//
// One Limiter stands for one server; it is safe for concurrent use, by several Retryers too. The
// zero Limiter is not ready: make one with [NewLimiter].
type Limiter struct {
	mu   sync.Mutex
	born time.Duration

	limiting bool
	tokens   float64
	capacity float64
	rate     float64 // tokens per second
	refilled float64 // seconds since born, as all times here

	measured float64
	counted  int
	bucket   float64

	lastMax      float64
	lastThrottle float64
}

// NewLimiter returns a Limiter that has seen nothing yet.
func NewLimiter() *Limiter { return &Limiter{born: now()} }

// LimiterRates is what a [Limiter] knows, in attempts per second.
type LimiterRates struct {
	// Measured is the rate of the attempts that ended.
	Measured float64
	// Allowed is the rate that is allowed once Limiting is true.
	Allowed  float64
	Limiting bool
}

// Rates returns what the Limiter knows.
func (l *Limiter) Rates() LimiterRates {
	l.mu.Lock()
	defer l.mu.Unlock()
	return LimiterRates{Measured: l.measured, Allowed: l.rate, Limiting: l.limiting}
}

// reserve takes a token and returns how long to wait until it is there.
func (l *Limiter) reserve() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.limiting {
		return 0
	}
	l.refill(l.seconds())
	l.tokens--
	if l.tokens >= 0 {
		return 0
	}
	return time.Duration(math.Ceil(-l.tokens / l.rate * float64(time.Second)))
}

// release gives a token back that was not used.
func (l *Limiter) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.limiting {
		l.tokens = min(l.tokens+1, l.capacity)
	}
}

// record takes the outcome of an attempt.
func (l *Limiter) record(class Class) {
	if class == ClassCanceled {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.seconds()
	l.measure(at)
	var rate float64
	if class == ClassThrottle {
		l.lastMax = l.measured
		if l.limiting {
			l.lastMax = min(l.measured, l.rate)
		}
		l.lastThrottle = at
		l.limiting = true
		rate = l.lastMax * cubicBeta
	} else {
		// The curve passes lastMax·β at the throttling and lastMax after inflection seconds.
		inflection := math.Cbrt(l.lastMax * (1 - cubicBeta) / cubicScale)
		rate = cubicScale*math.Pow(at-l.lastThrottle-inflection, 3) + l.lastMax
	}
	rate = min(rate, 2*l.measured)
	l.refill(at)
	l.rate = max(rate, slowestRate)
	l.capacity = max(rate, leastTokens)
	l.tokens = min(l.tokens, l.capacity)
}

func (l *Limiter) seconds() float64 { return (now() - l.born).Seconds() }

// measure counts an attempt; half a second's worth becomes a measurement.
func (l *Limiter) measure(at float64) {
	l.counted++
	if bucket := math.Floor(at/rateBucket) * rateBucket; bucket > l.bucket {
		current := float64(l.counted) / (bucket - l.bucket)
		l.measured = current*rateSmooth + l.measured*(1-rateSmooth)
		l.counted, l.bucket = 0, bucket
	}
}

func (l *Limiter) refill(at float64) {
	l.tokens = min(l.tokens+(at-l.refilled)*l.rate, l.capacity)
	l.refilled = at
}
