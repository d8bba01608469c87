package hunt

import (
	"fmt"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file judges what holds for every client with a retry policy, whatever the policy is.

// mostAttempts is how many attempts a client may make whose policy is unknown.
const mostAttempts = 40

// mostRequests is how many requests every drill may have.
const mostRequests = 100

// idleTime is the virtual time that passes in a client which does not wait: the latency of its
// requests.
const idleTime = 10 * time.Millisecond

// invariants returns the findings of all invariants. Those about time need virtual time, and a
// client that ended by itself.
func (j *judge) invariants(hangs bool) []Finding {
	var found []Finding
	add := func(f *Finding) {
		if f != nil {
			found = append(found, *f)
		}
	}
	if !hangs { // a client that hangs in a loop also sends too many requests
		add(j.requestsBounded())
	}
	for i := range j.result.Steps {
		step := &j.result.Steps[i]
		declared := j.declared(step.ID)
		if declared == nil || !leaf(declared) || step.Outcome == scenarios.Unreached {
			continue
		}
		records := j.recordsOf(step.ID)
		add(j.answeredOnce(step, records))
		add(j.rangeAsked(step, declared, records))
		if hangs { // the end of the drill cut the step short, or it loops
			continue
		}
		add(j.notMultiplied(step, declared, records))
		add(j.resumed(step, declared, records))
		if j.result.Clock == script.Virtual {
			add(j.noSleepAtEnd(step, declared, records))
			add(j.waitsAllowed(step, declared))
		}
		add(j.refusalFinal(step, records))
		add(j.falseConflict(step, declared, records))
		add(j.transientRetried(step, declared, records))
	}
	return found
}

// leaf reports whether a step is one call of a client's method.
func leaf(s *script.Step) bool {
	return s.Parallel == nil && s.Repeat == nil && s.Load == nil && s.OfClient()
}

// declared returns the step of the scenario with this id, or the step of a repeat for one of its
// turns. It returns nil for the turns of a load.
func (j *judge) declared(id string) *script.Step {
	var found *script.Step
	j.scenario.EachStep(func(s *script.Step) {
		if s.ID == id {
			found = s
		}
		if s.Repeat != nil && found == nil && id != s.ID && evidence.Within(id, s.ID) {
			found = &s.Repeat.Step
		}
	})
	return found
}

func (j *judge) recordsOf(step string) []faultproxy.Record {
	var own []faultproxy.Record
	for _, r := range j.result.Journal {
		if r.Step == step {
			own = append(own, r)
		}
	}
	return own
}

// attempts returns how many attempts the client makes of one request at most, and 0 if that is
// unknown.
func (j *judge) attempts(step *script.Step) int {
	switch {
	case j.player.Program(), j.player.OwnPolicy:
		return 0
	case step != nil && step.Retry != nil && step.Retry.MaxAttempts != nil:
		return *step.Retry.MaxAttempts
	}
	return declaredAttempts(&j.scenario.Client)
}

// declaredAttempts returns the attempts of a client of the format. Both have three by default.
func declaredAttempts(c *script.ClientSpec) int {
	const usual = 3
	switch {
	case c.SDK != nil && c.SDK.Mode == script.SDKOff:
		return 1
	case c.SDK != nil && c.SDK.MaxAttempts != nil:
		return *c.SDK.MaxAttempts
	case c.SDK != nil:
		return usual
	case c.Builtin != nil && c.Builtin.Retry.MaxAttempts != nil:
		return *c.Builtin.Retry.MaxAttempts
	case c.Builtin != nil:
		return usual
	}
	return 0
}

// requestsBounded finds a client that sends more requests than its policy can explain.
func (j *judge) requestsBounded() *Finding {
	sent, distinct := 0, make(map[string]bool)
	for _, r := range j.result.Journal {
		if r.Kind == faultproxy.KindExchange {
			sent++
			distinct[r.Identity] = true
		}
	}
	most := j.attempts(nil)
	if most == 0 {
		most = mostAttempts
	}
	most = max(mostRequests, 2*most*len(distinct))
	if sent <= most {
		return nil
	}
	return &Finding{
		Kind: TooManyRequests, Got: int64(sent), Most: int64(most),
		Sentence: fmt.Sprintf("the client sent %d requests, which differ in %d", sent, len(distinct)),
		Evidence: evidence.Last(j.result.Journal, evidence.InStep("")),
	}
}

// noSleepAtEnd finds a client that waits although no attempt follows: after its last attempt, or
// after the deadline of its caller.
func (j *judge) noSleepAtEnd(step *scenarios.StepResult, declared *script.Step, records []faultproxy.Record) *Finding {
	if step.Attempts > step.Sends {
		return nil // an attempt did not get to the proxy: how long it took is not known
	}
	busy := step.Start
	for _, r := range records {
		if !r.Done && r.At < step.End {
			return nil // it waited for a response
		}
		if r.At <= step.End {
			busy = max(busy, min(r.End, step.End))
		}
	}
	kind, why := SleepAtEnd, "after its last request"
	if limit := earliest(declared.Deadline, declared.CancelAfter); limit > 0 {
		end := step.Start + limit
		if step.End <= end+idleTime {
			return j.waitInVain(step, declared, records, busy)
		}
		if busy < end {
			kind, why, busy = PastDeadline, "after the deadline of its caller", end
		}
	}
	if declared.Get != nil {
		busy += declared.Get.Pause
	}
	slept := step.End - busy
	if slept <= idleTime {
		return nil
	}
	return &Finding{
		Kind: kind, Step: step.ID, Got: int64(slept), Most: int64(idleTime),
		Sentence: fmt.Sprintf("the client returned %s %s", evidence.Time(slept), why),
		Evidence: evidence.Last(records, evidence.InStep("")),
	}
}

// earliest returns the smaller of two times, and ignores a 0.
func earliest(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
