package scenarios

import (
	"time"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A Window is the range of waits that a drill allows before an attempt, without the slack of real
// time.
type Window struct {
	Min time.Duration
	Max *time.Duration // nil: no upper bound
}

// allowWaits notes at each attempt which wait before it the drill's `expect` allows, for the
// timelines of reports. A client that the drill is not written for has no windows.
func (o *outcome) allowWaits(foreign bool) {
	if foreign {
		return
	}
	o.allow(o.groups, &o.scenario.Expect)
	for _, n := range allNodes(o.nodes) {
		if n.expect != nil {
			o.allow(o.account(n).groups, n.expect)
		}
	}
}

// allow notes the windows of one `expect`. It notes none if their number is not that of the waits,
// because it is then unknown which window a wait misses.
func (o *outcome) allow(groups []Group, e *script.Expect) {
	if e.Waits == nil {
		return
	}
	waits := waitsOf(groups)
	if !e.Waits.Policy && len(waits) != len(e.Waits.Each) || e.Waits.Policy && o.policy == nil {
		return
	}
	next := 0
	for _, g := range groups {
		if g.Concurrent {
			continue
		}
		for i := range g.Attempts[1:] {
			var bound script.DurationBound
			if e.Waits.Policy {
				bound = script.Between(o.policy(i+1, g.Attempts[i].Last(), previousWait(g, i)))
			} else {
				bound = e.Waits.Each[next]
			}
			g.Attempts[i+1].Allowed = windowOf(bound)
			next++
		}
	}
}

func windowOf(b script.DurationBound) *Window {
	lo, _ := b.Min()
	w := &Window{Min: lo}
	if hi, has := b.Max(); has {
		w.Max = &hi
	}
	return w
}
