package scenarios

import (
	"sync"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// holds tells when the rules that signals name hold an exchange for the first time.
type holds struct {
	mu    sync.Mutex
	first map[string]chan struct{} // by rule; closed when it holds one
}

// newHolds returns the holds of a scenario's signals.
func newHolds(s *script.Scenario) *holds {
	h := &holds{first: make(map[string]chan struct{})}
	for _, one := range s.Signal {
		if one.HeldBy != "" {
			h.first[one.HeldBy] = make(chan struct{})
		}
	}
	return h
}

// of returns a channel that is closed when the rule holds its first exchange.
func (h *holds) of(rule string) <-chan struct{} { return h.first[rule] }

// held notes that a rule holds an exchange.
func (h *holds) held(rule string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	first, awaited := h.first[rule]
	if !awaited {
		return
	}
	select {
	case <-first:
	default:
		close(first)
	}
}
