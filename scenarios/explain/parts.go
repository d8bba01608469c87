package explain

// The parts of a scenario in words: client, steps, faults and expectations.

import (
	"fmt"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

func client(s *scenarios.Scenario) []string {
	c := s.Client
	switch {
	case c.Builtin != nil:
		policy, err := c.Builtin.Retry.Config(s.Seed)
		if err != nil {
			return []string{"s3client, with a retry policy that is not valid: " + err.Error()}
		}
		return append([]string{"s3client, the client of this project."}, waits(policy)...)
	case c.SDK != nil:
		return []string{fmt.Sprintf("The AWS SDK for Go, with its retry mode %s.", c.SDK.Mode)}
	case c.Careless != nil:
		return []string{"The careless client, which makes mistakes on purpose: the oracle must catch it."}
	case c.Run != nil:
		return []string{"A program, in real time: " + strings.Join(c.Run.Words(), " ")}
	}
	return nil
}

// waits says how a policy of this project waits: the interval before each retry.
func waits(c retry.Config) []string {
	lines := []string{fmt.Sprintf("It tries at most %d times, with the jitter %s.", c.MaxAttempts, c.Jitter)}
	engine, err := retry.New(c)
	if err != nil {
		return append(lines, "The policy is not valid: "+err.Error()) // the reader of the file has refused it before
	}
	const shown = 6
	var list []string
	for n := 1; n < c.MaxAttempts && n <= shown; n++ {
		lo, hi := engine.Bounds(n)
		text := near(hi)
		if lo != hi {
			text = near(lo) + " to " + text
		}
		list = append(list, text)
	}
	if len(list) > 0 {
		lines = append(lines, "Its waits without a hint of the server: "+strings.Join(list, ", ")+".")
	}
	return lines
}

// near formats a bound of a wait to the microsecond, because the upper bound of an interval lies
// one nanosecond below its end.
func near(d time.Duration) string { return d.Round(time.Microsecond).String() }

func steps(s *scenarios.Scenario) []string {
	var lines []string
	s.EachStep(func(step *script.Step) {
		depth := strings.Count(step.ID, ".")
		line := step.ID + ". " + strings.ReplaceAll(step.Operation(), "_", " ")
		bucket, key := step.Target()
		switch {
		case key != "":
			line += " " + bucket + "/" + key
		case bucket != "":
			line += " " + bucket
		case step.Rules != nil:
			line += changes(step.Rules)
		case step.Raw != nil:
			line += ": a connection beside the client"
		}
		if step.Name != "" {
			line += ": " + step.Name
		}
		lines = append(lines, strings.Repeat("  ", depth)+line)
	})
	return lines
}

// changes describes a change of rules: " after 5s: adds {timeout: 0s}; switches slow-down off".
func changes(c *script.Rules) string {
	var parts []string
	if len(c.Add) > 0 {
		parts = append(parts, "adds "+strings.Join(c.Add, ", "))
	}
	if len(c.Off) > 0 {
		parts = append(parts, "switches "+strings.Join(c.Off, ", ")+" off")
	}
	if len(c.On) > 0 {
		parts = append(parts, "switches "+strings.Join(c.On, ", ")+" on")
	}
	if len(c.Reset) > 0 {
		parts = append(parts, "resets the counts of "+strings.Join(c.Reset, ", "))
	}
	when := ""
	if c.After > 0 {
		when = " after " + c.After.String()
	}
	return when + ": " + strings.Join(parts, "; ")
}

func faults(s *scenarios.Scenario) []string {
	var lines []string
	for i, rule := range s.Rules() {
		name := rule.Name
		if name == "" {
			name = fmt.Sprintf("Rule %d", i+1)
		}
		lines = append(lines, fmt.Sprintf("%s acts on %s%s: %s. In the file: %v.", name, which(rule), matching(rule),
			kinds[rule.Fault.Kind()], rule.Fault))
	}
	return lines
}

// which says how many requests a rule acts on.
func which(r faultproxy.Rule) string {
	text := "every request"
	switch {
	case r.Times == 1 && r.After == 0:
		text = "the first request"
	case r.Times > 0 && r.After == 0:
		text = fmt.Sprintf("the first %d requests", r.Times)
	case r.Times == 1:
		text = fmt.Sprintf("request %d", r.After+1)
	case r.Times > 0:
		text = fmt.Sprintf("requests %d to %d", r.After+1, r.After+r.Times)
	case r.After > 0:
		text = fmt.Sprintf("every request after %d", r.After)
	}
	if r.Probability != nil {
		text += fmt.Sprintf(", each with a probability of %v,", *r.Probability)
	}
	return text
}

// matching says which requests a rule counts.
func matching(r faultproxy.Rule) string {
	text := ""
	if match := r.Match.String(); match != "{}" {
		text += " matching " + match
	}
	if r.During != (faultproxy.Window{}) {
		text += " in the window " + r.During.String()
	}
	if r.AfterUpstream {
		text += ", after the server has acted"
	}
	return text
}

// expectations quotes the block expect of the file and the steps that have one of their own, with
// the values of the case, and adds that the laws of the oracle always hold.
func expectations(s *scenarios.Scenario) ([]string, error) {
	text, err := s.Plain()
	if err != nil {
		return nil, err
	}
	lines := block(string(text), "expect")
	if len(lines) == 0 {
		lines = []string{"Every step succeeds."}
	}
	if text, err = s.Marshal(); err != nil { // with one line for each step
		return nil, err
	}
	for i, step := range block(string(text), "steps") {
		if strings.Contains(step, "expect: ") {
			lines = append(lines, fmt.Sprintf("Step %d: %s", i+1, strings.TrimPrefix(strings.TrimSpace(step), "- ")))
		}
	}
	return append(lines, "The laws of the oracle hold in any case: see the README."), nil
}

// block returns the lines below a key at the top of a YAML file, indented.
func block(source, key string) []string {
	var lines []string
	inside := false
	for line := range strings.Lines(source) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case strings.HasPrefix(line, key+":"):
			inside = true
			if rest := strings.TrimSpace(strings.TrimPrefix(line, key+":")); rest != "" {
				lines = append(lines, "  "+rest)
			}
		case inside && (strings.HasPrefix(line, " ") || strings.HasPrefix(line, "-")):
			lines = append(lines, "  "+strings.TrimPrefix(line, "  "))
		case line != "" && !strings.HasPrefix(line, "#"):
			inside = false
		}
	}
	return lines
}
