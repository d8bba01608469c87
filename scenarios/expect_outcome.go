package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// outcome compares the outcome of the drill or the step with the expected one. A drill without
// other expectations is expected to succeed.
func (c *checker) outcome() {
	want := c.expect.Outcome
	if c.step == "" {
		want = c.implied()
	}
	switch {
	case want == "" || want == script.Any:
	case c.step == "" && want == script.Success:
		c.success()
	case want != c.account.outcome:
		c.missOutcome(c.step, want, c.account.outcome, c.err)
	}
}

// implied returns the drill's expected outcome: the stated one, or else the one that its other
// expectations imply, or else success. An expected error is checked elsewhere.
func (c *checker) implied() script.Outcome {
	e := c.expect
	switch {
	case e.Outcome != "":
		return e.Outcome
	case len(e.Violates) > 0, e.Error != nil:
		return script.Any
	case e.ExitCode != nil && !e.ExitCode.Contains(0):
		return script.Failure
	}
	return script.Success
}

// success checks that every step succeeded, except for steps whose own `expect` states an outcome.
// A hang of the drill is a separate finding, so it is a miss here only if that finding is a note.
func (c *checker) success() {
	for _, n := range c.drill.nodes {
		c.succeeded(n)
	}
}

func (c *checker) succeeded(n *node) {
	if n.cutShort || n.expect != nil && statesOutcome(n.expect) {
		return
	}
	for _, child := range n.children {
		c.succeeded(child)
	}
	hung := c.drill.hang && !c.drill.drips() && (n.Outcome == Unreached || n.End >= c.drill.cutAt)
	if len(n.children) == 0 && n.Outcome != script.Success && !hung {
		step := n.ID
		if len(allNodes(c.drill.nodes)) == 1 {
			step = "" // the reason is about the whole drill
		}
		c.missOutcome(step, script.Success, n.Outcome, n.failure)
	}
}

// statesOutcome reports whether a step's own `expect` states an outcome, how many steps inside it
// succeed, an error or a finding.
func statesOutcome(e *script.Expect) bool {
	return e.Outcome != "" || e.Succeed != nil || e.Error != nil || len(e.Violates) > 0
}

// succeed checks how many of the steps inside the step succeeded.
func (c *checker) succeed() {
	want := c.expect.Succeed
	if want == nil {
		return
	}
	var succeeded []string
	for _, n := range c.inner {
		if n.Outcome == script.Success {
			succeeded = append(succeeded, n.ID)
		}
	}
	if want.Contains(len(succeeded)) {
		return
	}
	got := fmt.Sprintf("%d of %d", len(succeeded), len(c.inner))
	if len(succeeded) > 0 {
		got += ": steps " + strings.Join(succeeded[:min(len(succeeded), evidence.MaxLines)], ", ")
		if len(succeeded) > evidence.MaxLines {
			got += ", …"
		}
	}
	c.missNumber("succeed", c.expect.At("succeed").Line, want.String()+" of the steps inside", got,
		measured(Count, *want, len(succeeded)), c.journal("")...)
}

func (c *checker) missOutcome(step string, want, got script.Outcome, failure *failureOf) {
	text := string(got)
	if failure != nil {
		text += ": " + failure.String()
	}
	r := Reason{
		Kind: "outcome", Step: step, Line: c.expect.At("outcome").Line,
		Expected: string(want), Got: text, Evidence: c.journal(""),
	}
	if step != "" {
		r.Evidence = evidence.Last(c.records, evidence.InStep(step))
	}
	c.reasons = append(c.reasons, r)
}

// proves reports whether the drill proves anything about its client. It does if the client sent a
// request, tried to connect, hung, ran a call, or refused a step before it sent anything. A drill
// that expects no attempt or expects a finding proves that.
func (o *outcome) proves() bool {
	if len(o.records) > 0 || len(o.tryList) > 0 || o.hang || expectsNoAttempt(&o.scenario.Expect) ||
		len(o.knownFlaws(o.scenario)) > 0 {
		return true
	}
	return slices.ContainsFunc(allNodes(o.nodes), func(n *node) bool {
		return o.program == nil && n.failure != nil && n.ofClient() || n.called.ran() ||
			n.expect != nil && expectsNoAttempt(n.expect)
	})
}

// expectsNoAttempt reports whether an `expect` allows 0 attempts and no other number of them.
func expectsNoAttempt(e *script.Expect) bool {
	return slices.ContainsFunc(e.Attempts, func(b script.CountBound) bool {
		most, bounded := b.Max()
		return b.Of == "" && bounded && most == 0
	})
}

// silent returns the reason why a drill without a request is vacuous.
func (o *outcome) silent() Reason {
	got := "the client made no request and no connection attempt"
	if o.program != nil {
		got += endpointHint
	}
	return Reason{Kind: "no request", Expected: "a request", Got: got}
}
