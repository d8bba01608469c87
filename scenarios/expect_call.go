package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/internal/scripted"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file checks what a `call` step expects.

// callsNumbered adds a reason for each call whose engine numbered the attempts wrongly, whatever
// the step expects.
func (c *checker) callsNumbered() {
	if c.step == "" {
		return // its steps check it
	}
	for _, call := range c.account.calls {
		var got, want []int
		for i, seen := range call.operation.Seen() {
			got, want = append(got, seen.Number), append(want, i+1)
		}
		if !slices.Equal(got, want) {
			c.miss("attempts", fmt.Sprintf("attempts numbered %v", want), fmt.Sprint(got))
		}
	}
}

// A callChecker checks one call.
type callChecker struct {
	*checker
	call *called
	want *script.CallExpect
}

// calls checks what the step expects of its call.
func (c *checker) calls() {
	c.callsNumbered()
	want := c.expect.Call
	if want == nil {
		return
	}
	if len(c.account.calls) == 0 {
		c.miss("call", "a call", "the call did not begin")
	}
	for _, call := range c.account.calls {
		k := &callChecker{c, call, want}
		k.seen()
		k.told()
		k.remembered()
		k.found()
		k.shared()
		k.compared()
	}
}

// missing adds a reason about a key of `expect.call`.
func (c *callChecker) missing(key, expected, got string) {
	c.missAt("call."+key, lineOr(c.want.At(key).Line, c.expect.At("call").Line), expected, got)
}

// seen checks what the operation saw.
func (c *callChecker) seen() {
	var starts, limits []time.Duration
	var causes []string
	for _, s := range c.call.operation.Seen() {
		starts, limits = append(starts, s.Start-c.start), append(limits, s.Limit)
		causes = append(causes, describeCause(s.Cause))
	}
	c.durations("starts", c.want.Starts, starts)
	c.durations("limits", c.want.Limits, limits)
	c.lines("causes", c.want.Causes, causes)
	if closed := c.call.operation.Closed(); c.want.Closed != nil && !slices.Equal(c.want.Closed, closed) {
		c.missing("closed", fmt.Sprint(c.want.Closed), fmt.Sprint(closed))
	}
	if result := scripted.TextOf(c.call.result.Value); c.want.Result != nil && *c.want.Result != result {
		c.missing("result", fmt.Sprintf("%q", *c.want.Result), fmt.Sprintf("%q", result))
	}
}

func describeCause(cause error) string {
	if cause == nil {
		return "none"
	}
	return cause.Error()
}

// told checks what the engine told its observers.
func (c *callChecker) told() {
	c.lines("log", c.want.Log, c.call.heard.Log())
	c.lines("events", c.want.Events, c.call.heard.Events())
	c.lines("retries", c.want.Retries, c.call.heard.Retries())
	c.lines("changes", c.want.Changes, c.call.heard.Changes())
}

// remembered checks what the error of the engine says of its call.
func (c *callChecker) remembered() {
	failed, ok := errors.AsType[*retry.Error](c.call.err)
	if !ok {
		for _, key := range []string{"history", "dropped", "made", "waited", "lasted"} {
			if c.want.Has(key) {
				c.missing(key, "an error of the engine", fmt.Sprint(c.call.err))
			}
		}
		return
	}
	var history []string
	for _, a := range failed.History {
		history = append(history, scripted.AttemptLine(a))
	}
	c.lines("history", c.want.History, history)
	within(c, "dropped", c.want.Dropped, failed.Dropped)
	within(c, "made", c.want.Made, failed.Attempts)
	within(c, "waited", c.want.Waited, failed.Waited)
	within(c, "lasted", c.want.Lasted, failed.Elapsed)
}

// found checks what errors.Is finds in the error of the engine.
func (c *callChecker) found() {
	for _, known := range c.want.Finds {
		if !errors.Is(c.call.err, known.Value()) {
			c.missing("finds", string(known)+" in the error", fmt.Sprint(c.call.err))
		}
	}
	for _, known := range c.want.Lacks {
		if errors.Is(c.call.err, known.Value()) {
			c.missing("lacks", "no "+string(known)+" in the error", fmt.Sprint(c.call.err))
		}
	}
}

// shared checks the budget and the circuit of the key after the call.
func (c *callChecker) shared() {
	if want := c.want.Tokens; want != nil && float64(*want) != c.call.result.Tokens {
		c.missing("tokens", fmt.Sprint(*want), fmt.Sprint(c.call.result.Tokens))
	}
	c.lines("levels", c.want.Levels, scripted.Values(c.call.result.Levels))
	c.lines("circuits", c.want.Circuits, scripted.Values(c.call.result.Circuits))
	if got := c.call.result.Circuit.String(); c.want.Circuit != "" && string(c.want.Circuit) != got {
		c.missing("circuit", string(c.want.Circuit), got)
	}
}

// compared compares the waits with those of other calls.
func (c *callChecker) compared() {
	got := c.call.operation.Waits()
	for _, other := range []struct{ key, name string }{{"alike", c.want.Alike}, {"unlike", c.want.Unlike}} {
		key, name := other.key, other.name
		if name == "" {
			continue
		}
		calls := callsNamed(c.drill.nodes, name)
		if len(calls) == 0 {
			c.missing(key, "a call "+name, "the call "+name+" did not begin")
		}
		for _, n := range calls {
			others := n.called.operation.Waits()
			fits := len(got) > 0 && len(got) == len(others)
			for i := range min(len(got), len(others)) {
				fits = fits && (got[i] == others[i]) == (key == "alike")
			}
			if !fits {
				c.missing(key, fmt.Sprintf("waits %s those of %s, %s", key, name, exactly(others)), exactly(got))
			}
		}
	}
}

// callsNamed returns the steps of this name whose call began.
func callsNamed(nodes []*node, name string) []*node {
	return slices.DeleteFunc(allNodes(nodes), func(n *node) bool { return n.Name != name || n.called == nil })
}

// exactly prints waits to the nanosecond.
func exactly(waits []time.Duration) string { return fmt.Sprint(waits) }

// within checks a number against its bound.
func within[T int | time.Duration](c *callChecker, key string, want *script.Bound[T], got T) {
	if want != nil && !want.Contains(got) {
		c.missing(key, want.String(), fmt.Sprint(got))
	}
}

// durations checks a list of durations. A nil list of bounds is not checked.
func (c *callChecker) durations(key string, want []script.DurationBound, got []time.Duration) {
	if want == nil {
		return
	}
	fits := len(want) == len(got)
	for i := range want {
		fits = fits && c.drill.contains(want[i], got[i])
	}
	if !fits {
		c.missing(key, printBounds(want), printWaits(got))
	}
}

// lines compares lines with patterns. A nil list of patterns is not checked.
func (c *callChecker) lines(key string, want, got []string) {
	if want == nil {
		return
	}
	i := misfit(want, got)
	if i < 0 {
		return
	}
	pattern, line := "no more", "no more"
	if i < len(want) {
		pattern = want[i]
	}
	if i < len(got) {
		line = got[i]
	}
	c.missing(key, fmt.Sprintf("%s as number %d of %d", pattern, i+1, len(want)),
		fmt.Sprintf("%s, number %d of %d", evidence.Visible(strings.TrimSpace(line)), i+1, len(got)))
}
