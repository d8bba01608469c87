package s3client

import "context"

// puller runs a function that gives numbers, in a goroutine of its own that runs only while the
// caller waits for the next number. iter.Pull does the same, but ends the process if the calling
// goroutine is locked to its thread.
type puller struct {
	resume chan struct{} // the caller wants a number
	given  chan int
	ended  chan struct{} // the function has returned

	panicked any // what the function panicked with
}

// startPuller starts give, which calls yield for each number. yield returns an error when the
// context has ended: give should return then.
func startPuller(ctx context.Context, give func(yield func(int) error)) *puller {
	p := &puller{resume: make(chan struct{}), given: make(chan int), ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		defer func() { p.panicked = recover() }()
		give(func(n int) error {
			select {
			case p.given <- n:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			select {
			case <-p.resume:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		})
	}()
	return p
}

// next returns the next number, or 0 when the function has returned.
func (p *puller) next() int {
	select {
	case p.resume <- struct{}{}:
	case <-p.ended:
	}
	return p.wait()
}

// wait returns the next number, or 0 when the function has returned. The function must be running:
// wait does not resume it.
func (p *puller) wait() int {
	select {
	case n := <-p.given:
		return n
	case <-p.ended:
		p.raise()
		return 0
	}
}

// end waits until the function has returned. The context must have ended.
func (p *puller) end() {
	<-p.ended
	p.raise()
}

// raise repeats a panic of the function in the goroutine of the caller, once.
func (p *puller) raise() {
	if value := p.panicked; value != nil {
		p.panicked = nil
		panic(value)
	}
}
