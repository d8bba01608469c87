package scenarios

import (
	"fmt"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// The slack of time bounds in real time, because the machine may be busy. Virtual time is exact.
const (
	slackEarly = 10 * time.Millisecond
	slackLate  = 250 * time.Millisecond
)

// contains reports whether d lies within b, with slack in real time.
func (o *outcome) contains(b script.DurationBound, d time.Duration) bool {
	if o.clock != script.Real {
		return b.Contains(d)
	}
	lo, hasLo := b.Min()
	hi, hasHi := b.Max()
	return (!hasLo || d >= lo-slackEarly) && (!hasHi || d <= hi+slackLate+hi/10)
}

func (c *checker) waits() {
	want := c.expect.Waits
	if want == nil {
		return
	}
	line := lineOr(want.Line, c.expect.At("waits").Line)
	if want.Policy {
		c.waitsByPolicy(line)
		return
	}
	got := c.account.waits()
	if len(got) != len(want.Each) {
		n := len(want.Each)
		c.missNumber("waits", line, printBounds(want.Each), printWaits(got),
			measured(Count, script.Exactly(n), len(got)), c.journal("")...)
		return
	}
	for i, b := range want.Each {
		if !c.drill.contains(b, got[i]) {
			c.missNumber("waits", lineOr(b.Line, line), fmt.Sprintf("%s for wait %d", b, i+1),
				fmt.Sprintf("%s of %s", evidence.Time(got[i]), printWaits(got)),
				measured(Nanoseconds, b, got[i]), c.journal("")...)
		}
	}
}

// waitsByPolicy checks that the declared retry policy allows each wait after its attempt.
func (c *checker) waitsByPolicy(line int) {
	policy := c.drill.policy
	if policy == nil {
		c.missAt("waits", line, "policy", "a client whose policy is not declared")
		return
	}
	for _, g := range c.groups {
		for i, a := range g.Attempts[1:] {
			lo, hi := policy(i+1, g.Attempts[i].Last(), previousWait(g, i))
			if !c.drill.contains(script.Between(lo, hi), a.Wait) {
				c.missNumber("waits", line,
					fmt.Sprintf("policy: %s to %s after attempt %d of %s", evidence.Time(lo), evidence.Time(hi),
						i+1, g.Title()),
					evidence.Time(a.Wait), measured(Nanoseconds, script.Between(lo, hi), a.Wait),
					c.journal(g.Operation)...)
			}
		}
	}
}

func previousWait(g Group, i int) time.Duration {
	if i == 0 {
		return 0
	}
	return g.Attempts[i].Wait
}

// waits returns the waits between requests, then those that the operations of calls saw.
func (s *account) waits() []time.Duration {
	waits := waitsOf(s.groups)
	for _, call := range s.calls {
		waits = append(waits, call.operation.Waits()...)
	}
	return waits
}

// waitsOf returns the waits of all groups, in their order.
func waitsOf(groups []Group) []time.Duration {
	var waits []time.Duration
	for _, g := range groups {
		waits = append(waits, g.Waits()...)
	}
	return waits
}

func printWaits(waits []time.Duration) string {
	texts := make([]string, len(waits))
	for i, w := range waits {
		texts[i] = evidence.Time(w)
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

func printBounds(bounds []script.DurationBound) string {
	texts := make([]string, len(bounds))
	for i, b := range bounds {
		texts[i] = b.String()
	}
	return "[" + strings.Join(texts, ", ") + "]"
}
