package guide

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/retry"
)

// This file repeats the simulation of "Exponential Backoff And Jitter" (AWS Architecture Blog,
// 2015; github.com/aws-samples/aws-arch-backoff-simulator) with the engine: 190 clients update one
// row, and share one Retryer.

const (
	writers = 190
	runs    = 30
)

// contested is a jitter and the figures that AWS's simulator gives for it.
type contested struct {
	jitter  retry.Jitter
	initial time.Duration // the simulator's first delay is 2 · 5 ms, decorrelated 5 ms
	took    time.Duration
	calls   int
}

var contests = []contested{
	{retry.JitterFull, 10 * time.Millisecond, 7502 * time.Millisecond, 1773},
	{retry.JitterEqual, 10 * time.Millisecond, 9311 * time.Millisecond, 1758},
	{retry.JitterDecorrelated, 5 * time.Millisecond, 7854 * time.Millisecond, 2428},
}

var errConflict = retry.Retryable(errors.New("the row has changed since it was read"))

// row is a row with a version. A write succeeds if no other came since the read.
type row struct {
	mu      sync.Mutex
	version int
	writes  int
}

func (r *row) read() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.version
}

func (r *row) write(version int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writes++
	if version != r.version {
		return errConflict
	}
	r.version++
	return nil
}

// contention lets all writers update a row once. It returns how long that took and how many writes
// it cost. It runs in virtual time.
func contention(c contested, run uint64) (took time.Duration, calls int, err error) {
	r, err := retry.New(retry.Config{
		MaxAttempts: retry.Unlimited, InitialDelay: c.initial, MaxDelay: 2 * time.Second, Jitter: c.jitter,
		Seed: run + 1,
	})
	if err != nil {
		return 0, 0, err
	}
	var (
		shared row
		all    sync.WaitGroup
	)
	start, errs := time.Now(), make([]error, writers)
	for writer := range writers {
		all.Go(func() {
			random := rand.New(rand.NewPCG(run, uint64(writer)))
			network := func() time.Duration { // milliseconds: mean 10, standard deviation 2
				return time.Duration(math.Abs(10+2*random.NormFloat64()) * 1e6)
			}
			ctx := retry.WithIdentity(context.Background(), strconv.Itoa(writer))
			errs[writer] = r.Do(ctx, func(context.Context, int) error {
				time.Sleep(network())
				version := shared.read()
				time.Sleep(network() + network())
				err := shared.write(version)
				time.Sleep(network())
				return err
			})
		})
	}
	all.Wait()
	return time.Since(start), shared.writes, errors.Join(errs...)
}

// contended is the mean of all runs.
type contended struct {
	took  time.Duration
	calls int
}

// contentionTable shows the engine's figures beside those of AWS.
func contentionTable(results []contended) string {
	rows := [][]string{{"jitter", "AWS: time", "calls", "this engine: time", "calls"}}
	for i, c := range contests {
		rows = append(rows, []string{
			c.jitter.String(), fmt.Sprint(c.took.Milliseconds(), " ms"), strconv.Itoa(c.calls),
			fmt.Sprint(results[i].took.Milliseconds(), " ms"), strconv.Itoa(results[i].calls),
		})
	}
	return table(rows)
}
