package profile

import (
	"context"
	"slices"
	"sync"
)

// A gate lets so many drills run at a time. Of those that wait it lets the most telling go first.
type gate struct {
	mu      sync.Mutex
	free    int
	waiting [samples + 1][]chan struct{} // by priority, in the order of arrival
}

// enter waits for a place. It returns false, without a place, if ctx ends before.
func (g *gate) enter(ctx context.Context, priority int) bool {
	turn := make(chan struct{})
	g.mu.Lock()
	g.waiting[priority] = append(g.waiting[priority], turn)
	g.admit()
	g.mu.Unlock()
	select {
	case <-turn:
		if ctx.Err() == nil {
			return true
		}
		g.leave()
	case <-ctx.Done():
		g.withdraw(turn, priority)
	}
	return false
}

// withdraw takes a drill out that does not wait any more. If it has a place already, it leaves.
func (g *gate) withdraw(turn chan struct{}, priority int) {
	g.mu.Lock()
	i := slices.Index(g.waiting[priority], turn)
	if i >= 0 {
		g.waiting[priority] = slices.Delete(g.waiting[priority], i, i+1)
	}
	g.mu.Unlock()
	if i < 0 {
		g.leave()
	}
}

// leave gives a place back.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.free++
	g.admit()
}

// admit gives the free places to the drills that wait.
func (g *gate) admit() {
	for priority := range g.waiting {
		for g.free > 0 && len(g.waiting[priority]) > 0 {
			close(g.waiting[priority][0])
			g.waiting[priority] = g.waiting[priority][1:]
			g.free--
		}
	}
}
