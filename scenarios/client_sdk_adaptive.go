package scenarios

import (
	"context"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	awsretry "github.com/aws/aws-sdk-go-v2/aws/retry"
)

// adaptive is the SDK's adaptive mode with another way to wait for a token. The SDK sleeps for a
// computed time, which rounds to zero in the end. In virtual time the SDK would then ask forever.
type adaptive struct {
	*awsretry.AdaptiveMode
	seed    uint64
	ordered bool // in virtual time: steps that ask at the same instant ask in a fixed order

	mu    sync.Mutex
	asked map[string]uint64 // how often each step has asked
}

// tokenPoll is the interval at which a step asks for a token.
const tokenPoll = time.Millisecond

// GetAttemptToken returns a token as soon as the bucket has one, or the error of the context.
func (a *adaptive) GetAttemptToken(ctx context.Context) (func(error) error, error) {
	pause := time.Duration(0)
	if a.ordered {
		pause = a.place(stepOf(ctx))
	}
	for {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, fmt.Errorf("failed to wait for token to be available, %w", ctx.Err())
		}
		release, err := a.AdaptiveMode.GetAttemptToken(ctx)
		if err == nil {
			return release, nil
		}
		pause = tokenPoll
	}
}

// place returns how long a step waits before it asks: less than a millisecond, drawn from its name.
// Steps that ask at the same instant share one token bucket. Without the pause the scheduler would
// decide which of them gets the last token.
func (a *adaptive) place(step string) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.asked == nil {
		a.asked = make(map[string]uint64)
	}
	a.asked[step]++
	name := fnv.New64a()
	name.Write([]byte(step))
	return 1 + time.Duration(fraction(a.seed, name.Sum64(), a.asked[step])*float64(time.Millisecond-1))
}
