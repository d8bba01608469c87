package scenarios

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"math"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsretry "github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file holds the SDK's retries: the retryer with jitter of the scenario's seed, and what the
// SDK documents of its waits.

// sdkRetryer returns the SDK's retryer, except that its jitter comes from the seed. The SDK draws
// it from crypto/rand.
func sdkRetryer(s *script.SDK, c ClientConfig) aws.Retryer {
	seed, drawn := c.Seed, &draws{}
	standard := func(o *awsretry.StandardOptions) {
		set(&o.MaxAttempts, s.MaxAttempts)
		o.Backoff = awsretry.BackoffDelayerFunc(func(attempt int, err error) (time.Duration, error) {
			ceiling := sdkCeiling(attempt,
				awsretry.IsErrorThrottles(o.Throttles).IsErrorThrottle(err) == aws.TrueTernary)
			return time.Duration(float64(ceiling) * fraction(drawn.words(seed, attempt)...)), nil
		})
	}
	switch s.Mode {
	case script.SDKOff:
		return aws.NopRetryer{}
	case script.SDKAdaptive:
		mode := awsretry.NewAdaptiveMode(func(o *awsretry.AdaptiveModeOptions) {
			o.StandardOptions = append(o.StandardOptions, standard)
			o.FailOnNoAttemptTokens = true
		})
		return &adaptive{AdaptiveMode: mode, seed: seed, ordered: c.virtual}
	}
	return awsretry.NewStandard(standard)
}

// draws counts the waits that the calls of one client draw, by the number of the attempt.
type draws struct {
	mu    sync.Mutex
	drawn map[int]uint64
}

// words returns what the jitter of a call's wait is drawn from. The SDK's retryer does not know the
// call, so that the calls that draw after the same attempt are counted.
func (d *draws) words(seed uint64, attempt int) []uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.drawn == nil {
		d.drawn = make(map[int]uint64)
	}
	n := d.drawn[attempt]
	d.drawn[attempt]++
	if n == 0 { // the first call: as a client with one call has always drawn
		return []uint64{seed, uint64(attempt)}
	}
	return []uint64{seed, uint64(attempt), n}
}

// sdkCeiling returns the longest wait that the SDK's jitter can give: b · min(x · 2^i, 20 s), from
// AWS's "retry behaviour 2.1".
func sdkCeiling(attempt int, throttled bool) time.Duration {
	base := 50 * time.Millisecond
	if throttled {
		base = time.Second
	}
	return time.Duration(min(float64(base)*math.Pow(2, float64(max(0, attempt-1))),
		float64(awsretry.DefaultMaxBackoff)))
}

// fraction returns a number from 0 up to but not including 1. The same words give the same number.
func fraction(words ...uint64) float64 {
	h := fnv.New64a()
	var word [8]byte
	for _, w := range words {
		binary.BigEndian.PutUint64(word[:], w)
		h.Write(word[:])
	}
	x := h.Sum64()
	x ^= x >> 32
	x *= 0xd6e8feb86659fd93
	x ^= x >> 32
	return float64(x>>11) / (1 << 53)
}

// sdkPolicy returns the bounds that the SDK documents for each wait. The adaptive mode also waits
// for a token, without an upper bound.
func sdkPolicy(s *script.SDK) policy {
	return func(attempt int, ended faultproxy.Record, _ time.Duration) (lo, hi time.Duration) {
		if s.Mode == script.SDKAdaptive {
			return 0, math.MaxInt64
		}
		_, throttled := awsretry.DefaultThrottleErrorCodes[ended.ErrorCode]
		return 0, sdkCeiling(attempt, throttled)
	}
}

func sdkExhausted(err error) bool {
	_, ok := errors.AsType[*awsretry.MaxAttemptsError](err)
	return ok
}

// sdkPermanent reports whether err is a response that the SDK does not retry, also because its
// retries are off.
func sdkPermanent(err error) bool {
	_, sdk := errors.AsType[*smithy.OperationError](err)
	canceled := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
	return sdk && !canceled && !sdkExhausted(err)
}
