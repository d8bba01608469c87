package planted

import (
	"math"
	"time"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// policyDefects are this project's client with another retry policy than the drill declares.
func policyDefects() []Defect {
	var list []Defect
	for _, d := range []struct {
		name, about string
		change      func(p *script.RetryPolicy)
	}{
		{"never-retries", "makes one attempt", func(p *script.RetryPolicy) { p.MaxAttempts = new(1) }},
		{"one-attempt-less", "counts its first attempt as a retry", func(p *script.RetryPolicy) {
			p.MaxAttempts = new(max(1, attempts(p)-1))
		}},
		{"one-attempt-more", "does not count its first attempt", func(p *script.RetryPolicy) {
			p.MaxAttempts = new(attempts(p) + 1)
		}},
		{"retries-for-ever", "has no limit of attempts", func(p *script.RetryPolicy) {
			p.MaxAttempts = new(1000)
			p.MaxElapsed = nil
		}},
		{"never-waits", "retries at once", func(p *script.RetryPolicy) {
			p.InitialDelay, p.Jitter = new(time.Duration(0)), new(script.JitterName("none"))
		}},
		{"waits-always-alike", "waits as long after each attempt", func(p *script.RetryPolicy) {
			p.Multiplier, p.Jitter = new(1.0), new(script.JitterName("none"))
		}},
		{"waits-too-long", "waits ten times as long", func(p *script.RetryPolicy) {
			initial := time.Second
			if p.InitialDelay != nil {
				initial = *p.InitialDelay
			}
			p.InitialDelay, p.MaxDelay = new(10*initial), new(time.Hour)
		}},
		{"has-no-cap", "has no longest wait", func(p *script.RetryPolicy) { p.MaxDelay = new(1000 * time.Hour) }},
		{
			"has-no-jitter", "waits without jitter",
			func(p *script.RetryPolicy) { p.Jitter = new(script.JitterName("none")) },
		},
		{"has-other-jitter", "draws its waits from zero on", func(p *script.RetryPolicy) {
			p.Jitter, p.JitterRatio = new(script.JitterName("full")), nil
		}},
		{"has-no-attempt-timeout", "waits for a silent server", func(p *script.RetryPolicy) {
			p.AttemptTimeout = new(1000 * time.Hour)
		}},
		{"has-a-short-attempt-timeout", "gives a slow server 50 ms", func(p *script.RetryPolicy) {
			p.AttemptTimeout = new(50 * time.Millisecond)
		}},
		{"has-no-budget", "has no retry budget", func(p *script.RetryPolicy) { p.Budget = nil }},
		{"has-no-breaker", "has no circuit breaker", func(p *script.RetryPolicy) { p.Breaker = nil }},
		{"obeys-every-hint", "waits as long as a server wants", func(p *script.RetryPolicy) {
			p.MaxHint = new(time.Duration(math.MaxInt64))
		}},
		{"has-no-time-limit", "has no limit of time", func(p *script.RetryPolicy) { p.MaxElapsed = nil }},
	} {
		list = append(list, Defect{
			Name: d.name, About: d.about,
			plant: func(s *scenarios.Scenario) (*scenarios.Scenario, newClient) {
				if !steps(s) || s.Client.SDK != nil && d.name != "never-retries" {
					return nil, nil
				}
				return s, func(c scenarios.ClientConfig) (scenarios.Client, error) {
					c.Scenario = withPolicy(c.Scenario, d.change)
					return own(c)
				}
			},
		})
	}
	return list
}

func attempts(p *script.RetryPolicy) int {
	if p.MaxAttempts == nil {
		return 3
	}
	return *p.MaxAttempts
}

// withPolicy returns a copy of the scenario with a changed policy.
func withPolicy(s *scenarios.Scenario, change func(*script.RetryPolicy)) *scenarios.Scenario {
	changed := *s
	if s.Client.SDK != nil {
		sdk := *s.Client.SDK
		sdk.MaxAttempts = new(1)
		changed.Client.SDK = &sdk
		return &changed
	}
	builtin := script.Builtin{}
	if s.Client.Builtin != nil {
		builtin = *s.Client.Builtin
	}
	change(&builtin.Retry)
	changed.Client.Builtin = &builtin
	return &changed
}
