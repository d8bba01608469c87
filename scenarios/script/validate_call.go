package script

import (
	"slices"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
	"github.com/s3chaos/s3chaos/retry"
)

// call checks a call. A policy that the engine refuses is a mistake, unless the step expects the
// error.
func (v *validator) call(s *Step, path string) {
	c := s.Call
	if c.Understood("attempts") && len(c.Attempts) == 0 {
		v.Add(c.ValueSpan("attempts"), "", "%s.attempts: the list is empty: want one attempt or more", path)
	}
	for i := range c.Attempts {
		v.callAttempt(c, &c.Attempts[i], path+".attempts")
	}
	if has, wants := c.Has("until"), c.Way == WayUntil; has != wants && (has || c.Understood("way")) {
		v.Add(c.KeySpan("until"), "", "%s: way until and the key until need each other", path)
	}
	for _, key := range []string{"fallback", "values"} {
		if c.Has(key) && c.Way != WayValue {
			v.Add(c.KeySpan(key), "write way: value", "%s.%s: it applies to way value only", path, key)
		}
	}
	v.withoutEngine(s, path)
	v.breakerOf(s, path)
	v.classes(c.Classes, path+".classes")
	if p := c.Policy; p != nil {
		v.callPolicy(s, p, path+".policy")
	}
}

// withoutEngine checks that a call without an engine has nothing that needs one.
func (v *validator) withoutEngine(s *Step, path string) {
	c := s.Call
	if !c.Understood("engine") {
		return
	}
	for _, key := range []string{"policy", "circuit"} {
		if c.Has(key) {
			v.Add(c.KeySpan(key), "", "%s.%s: a call without an engine has the default policy", path, key)
		}
	}
	if e := s.Expect.Call; e != nil {
		for _, key := range []string{"log", "events", "retries", "changes", "tokens", "circuit", "levels", "circuits"} {
			if e.Has(key) {
				v.Add(e.KeySpan(key), "", "%s.engine: a call without an engine has no %s to expect", path, key)
			}
		}
	}
	if c.Engine != EnginePackage {
		return
	}
	for _, key := range []string{
		"name", "key", "idempotent", "long_poll", "max_attempts", "attempt_timeout", "classes",
	} {
		if c.Has(key) {
			v.Add(c.KeySpan(key), "write engine: nil",
				"%s.%s: the functions of the package take no such option", path, key)
		}
	}
	if c.Way != WayDo && c.Way != "" {
		v.Add(c.ValueSpan("way"), "write engine: nil",
			"%s.way: want do: the package has no other function without an engine", path)
	}
}

// breakerOf checks that a call whose circuit is changed, or whose changes are expected, has a
// breaker.
func (v *validator) breakerOf(s *Step, path string) {
	c := s.Call
	own := c.Policy != nil && c.Policy.Breaker != nil
	if e := s.Expect.Call; e != nil && e.Has("changes") && !own {
		v.Add(e.KeySpan("changes"), "", "%s.policy: want a breaker, whose changes are expected", path)
	}
	if own || v.policyOf(s).Breaker != nil {
		return
	}
	if c.Has("circuit") {
		v.Add(c.KeySpan("circuit"), "", "%s.circuit: the policy has no breaker", path)
	}
	for i := range c.Attempts {
		if a := &c.Attempts[i]; a.Has("circuit") {
			v.Add(a.KeySpan("circuit"), "", "%s.attempts.circuit: the policy has no breaker", path)
		}
	}
}

func (v *validator) callPolicy(s *Step, p *CallPolicy, path string) {
	v.classes(p.Classes, path+".classes")
	for at, d := range map[string]*DelayList{
		".delays":                        p.Delays,
		".delays_after.transient.delays": p.DelaysAfter.Transient.delayList(),
		".delays_after.throttle.delays":  p.DelaysAfter.Throttle.delayList(),
		".delays_after.timeout.delays":   p.DelaysAfter.Timeout.delayList(),
		".delays_after.permanent.delays": p.DelaysAfter.Permanent.delayList(),
	} {
		if d != nil {
			v.exactlyOne(&d.Block, path+at, "constant", "linear", "fibonacci", "list")
		}
	}
	if s.Expect.Error != nil || !s.Call.Understood("policy") {
		return
	}
	config, err := p.Apply(v.policyOf(s), nil)
	if err == nil {
		_, err = retry.New(config)
	}
	if err != nil {
		v.Add(s.Call.KeySpan("policy"), "expect an error of the step if this is meant", "%s: %s", path,
			strictyaml.OneLine(err))
	}
}

// policyOf returns the policy of the client or of the step. The default stands for one that makes
// no sense, which is reported elsewhere.
func (v *validator) policyOf(s *Step) retry.Config {
	policy := s.Retry
	if policy == nil && v.s.Client.Builtin != nil {
		policy = &v.s.Client.Builtin.Retry
	}
	if policy != nil {
		if config, err := policy.Config(DefaultSeed); err == nil {
			if _, err := retry.New(config); err == nil {
				return config
			}
		}
	}
	return retry.DefaultConfig()
}

func (s *ScheduleSpec) delayList() *DelayList {
	if s == nil {
		return nil
	}
	return s.Delays
}

func (v *validator) classes(list []ClassOf, path string) {
	for i := range list {
		v.pattern(list[i].ValueSpan("text"), list[i].Text, path+".text")
	}
}

// callAttempt checks that an attempt ends in one way, and in one that the way of the call has.
func (v *validator) callAttempt(c *Call, a *CallAttempt, path string) {
	ends := slices.DeleteFunc([]string{"error", "panics", "exits", "forgets"},
		func(key string) bool { return !a.Has(key) })
	if len(ends) > 1 {
		v.Add(a.KeySpan(ends[1]), "", "%s: an attempt ends in one way: got %s", path, strictyaml.Enumerate(ends))
	}
	if a.Has("deaf") && !a.Has("takes") {
		v.Add(a.KeySpan("deaf"), "", "%s.deaf: it applies to an attempt that takes time", path)
	}
	for _, key := range []string{"forgets", "leaves"} {
		if a.Has(key) && c.Way != WayLoop {
			v.Add(a.KeySpan(key), "write way: loop", "%s.%s: it applies to way loop only", path, key)
		}
	}
	if a.Has("result") && c.Way != WayValue && c.Way != WayUntil {
		v.Add(a.KeySpan("result"), "write way: value", "%s.result: it applies to way value and way until only", path)
	}
	if a.Error != nil {
		v.callError(a.Error, path+".error")
	}
}

// callPatterns checks the patterns of a call's expectations.
func (v *validator) callPatterns(e *CallExpect, path string) {
	for _, list := range []struct {
		key      string
		patterns []string
	}{
		{"causes", e.Causes},
		{"log", e.Log},
		{"events", e.Events},
		{"retries", e.Retries},
		{"history", e.History},
		{"levels", e.Levels},
		{"circuits", e.Circuits},
		{"changes", e.Changes},
	} {
		for i, pattern := range list.patterns {
			v.pattern(e.ItemSpan(list.key, i), pattern, path+"."+list.key)
		}
	}
}

// otherCalls checks the names of the calls that waits are compared with. A call is not compared
// with itself.
func (v *validator) otherCalls(e *CallExpect, in scope) {
	own := ""
	if !in.top {
		own = in.steps[0].Name
	}
	var names []string
	eachStep(v.s.Steps, func(s *Step) {
		if s.Call != nil && s.Name != "" && s.Name != own {
			names = append(names, s.Name)
		}
	})
	for key, name := range map[string]string{"alike": e.Alike, "unlike": e.Unlike} {
		switch path := in.path + ".call." + key; {
		case !e.Understood(key):
		case name == own && own != "":
			v.Add(e.ValueSpan(key), "name another call", "%s: a call is not compared with itself", path)
		default:
			v.known(e.ValueSpan(key), name, names, path, "call with the name")
		}
	}
}
