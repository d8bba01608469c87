package faultproxy

import (
	"context"
	"iter"
	"sync"
)

// followLimit is how many events a Follower holds for a reader that is behind.
const followLimit = 4096

// Follower reads the journal as it is written: each record on arrival and again when it is done.
// The proxy never waits for a reader: one that is too far behind loses its oldest events, and Lost
// counts them.
type Follower struct {
	journal *Journal

	mu     sync.Mutex
	events []Record
	lost   int
	ready  chan struct{} // holds a token while there may be events
}

// Follow begins to read what is written from now on. Close ends it.
func (j *Journal) Follow() *Follower {
	f := &Follower{journal: j, ready: make(chan struct{}, 1)}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.followers[f] = struct{}{}
	return f
}

// tell hands the entry to all followers; j.mu is held, which keeps their order the journal's.
func (j *Journal) tell(e *entry) {
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
		drop := followLimit / 4 // in blocks: moving the rest for every event would be slow
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

// Next returns the next event, waiting for it. The error is that of ctx, by its cause.
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

// All returns the events until ctx ends.
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

// Lost returns how many events were dropped because the reader was behind.
func (f *Follower) Lost() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lost
}

// Close ends the reading; events not yet read can still be.
func (f *Follower) Close() {
	f.journal.mu.Lock()
	defer f.journal.mu.Unlock()
	delete(f.journal.followers, f)
}
