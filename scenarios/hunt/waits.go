package hunt

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file judges the waits between attempts: each is one that the declared policy allows, and the
// deadline of the caller leaves time for the attempt after it.

// policy returns the retry policy that the script declares for a step of the builtin client, and
// nil if it declares none that binds the client.
func (j *judge) policy(s *script.Step) *script.RetryPolicy {
	switch b := j.scenario.Client.Builtin; {
	case j.player.OwnPolicy || j.player.Program():
		return nil
	case s.Retry != nil:
		return s.Retry
	case b != nil:
		return &b.Retry
	}
	return nil
}

// waitsAllowed finds a wait that is shorter or longer than the declared policy allows. It judges
// waits after whole responses that refuse the request for now and say nothing about when to come
// back: only after them the time between two requests is the client's wait alone.
func (j *judge) waitsAllowed(step *scenarios.StepResult, declared *script.Step) *Finding {
	if j.policy(declared) == nil || j.slowToConnect() {
		return nil
	}
	for _, g := range j.result.Groups {
		if g.Step != step.ID || g.Concurrent {
			continue
		}
		for i, next := range g.Attempts[1:] {
			if !refusesForNow(g.Attempts[i]) || next.Allowed == nil || next.Allowed.Max == nil {
				break
			}
			least, most := next.Allowed.Min, *next.Allowed.Max
			if next.Wait >= least-idleTime && next.Wait <= most+idleTime {
				continue
			}
			return &Finding{
				Kind: WrongWait, Step: step.ID, Got: int64(next.Wait), Most: int64(most),
				Sentence: fmt.Sprintf("the client waited %s after attempt %d of %s, but its policy allows %s to %s",
					evidence.Time(next.Wait), i+1, g.Title(), evidence.Time(least), evidence.Time(most)),
				Evidence: evidence.Last(next.Records, evidence.InStep("")),
			}
		}
	}
	return nil
}

// refusesForNow reports whether an attempt is one request with a whole response after which another
// attempt may succeed, without a time to come back.
func refusesForNow(a scenarios.Attempt) bool {
	if len(a.Records) != 1 {
		return false
	}
	r := a.Records[0]
	hinted := slices.ContainsFunc([]string{"Retry-After", "X-Amz-Retry-After"}, func(name string) bool {
		_, has := r.ResponseHeader[name]
		return has
	})
	return r.Kind == faultproxy.KindExchange && r.Ended == journal.EndComplete && !hinted &&
		slices.Contains(transientStatuses, r.Status) && !slices.ContainsFunc(r.Firings(), slows)
}

// slows reports whether a fault may end a response later for the proxy than for the client.
func slows(f faultproxy.Firing) bool {
	return slices.Contains([]string{"bandwidth", "slicer", "stall", "whitespace", "corrupt", "replace"}, f.Kind())
}

// slowToConnect reports whether a fault of the script acts before a connection has a request: the
// time for it looks like a wait.
func (j *judge) slowToConnect() bool {
	return slices.ContainsFunc(j.scenario.AllRules(), func(r faultproxy.Rule) bool {
		text := fmt.Sprint(r.Fault)
		return slices.Contains([]string{"refuse", "dns", "connect_timeout", "tls"}, r.Fault.Kind()) ||
			strings.Contains(text, "at: accept")
	})
}

// waitInVain finds a client that waits until its deadline for an attempt that the deadline
// prevents. The caller learns late what the client knew before: that no time is left for an
// attempt.
func (j *judge) waitInVain(
	step *scenarios.StepResult, declared *script.Step, records []faultproxy.Record, busy time.Duration,
) *Finding {
	end := step.Start + declared.Deadline
	cancelled := declared.CancelAfter > 0 && declared.CancelAfter <= declared.Deadline
	if declared.Deadline == 0 || cancelled || declared.Get != nil || step.Outcome != script.Failure ||
		step.End < end-idleTime || len(records) == 0 || !transient(&records[len(records)-1]) || j.slowToConnect() {
		return nil
	}
	slept := end - busy
	if slept <= idleTime {
		return nil
	}
	return &Finding{
		Kind: VainWait, Step: step.ID, Got: int64(slept), Most: int64(idleTime),
		Sentence: fmt.Sprintf("the client waited %s for an attempt that its deadline prevented", evidence.Time(slept)),
		Evidence: evidence.Last(records, evidence.InStep("")),
	}
}
