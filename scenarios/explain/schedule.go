package explain

// The schedule that a scenario expects: the attempts of its own client, in virtual time.

import (
	"context"
	"fmt"
	"time"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// The limits of a schedule for a scenario with many requests.
const (
	mostGroups   = 12
	mostAttempts = 12
)

// schedule plays the drill with its own client and returns its attempts.
func schedule(ctx context.Context, s *scenarios.Scenario) ([]string, error) {
	switch {
	case s.Client.Run != nil:
		return []string{"A program keeps its own schedule: chaos run shows it."}, nil
	case s.Clock == script.Real:
		return []string{"The drill runs in real time: chaos run shows its schedule."}, nil
	}
	r := scenarios.Run(ctx, withWindows(s), scenarios.Options{})
	if r.Verdict == scenarios.Skip || r.Verdict == scenarios.Error {
		return nil, fmt.Errorf("%s: the drill has no schedule: %s", s.ID, r.Reasons[0].Got)
	}
	lines := []string{fmt.Sprintf("With seed %d, from the first step to the last: %s.", r.Seed, round(r.Elapsed))}
	for i, g := range r.Groups {
		if i == mostGroups {
			lines = append(lines, fmt.Sprintf("And %d more requests.", len(r.Groups)-i))
			break
		}
		lines = append(lines, g.Title())
		for n, a := range g.Attempts {
			if n == mostAttempts {
				lines = append(lines, fmt.Sprintf("    and %d more attempts", len(g.Attempts)-n))
				break
			}
			lines = append(lines, attempt(a))
		}
	}
	return lines, nil
}

// withWindows returns the scenario with an expectation of waits, so that its result has the wait
// windows of the declared policy, and without other seeds. The verdict is not used.
func withWindows(s *scenarios.Scenario) *scenarios.Scenario {
	own := *s
	own.Expect.Jitter = nil
	if s.Client.Builtin == nil || s.Expect.Waits != nil {
		return &own
	}
	own.Expect.Waits = &script.Waits{Policy: true}
	return &own
}

// attempt returns an attempt as a line: its time, the window of its wait, and how it ended.
func attempt(a scenarios.Attempt) string {
	line := fmt.Sprintf("    attempt %d at %s", a.N, round(a.Start()))
	if a.N > 1 {
		line += ", after a wait of " + round(a.Wait)
		switch allowed := a.Allowed; {
		case allowed == nil:
		case allowed.Max == nil:
			line += fmt.Sprintf(" (allowed: %s or more)", round(allowed.Min))
		default:
			line += fmt.Sprintf(" (allowed: %s to %s)", round(allowed.Min), round(*allowed.Max))
		}
	}
	last := a.Last()
	switch {
	case last.Status > 0:
		line += fmt.Sprintf(": %d", last.Status)
		if last.ErrorCode != "" {
			line += " " + last.ErrorCode
		}
	default:
		line += ": no response"
	}
	if last.Fault != "" {
		line += "  ← " + last.Fault
	}
	return line
}

// round drops what is below a millisecond, the identity latency of requests. It first rounds to the
// microsecond, because the upper bound of an interval lies one nanosecond below its end.
func round(d time.Duration) string {
	return d.Round(time.Microsecond).Truncate(time.Millisecond).String()
}
