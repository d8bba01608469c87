package script

import (
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
	"github.com/s3chaos/s3chaos/internal/suggest"
)

// This file finds expectations that can never fail, or never be met.

// values checks the values of an expectation by themselves.
func (v *validator) values(e *Expect, in scope) {
	for _, list := range []struct {
		key  string
		size int
	}{
		{"attempts", len(e.Attempts)},
		{"sends", len(e.Sends)},
		{"requests", len(e.Requests)},
		{"objects", len(e.Objects)},
		{"files", len(e.Files)},
	} {
		if e.Understood(list.key) && list.size == 0 {
			v.Add(e.ValueSpan(list.key), "leave it out, or write what is expected",
				"%s.%s: the list is empty, and expects nothing", in.path, list.key)
		}
	}
	for key, text := range map[string]*TextExpect{"stdout": e.Stdout, "stderr": e.Stderr} {
		if text != nil {
			v.wantText(&text.Block, "contains", text.Contains, in.path+"."+key)
		}
	}
	if e.Error != nil {
		v.wantText(&e.Error.Block, "text", e.Error.Text, in.path+".error")
	}
	for i := range e.Requests {
		r := &e.Requests[i]
		if r.Understood("status") && *r.Status != 0 && (*r.Status < 200 || *r.Status > 599) {
			v.Add(r.ValueSpan("status"), "0 is no response", "%s.requests.status: %d: want 0, or 200 to 599", in.path,
				*r.Status)
		}
		if r.Understood("fault") && r.Fault == "" {
			v.Add(r.ValueSpan("fault"), "leave it out, or write rules: [] if no rule may act",
				"%s.requests.fault: it is empty: want a pattern", in.path)
		}
	}
	if !in.top && len(in.steps) == 1 {
		v.valuesOf(&in.steps[0], e, in.path)
	}
}

// wantText checks that an expected text is not empty, because every text contains the empty one.
func (v *validator) wantText(b *strictyaml.Block, key, text, path string) {
	if b.Understood(key) && text == "" {
		v.Add(b.ValueSpan(key), "leave it out, or write a part of the text", "%s.%s: it is empty, and fits every text",
			path, key)
	}
}

// valuesOf checks that one step can meet what is expected of it.
func (v *validator) valuesOf(s *Step, e *Expect, path string) {
	if s.Wait != 0 || s.Raw != nil {
		if e.Has("error") {
			v.Add(e.KeySpan("error"), "expect it of another step", "%s.error: %s always succeeds", path,
				withArticle(s.Operation()))
		}
		if e.Understood("outcome") && e.Outcome == Failure {
			v.Add(e.ValueSpan("outcome"), "expect it of another step", "%s.outcome: %s always succeeds", path,
				withArticle(s.Operation()))
		}
	}
	if s.Call == nil || e.Call == nil || s.Call.Has("engine") || e.Error != nil {
		return // which is checked elsewhere, or has no policy that an engine takes
	}
	config := v.policyOf(s)
	if s.Call.Policy != nil {
		own, err := s.Call.Policy.Apply(config, nil)
		if err != nil {
			return // which is reported already
		}
		config = own
	}
	for _, part := range []struct {
		name    string
		lacking bool
		keys    []string
	}{
		{"breaker", config.Breaker == nil, []string{"circuit", "circuits"}},
		{"budget", config.Budget == nil, []string{"tokens", "levels"}},
	} {
		for _, key := range part.keys {
			if part.lacking && e.Call.Understood(key) {
				v.Add(e.Call.KeySpan(key), "give the policy of the client or of the call a "+part.name,
					"%s.call.%s: the policy has no %s", path, key, part.name)
			}
		}
	}
}

// breakMethods are the methods of the requests that S3 has.
var breakMethods = []string{"GET", "HEAD", "PUT", "POST", "DELETE"}

// breakMethod checks the method of the requests at which S3 breaks off.
func (v *validator) breakMethod(b *ServerBreak) {
	if !b.Understood("method") || slices.Contains(breakMethods, b.Method) {
		return
	}
	hint := suggest.Hint(b.Method, breakMethods)
	if upper := strings.ToUpper(b.Method); slices.Contains(breakMethods, upper) {
		hint = "write " + upper
	}
	v.Add(b.ValueSpan("method"), hint, "server.breaks.method: %q: want one of %s", strictyaml.Short(b.Method),
		strictyaml.Enumerate(breakMethods))
}

// ruleName checks that a rule has no name that stands for a rule without one.
func (v *validator) ruleName(b *strictyaml.Block, name string) {
	if b.Understood("name") && isNumber(name) {
		v.Add(b.ValueSpan("name"), "write a name without #", "faults.name: %q stands for a rule without a name", name)
	}
}

// isNumber reports whether a name is one of those that rules without a name have: "#" and a number.
func isNumber(name string) bool {
	number, is := strings.CutPrefix(name, "#")
	return is && number != "" && strings.Trim(number, "0123456789") == ""
}
