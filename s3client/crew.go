package s3client

import (
	"context"
	"sync"
)

// crew runs jobs of one transfer at the same time, within a number of jobs and a sum of their
// weights. One goroutine admits and starts the jobs. The first failure cancels the others.
type crew struct {
	most int   // jobs at once
	room int64 // weight at once; a single job may weigh more

	ctx    context.Context
	cancel context.CancelCauseFunc
	group  sync.WaitGroup
	ended  chan int64 // weights of jobs that have ended
	jobs   int
	weight int64

	first sync.Once
	err   error // the first failure
}

func newCrew(ctx context.Context, most int, room int64) *crew {
	ctx, cancel := context.WithCancelCause(ctx)
	return &crew{most: most, room: room, ctx: ctx, cancel: cancel, ended: make(chan int64, most)}
}

// admit waits until a job of the weight may start. False: a job has failed, or the caller's context
// has ended.
func (c *crew) admit(weight int64) bool {
	for c.jobs > 0 && (c.jobs == c.most || c.weight+weight > c.room) {
		select {
		case n := <-c.ended:
			c.jobs--
			c.weight -= n
		case <-c.ctx.Done():
			return false
		}
	}
	return c.ctx.Err() == nil
}

// start runs a job that was admitted.
func (c *crew) start(weight int64, job func(ctx context.Context) error) {
	c.jobs++
	c.weight += weight
	c.group.Go(func() {
		if err := job(c.ctx); err != nil {
			c.fail(err)
		}
		c.ended <- weight
	})
}

// fail ends the transfer with err, unless another failure was first.
func (c *crew) fail(err error) {
	c.first.Do(func() {
		c.err = err
		c.cancel(err)
	})
}

// wait waits for all jobs, and returns the first failure.
func (c *crew) wait() error {
	c.group.Wait()
	defer c.cancel(nil)
	if c.err != nil {
		return c.err
	}
	return context.Cause(c.ctx)
}
