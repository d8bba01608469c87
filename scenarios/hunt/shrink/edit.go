package shrink

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"
)

// This file holds the changes that the passes share.

// thin leaves out items of a list: all of them, then halves, then smaller shares.
func (s *search) thin(path ...any) bool {
	count := func() int { return len(s.tree.at(path...).items()) }
	return inShares(count, func(from, to int) bool {
		return s.try(func(root *node) bool {
			list := root.at(path...)
			list.Content = slices.Delete(list.Content, from, to)
			if len(list.Content) == 0 {
				key, _ := path[len(path)-1].(string)
				return root.at(path[:len(path)-1]...).remove(key)
			}
			return true
		})
	})
}

// strip leaves out keys of a mapping, except these, as thin does items.
func (s *search) strip(path []any, except ...string) bool {
	keys := func() []string {
		return without(s.tree.at(path...).keys(), except)
	}
	return inShares(func() int { return len(keys()) }, func(from, to int) bool {
		gone := keys()[from:to]
		return s.try(func(root *node) bool {
			mapping := root.at(path...)
			for _, key := range gone {
				mapping.remove(key)
			}
			return true
		})
	})
}

// without returns the keys that are not among the others.
func without(keys, others []string) []string {
	return slices.DeleteFunc(keys, func(key string) bool { return slices.Contains(others, key) })
}

// inShares calls drop with ever smaller shares of count elements, and reports whether one of them
// could be left out.
func inShares(count func() int, drop func(from, to int) bool) bool {
	changed := false
	for size := count(); size > 0; size /= 2 {
		for from := 0; from < count(); {
			if drop(from, min(from+size, count())) {
				changed = true
			} else {
				from += size
			}
		}
	}
	return changed
}

// simplify simplifies the values of a mapping, except those of these keys.
func (s *search) simplify(path []any, except ...string) bool {
	changed := false
	for _, key := range s.tree.at(path...).keys() {
		if !slices.Contains(except, key) {
			changed = s.simplifyValue(path, key) || changed
		}
	}
	return changed
}

// simplifyValue tries simpler values of a key, the simplest first, until one is kept.
func (s *search) simplifyValue(path []any, key string) bool {
	value := s.tree.at(path...).get(key)
	if value == nil {
		return false
	}
	for _, simple := range simpler(key, value) {
		if s.try(func(root *node) bool {
			root.at(path...).set(key, copied(simple))
			return true
		}) {
			return true
		}
	}
	return false
}

// keys gives odd keys of objects plain names.
func keys(s *search) bool {
	changed := false
	for _, key := range s.tree.named() {
		if slices.Contains(plainKeys, key) {
			continue
		}
		for _, plain := range plainKeys {
			if slices.Contains(s.tree.named(), plain) {
				continue
			}
			changed = s.try(func(root *node) bool {
				root.rename(key, plain)
				return true
			}) || changed
			break
		}
	}
	return changed
}

var plainKeys = plainNames(16)

func plainNames(count int) []string {
	var names []string
	for i := range count {
		names = append(names, fmt.Sprintf("%c.bin", 'a'+i))
	}
	return names
}

// named returns the keys of objects that the script names, each once.
func (n *node) named() []string {
	var names []string
	n.eachKey(func(name *yaml.Node) {
		if !slices.Contains(names, name.Value) {
			names = append(names, name.Value)
		}
	})
	return names
}

func (n *node) rename(old, name string) {
	n.eachKey(func(at *yaml.Node) {
		if at.Value == old {
			*at = *scalar(name)
		}
	})
}

// eachKey calls f with each name of an object.
func (n *node) eachKey(f func(*yaml.Node)) {
	for _, list := range []string{"objects", "steps", "faults"} {
		for _, path := range n.paths(list) {
			at := n.at(path...)
			if key := at.get("key"); key != nil {
				f(key.Node)
			}
			for _, key := range at.get("keys").items() {
				f(key.Node)
			}
		}
	}
}
