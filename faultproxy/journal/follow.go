package journal

import (
	"context"
	"iter"
	"sync"
)

// followLimit is the number of unread events that a Follower holds.
const followLimit = 4096

// Follower reads the journal while the proxy writes it: each record on arrival and again when it is
// done. The proxy never waits for a Follower. A Follower holds at most 4096 unread events; when
// more come it drops the oldest, and Lost counts them.
type Follower struct {
	journal *Journal

	mu     sync.Mutex
	events []Record
	lost   int
	ready  chan struct{} // holds a token if there may be events
}

// Follow returns a Follower of the events from now on. The caller must close it.
func (j *Journal) Follow() *Follower {
	f := &Follower{journal: j, ready: make(chan struct{}, 1)}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.followers[f] = struct{}{}
	return f
}

// publish hands the entry to all followers. The caller holds j.mu, so that all followers see the
// same order.
func (j *Journal) publish(e *Entry) {
	if len(j.followers) == 0 {
		return
	}
	r := e.snapshot()
	for f := range j.followers {
		f.push(r)
	}
}

func (f *Follower) push(r Record) {
	f.mu.Lock()
	if len(f.events) >= followLimit {
		drop := followLimit / 4 // a block at a time, because moving the others for each event would be slow
		f.events = append(f.events[:0], f.events[drop:]...)
		f.lost += drop
	}
	f.events = append(f.events, r)
	f.mu.Unlock()
	select {
	case f.ready <- struct{}{}:
	default:
	}
}

// Next waits for the next event and returns it. If ctx ends first, Next returns the cause of ctx as
// its error.
func (f *Follower) Next(ctx context.Context) (Record, error) {
	for {
		f.mu.Lock()
		if len(f.events) > 0 {
			r := f.events[0]
			f.events = f.events[1:]
			f.mu.Unlock()
			return r, nil
		}
		f.mu.Unlock()
		select {
		case <-f.ready:
		case <-ctx.Done():
			return Record{}, context.Cause(ctx)
		}
	}
}

// All returns an iterator over the events. It ends when ctx does.
func (f *Follower) All(ctx context.Context) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		for {
			r, err := f.Next(ctx)
			if err != nil || !yield(r) {
				return
			}
		}
	}
}

// Lost returns how many events were dropped because the reader was too slow.
func (f *Follower) Lost() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lost
}

// Close stops the Follower: it receives no more events. Next still returns the unread ones.
func (f *Follower) Close() {
	f.journal.mu.Lock()
	defer f.journal.mu.Unlock()
	delete(f.journal.followers, f)
}
