package script

import (
	"slices"

	"github.com/s3chaos/s3chaos/internal/glob"
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
		if err := glob.Check(list[i].Text); err != nil {
			v.Add(list[i].ValueSpan("text"), "", "%s.text: %s", path, err)
		}
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

// callError checks that an error has the keys that its type uses, and no others.
func (v *validator) callError(e *CallError, path string) {
	if e.Has("is") && (e.Has("type") || e.Has("wraps") || e.Has("joins") || e.Has("text")) {
		v.Add(e.KeySpan("is"), "let another error wrap it",
			"%s.is: a known value has no text, no type, and wraps nothing", path)
	}
	if e.Has("wraps") && e.Has("joins") {
		v.Add(e.KeySpan("joins"), "", "%s: want either wraps or joins, got both", path)
	}
	if e.Has("joins") && (e.Has("type") || e.Has("text")) {
		v.Add(e.KeySpan("joins"), "let another error wrap it",
			"%s.joins: joined errors have no text and no type of their own", path)
	}
	if says := e.Has("mark") || e.Has("is") || e.Has("text") || e.Has("wraps") || e.Has("joins") ||
		e.Type == "nil"; !says &&
		e.Decoded() && !e.HasUnknown() {
		v.Add(strictyaml.Span{Place: e.Place}, "", "%s: want a text, is, wraps, joins or a mark", path)
	}
	if e.Is == nothing && e.Understood("is") {
		v.Add(e.ValueSpan("is"), "an attempt without an error succeeds", "%s.is: nil is no error", path)
	}
	for _, key := range []string{"status", "code", "answer", "retry_after", "window", "headers"} {
		switch {
		case !e.Has(key) || slices.Contains(errorTypes[e.Type], key):
		case e.Type == "" && !e.Has("type"):
			v.Add(e.KeySpan(key), "name the type that tells it", "%s.%s: a plain error does not tell it", path, key)
		case e.Understood("type"):
			v.Add(e.KeySpan(key), "", "%s.%s: type %s does not tell it", path, key, e.Type)
		}
	}
	for _, rule := range []struct {
		types     []ErrorType
		key, with string // which the key excludes; empty: the types have no such key
	}{
		{leafTypes, "wraps", ""},
		{[]ErrorType{"nil"}, "text", ""},
		{[]ErrorType{"net.OpError", "fs.PathError"}, "text", "wraps"},
		{[]ErrorType{"RetryHint"}, "headers", "retry_after"},
		{[]ErrorType{"RetryHint"}, "headers", "window"},
		{[]ErrorType{"RetryHint"}, "headers", "answer"},
	} {
		switch {
		case !slices.Contains(rule.types, e.Type) || !e.Has(rule.key):
		case rule.with == "":
			v.Add(e.KeySpan(rule.key), "", "%s.%s: type %s has none", path, rule.key, e.Type)
		case e.Has(rule.with):
			v.Add(e.KeySpan(rule.key), "", "%s: want either %s or %s, got both", path, rule.key, rule.with)
		}
	}
	if e.Wraps != nil {
		v.callError(e.Wraps, path+".wraps")
	}
	for i := range e.Joins {
		v.callError(&e.Joins[i], path+".joins")
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
			if err := glob.Check(pattern); err != nil {
				v.Add(e.ItemSpan(list.key, i), "", "%s.%s: %s", path, list.key, err)
			}
		}
	}
}

// otherCalls checks the names of the calls that waits are compared with.
func (v *validator) otherCalls(e *CallExpect, path string) {
	var names []string
	eachStep(v.s.Steps, func(s *Step) {
		if s.Call != nil && s.Name != "" {
			names = append(names, s.Name)
		}
	})
	for key, name := range map[string]string{"alike": e.Alike, "unlike": e.Unlike} {
		if e.Understood(key) {
			v.known(e.ValueSpan(key), name, names, path+"."+key, "call with the name")
		}
	}
}
