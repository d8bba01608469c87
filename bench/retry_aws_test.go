package bench

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	awsretry "github.com/aws/aws-sdk-go-v2/aws/retry"
)

type awsFault struct{}

func (awsFault) IsErrorRetryable(err error) aws.Ternary {
	return aws.BoolTernary(errors.Is(err, errFault))
}

func awsBucket() awsretry.RateLimiter { return ratelimit.NewTokenRateLimit(deepBucket) }

// awsStandard returns the SDK's standard retryer; without a bucket it has no budget.
func awsStandard(delay time.Duration, bucket awsretry.RateLimiter) *awsretry.Standard {
	if bucket == nil {
		bucket = ratelimit.None
	}
	return awsretry.NewStandard(func(o *awsretry.StandardOptions) {
		o.MaxAttempts = 3
		o.RateLimiter = bucket
		o.RetryCost = 1
		o.Retryables = []awsretry.IsErrorRetryable{awsFault{}}
		o.Backoff = awsretry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return delay, nil })
	})
}

// awsLoop drives the SDK's retryer with the smallest loop that its interface allows. The SDK's own
// loop is a middleware around an HTTP request, and costs more.
func awsLoop(ctx context.Context, r aws.RetryerV2, op func(context.Context, int) (int, error)) (int, error) {
	var release func(error) error
	for attempt := 1; ; attempt++ {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		done, err := r.GetAttemptToken(ctx)
		if err != nil {
			return 0, err
		}
		value, err := op(ctx, attempt)
		if release != nil {
			if failed := release(err); failed != nil {
				return value, failed
			}
		}
		if failed := done(err); failed != nil {
			return value, failed
		}
		if err == nil || attempt >= r.MaxAttempts() || !r.IsErrorRetryable(err) {
			return value, err
		}
		if release, err = r.GetRetryToken(ctx, err); err != nil {
			return value, err
		}
		delay, err := r.RetryDelay(attempt, errFault)
		if err != nil {
			return value, err
		}
		if delay > 0 {
			timer := time.NewTimer(delay)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
				return value, ctx.Err()
			}
		}
	}
}

func awsRetryer(
	on string, delay time.Duration, bucket awsretry.RateLimiter, op func(context.Context, int) (int, error),
) subject {
	return subject{"aws", on, func(b *testing.B, ctx context.Context) {
		r := awsStandard(delay, bucket)
		for range b.N {
			value, err := awsLoop(ctx, r, op)
			want(b, value, err)
		}
	}}
}

func awsParallel() subject {
	return subject{"aws", "ctx value classify budget", func(b *testing.B, ctx context.Context) {
		r := awsStandard(0, awsBucket())
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				value, err := awsLoop(ctx, r, succeed)
				want(b, value, err)
			}
		})
	}}
}

func awsDelay() subject {
	return subject{"aws", "full-jitter", func(b *testing.B, _ context.Context) {
		delays := awsretry.NewExponentialJitterBackoff(30 * time.Second)
		n := 0
		for range b.N {
			n = n&3 + 1
			if delay, err := delays.BackoffDelay(n, errFault); delay < 0 || err != nil {
				b.Fatal(delay, err)
			}
		}
	}}
}
