package scenarios

import (
	"context"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	awsretry "github.com/aws/aws-sdk-go-v2/aws/retry"
)

// adaptive is the SDK's adaptive mode, except for how it waits for a token. The SDK sleeps for the
// time that it computes, and what it computes last rounds to zero, so that under virtual time it
// would ask without end.
type adaptive struct {
	*awsretry.AdaptiveMode
	seed    uint64
	ordered bool // steps that ask at one instant ask one after another: virtual time only

	mu    sync.Mutex
	asked map[string]uint64 // how often each step has asked
}

// tokenPoll is how often a token is asked for.
const tokenPoll = time.Millisecond

// GetAttemptToken returns a token as soon as there is one, or the error of the context.
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

// place is how long a step waits before it asks: less than a millisecond, drawn from its name. The
// steps of one instant share one bucket of tokens, and without the pause the scheduler would decide
// which of them gets the last one.
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
