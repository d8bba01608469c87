package retry

import (
	"context"
	"math/rand/v2"
	"sync"
)

// This file decides which delays a call draws, so that two calls never wait alike and a Retryer
// with a Seed repeats its delays exactly.

type identityKey struct{}

// WithIdentity returns a context whose calls draw their delays as identity.
//
// It matters to a Retryer with a Config.Seed only. Such a Retryer counts the calls of each name and
// draws the delays of a call from the seed, the name and the call's number; a call gets its number
// when it draws its first delay. Where calls of one name run at the same time, the scheduler
// decides on the numbers. If every goroutine puts an identity of its own into the context, the
// number counts per identity and name, and each goroutine gets the same delays in every run. "" is
// the same as no identity.
//
// A test that runs operations concurrently uses what tells them apart as identity: the step, the
// operation and the byte range, for example.
func WithIdentity(ctx context.Context, identity string) context.Context {
	return context.WithValue(ctx, identityKey{}, identity)
}

// dice holds random bits of one call. The delays of the call are drawn from them, the seed, the
// name and the number of the attempt.
type dice struct {
	bits  uint64
	drawn bool
}

// salt returns the bits of the call. With a Seed, the first call of a name without an identity has
// 0: [Retryer.Delay] returns the delays of that call.
func (d *dice) salt(ctx context.Context, r *Retryer, name string) uint64 {
	if !d.drawn {
		d.bits, d.drawn = r.salt(ctx, name), true
	}
	return d.bits
}

func (r *Retryer) salt(ctx context.Context, name string) uint64 {
	if r.calls == nil {
		return rand.Uint64()
	}
	identity, _ := ctx.Value(identityKey{}).(string)
	number := r.calls.next(counted{identity, name})
	if identity == "" && number == 1 {
		return 0
	}
	return draw(number, identity, 0)
}

// callCounts counts the calls of each identity and name that drew delays.
type callCounts struct {
	mu   sync.Mutex
	seen map[counted]uint64
}

type counted struct{ identity, name string }

// mostCounted bounds the memory of a callCounts, which then starts anew.
const mostCounted = 1 << 16

// next returns the number of the call, from 1.
func (t *callCounts) next(key counted) uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.seen) == mostCounted {
		clear(t.seen)
	}
	t.seen[key]++
	return t.seen[key]
}
