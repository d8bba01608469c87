package shrink

import (
	"slices"

	"go.yaml.in/yaml/v4"
)

// This file holds the passes over a script, in the order in which they help most: leaving out whole
// rules and steps makes all later plays cheaper.

// passes change the script and report whether they made it smaller.
var passes = []func(*search) bool{
	rules, steps, world, ruleLimits, ruleTimes, ruleMatches, faults, stepFields, sizes, keys, client, seed,
}

func rules(s *search) bool { return s.thin("faults") }

func steps(s *search) bool {
	changed := s.thin("steps")
	for _, path := range s.tree.paths("steps") {
		changed = s.flatten(path) || changed
	}
	for _, path := range s.tree.paths("steps") {
		changed = s.thin(append(path, "parallel")...) || changed
	}
	return changed
}

// flatten puts the steps of a parallel, or the step of a repeat, in the place of their parent.
func (s *search) flatten(path []any) bool {
	index, inList := path[len(path)-1].(int)
	return inList && s.try(func(root *node) bool {
		parent, list := root.at(path...), root.at(path[:len(path)-1]...)
		if parent == nil {
			return false
		}
		var inner []*yaml.Node
		if parallel := parent.get("parallel"); parallel != nil {
			inner = parallel.Content
		} else if step := parent.at("repeat", "step"); step != nil {
			inner = []*yaml.Node{step.Node}
		} else {
			return false
		}
		list.Content = slices.Replace(list.Content, index, index+1, inner...)
		return true
	})
}

// world leaves out what is there before the drill.
func world(s *search) bool {
	changed := s.thin("objects")
	if !s.program() {
		changed = s.thin("files") || changed
	}
	// Without its timeout, a slow script would hang. Without its signal, a program would wait for
	// ever in the exchange that a rule holds.
	changed = s.strip([]any{}, "version", "name", "timeout", "client", "steps", "faults", "seed", "expect", "files",
		"signal", "intent") || changed
	for _, list := range []string{"objects", "files", "buckets"} {
		if list == "files" && s.program() {
			continue
		}
		for i := range s.tree.at(list).items() {
			changed = s.strip([]any{list, i}, "bucket", "key", "path") || changed
		}
	}
	return changed
}

// limits are the keys of a rule that say when it acts. Every other key, beside times and match, is
// its fault.
var limits = []string{
	"name", "probability", "per", "during", "after", "after_upstream", "chain", "optional",
}

func ruleLimits(s *search) bool {
	return s.eachRule(func(path []any) bool {
		others := without(s.tree.at(path...).keys(), limits)
		changed := s.strip(path, others...)
		return s.simplify(path, others...) || changed
	})
}

// ruleTimes makes a rule act once, or else always: both are simpler than another number.
func ruleTimes(s *search) bool {
	return s.eachRule(func(path []any) bool {
		times := s.tree.at(path...).get("times")
		if times != nil && times.Value == "1" {
			return false
		}
		return s.try(func(root *node) bool {
			root.at(path...).set("times", scalar("1"))
			return true
		}) || s.try(func(root *node) bool { return root.at(path...).remove("times") })
	})
}

func ruleMatches(s *search) bool {
	return s.eachRule(func(path []any) bool {
		changed := false
		for _, at := range s.tree.paths(append(path, "match")...) {
			changed = s.strip(at) || changed
			changed = s.simplify(at) || changed
		}
		return s.try(func(root *node) bool {
			match := root.at(append(path, "match")...)
			return match != nil && len(match.Content) == 0 && root.at(path...).remove("match")
		}) || changed
	})
}

// faults simplifies the parameters of the faults.
func faults(s *search) bool {
	return s.eachRule(func(path []any) bool {
		changed := false
		for _, key := range s.tree.at(path...).keys() {
			if key == "match" || key == "times" || slices.Contains(limits, key) {
				continue
			}
			for _, at := range s.tree.paths(append(path, key)...) {
				changed = s.strip(at) || changed
				changed = s.simplify(at) || changed
			}
			changed = s.simplifyValue(path, key) || changed
		}
		return changed
	})
}

// eachRule calls pass with the path of every rule.
func (s *search) eachRule(pass func(path []any) bool) bool {
	changed := false
	for i := range s.tree.at("faults").items() {
		changed = pass([]any{"faults", i}) || changed
	}
	return changed
}

func stepFields(s *search) bool {
	changed := false
	for _, path := range s.tree.paths("steps") {
		changed = s.strip(path, "bucket", "key", "size") || changed
	}
	return changed
}

// sizes makes objects small and steps short.
func sizes(s *search) bool {
	changed := false
	for _, list := range []string{"objects", "files", "steps"} {
		for _, path := range s.tree.paths(list) {
			changed = s.simplify(path) || changed
			changed = s.thin(append(path, "keys")...) || changed
		}
	}
	return changed
}

// program reports whether the client is a program. Its variables and its files tell it where the
// endpoint is: without them it might find a real cloud.
func (s *search) program() bool { return s.tree.at("client", "run") != nil }

func client(s *search) bool {
	if s.program() {
		return false
	}
	changed := false
	for _, path := range s.tree.paths("client") {
		changed = s.strip(path) || changed
		changed = s.simplify(path) || changed
	}
	return changed
}

func seed(s *search) bool {
	return s.try(func(root *node) bool { return root.remove("seed") })
}
