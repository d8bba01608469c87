package bench

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/eapache/go-resiliency/breaker"
	"github.com/eapache/go-resiliency/retrier"
)

type eapacheClass struct{}

func (eapacheClass) Classify(err error) retrier.Action {
	switch {
	case err == nil:
		return retrier.Succeed
	case errors.Is(err, errFault):
		return retrier.Retry
	}
	return retrier.Fail
}

func eapacheRetrier(delay time.Duration) *retrier.Retrier {
	r := retrier.New(retrier.ConstantBackoff(2, delay), eapacheClass{})
	r.SetJitter(0.25)
	return r
}

// The caller's closure stores the value in a variable, because the library returns no value.
func eapache(delay time.Duration, op func(context.Context, int) (int, error)) subject {
	return subject{"eapache", "ctx value classify", func(b *testing.B, ctx context.Context) {
		r := eapacheRetrier(delay)
		for range b.N {
			var value int
			err := r.RunFn(ctx, func(ctx context.Context, retries int) (err error) {
				value, err = op(ctx, retries+1)
				return err
			})
			want(b, value, err)
		}
	}}
}

func eapacheEverything(op func(context.Context, int) (int, error)) subject {
	return subject{"eapache", "ctx value classify breaker", func(b *testing.B, ctx context.Context) {
		r := eapacheRetrier(0)
		circuit := breaker.New(1<<30, 1, time.Second)
		for range b.N {
			var value int
			err := r.RunFn(ctx, func(ctx context.Context, retries int) error {
				return circuit.Run(func() (err error) {
					value, err = op(ctx, retries+1)
					return err
				})
			})
			want(b, value, err)
		}
	}}
}

func eapacheParallel() subject {
	return subject{"eapache", "ctx value classify breaker", func(b *testing.B, ctx context.Context) {
		r := eapacheRetrier(0)
		circuit := breaker.New(1<<30, 1, time.Second)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				var value int
				err := r.RunFn(ctx, func(ctx context.Context, retries int) error {
					return circuit.Run(func() (err error) {
						value, err = succeed(ctx, retries+1)
						return err
					})
				})
				want(b, value, err)
			}
		})
	}}
}
