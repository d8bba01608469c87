package scripted

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// An Operation is the operation of one call. It is safe for concurrent use.
type Operation struct {
	call   *script.Call
	now    func() time.Duration // scenario time
	over   <-chan struct{}      // closed when the drill is over; nil: never
	cancel context.CancelCauseFunc

	mu     sync.Mutex
	seen   []Seen
	closed []int
}

// Seen is what the operation saw of one attempt. All times are scenario time.
type Seen struct {
	Number int // that the engine gave it
	Start  time.Duration
	End    time.Duration // 0 while it runs
	Limit  time.Duration // from Start to the deadline of its context; 0: no deadline
	Cause  error         // why its context had ended when the attempt ended; nil: it had not
}

// New returns the operation of a call. now returns scenario time. An attempt that still runs when
// over is closed ends then, so that no goroutine outlives the drill because of the file.
func New(call *script.Call, now func() time.Duration, over <-chan struct{}) *Operation {
	return &Operation{call: call, now: now, over: over}
}

// Context returns the context of the call, which the operation may cancel. The caller must call
// release when the call is over.
func (o *Operation) Context(ctx context.Context) (_ context.Context, release func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	o.cancel = cancel
	if o.call.Canceled != nil {
		cancel(errors.New(*o.call.Canceled))
	}
	return ctx, func() { cancel(nil) }
}

// A Panic is what an attempt panics with.
type Panic struct{ Text string }

// Attempt makes one attempt: the engine calls it.
func (o *Operation) Attempt(ctx context.Context, number int) (value any, err error) {
	i, does := o.begin(ctx, number)
	defer func() { o.end(ctx, i) }()
	if ended := o.rest(ctx, does); ended != nil {
		return nil, ended
	}
	if does.Cancels != nil {
		o.cancel(errors.New(*does.Cancels))
	}
	switch {
	case does.Panics != nil:
		panic(Panic{*does.Panics})
	case does.Exits:
		runtime.Goexit()
	}
	return o.value(i+1, does.Result), failure(does.Error)
}

// begin notes the start of an attempt, and returns its index and what it does.
func (o *Operation) begin(ctx context.Context, number int) (int, *script.CallAttempt) {
	o.mu.Lock()
	defer o.mu.Unlock()
	seen := Seen{Number: number, Start: o.now()}
	if deadline, ok := ctx.Deadline(); ok {
		seen.Limit = time.Until(deadline)
	}
	o.seen = append(o.seen, seen)
	return len(o.seen) - 1, o.call.Attempt(len(o.seen))
}

func (o *Operation) end(ctx context.Context, i int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.seen[i].End = o.now()
	o.seen[i].Cause = context.Cause(ctx)
}

var errOver = errors.New("the drill is over")

// rest lets the time of an attempt pass. It returns the error of the context if that ends before.
func (o *Operation) rest(ctx context.Context, does *script.CallAttempt) error {
	if does.Takes == 0 {
		return nil
	}
	timer := time.NewTimer(does.Takes)
	defer timer.Stop()
	ended := ctx.Done()
	if does.Deaf {
		ended = nil
	}
	select {
	case <-timer.C:
		return nil
	case <-ended:
		return ctx.Err()
	case <-o.over:
		return errOver
	}
}

// Seen returns what the operation has seen so far, in the order in which the attempts began.
func (o *Operation) Seen() []Seen {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.seen)
}

// Closed returns the numbers of the attempts whose results were closed, sorted.
func (o *Operation) Closed() []int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Sorted(slices.Values(o.closed))
}

// Waits returns the times from the end of each attempt to the start of the next; 0 where that began
// before the end.
func (o *Operation) Waits() []time.Duration {
	var waits []time.Duration
	seen := o.Seen()
	for i := 1; i < len(seen); i++ {
		waits = append(waits, max(0, seen[i].Start-seen[i-1].End))
	}
	return waits
}

// A closer is a result that notes when it is closed.
type closer struct {
	text  string
	close func()
}

func (c *closer) Close() error {
	c.close()
	return errors.New("the caller of Close has another result")
}

// A response is a result whose body is closed.
type response struct {
	Status int
	Body   io.Closer
}

// value makes the result of the n-th attempt.
func (o *Operation) value(n int, text string) any {
	c := &closer{text, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.closed = append(o.closed, n)
	}}
	switch o.call.Values {
	case script.CloseSelf:
		return c
	case script.CloseBody:
		return &response{Body: c}
	}
	return text
}

// TextOf returns the text of a result: "" for nil.
func TextOf(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case *closer:
		return v.text
	case *response:
		return TextOf(v.Body)
	}
	return fmt.Sprint(value)
}
