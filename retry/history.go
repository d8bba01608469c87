package retry

import (
	"slices"
	"time"
)

// history remembers failed attempts. The first two need no memory of their own, so that a call that
// recovers from them allocates nothing.
type history struct {
	inline  [2]Attempt
	n       int // used of inline
	more    []Attempt
	dropped int
}

// add appends an empty attempt and returns it, so that the caller fills it in place. Beyond the
// limit it drops the attempt in the middle: the first and the latest attempts say most.
func (h *history) add(limit int) *Attempt {
	if h.more == nil && h.n < len(h.inline) && h.n < limit {
		h.n++
		return &h.inline[h.n-1]
	}
	if h.more == nil {
		h.more = append(make([]Attempt, 0, 2*len(h.inline)), h.inline[:h.n]...)
	}
	h.more = append(h.more, Attempt{})
	if len(h.more) > limit {
		middle := limit / 2
		h.more = slices.Delete(h.more, middle, middle+1)
		h.dropped++
	}
	return h.last()
}

// waits records the wait that follows the newest attempt.
func (h *history) waits(d time.Duration) { h.last().Wait = d }

// last returns the newest attempt. The caller has added one before.
func (h *history) last() *Attempt {
	if len(h.more) > 0 {
		return &h.more[len(h.more)-1]
	}
	return &h.inline[h.n-1]
}

// list returns the attempts, on the heap, and how many were dropped.
func (h *history) list() ([]Attempt, int) {
	if h.more != nil {
		return h.more, h.dropped
	}
	return slices.Clone(h.inline[:h.n]), 0
}
