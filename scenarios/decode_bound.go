package scenarios

import (
	"fmt"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v4"
)

// boundWords are the keys of a bound that is not a plain value.
var boundWords = []string{"between", "min", "max", "exactly"}

func (b *Bound[T]) decodeNode(d *decoder, n *yaml.Node, path string) bool {
	return b.decodeWith(d, n, path, nil)
}

// decodeWith decodes a bound whose mapping may have one more key.
func (b *Bound[T]) decodeWith(d *decoder, n *yaml.Node, path string, more *extra) bool {
	if n.Kind == yaml.SequenceNode {
		d.mismatch(n, "a bound", path)
		return false
	}
	b.Place = placeOf(n)
	if n.Kind != yaml.MappingNode {
		var value T
		if !d.decode(n, reflect.ValueOf(&value).Elem(), path) {
			return false
		}
		b.set(Exactly(value))
		return true
	}
	keys := boundKeys[T]{}
	sound := d.mapping(n, reflect.ValueOf(&keys).Elem(), path, more)
	given := slices.DeleteFunc(slices.Clone(boundWords), func(word string) bool { return !keys.Has(word) })
	switch {
	case len(given) == 0 && keys.strange():
		return false
	case len(given) == 0:
		d.add(d.spanOf(n), "", "%s: a bound has one of %s", path, list(boundWords))
		return false
	case len(given) > 1:
		hint := ""
		if slices.Equal(given, []string{"min", "max"}) && sound {
			hint = fmt.Sprintf("write {between: [%v, %v]}", keys.Min, keys.Max)
		}
		d.add(keys.keySpan(given[1]), hint, "%s: a bound has one of %s, not %s", path, list(boundWords), list(given))
		return false
	case !sound:
		return false
	}
	switch given[0] {
	case "exactly":
		b.set(Exactly(keys.Exactly))
	case "min":
		b.set(AtLeast(keys.Min))
	case "max":
		b.set(AtMost(keys.Max))
	case "between":
		return b.between(d, keys.valueSpan("between"), keys.Between, path)
	}
	return true
}

func (b *Bound[T]) between(d *decoder, at span, ends []T, path string) bool {
	switch {
	case len(ends) != 2:
		d.add(at, "write [lowest, highest]", "%s: between takes two values, not %d", path, len(ends))
		return false
	case ends[1] < ends[0]:
		d.add(at, fmt.Sprintf("write [%v, %v]", ends[1], ends[0]), "%s: nothing is between %v and %v", path, ends[0], ends[1])
		return false
	}
	b.set(Between(ends[0], ends[1]))
	return true
}

// set takes the ends of another bound and keeps the place.
func (b *Bound[T]) set(ends Bound[T]) {
	ends.Place = b.Place
	*b = ends
}

// boundKeys is a bound as written.
type boundKeys[T any] struct {
	Block   `yaml:"-"`
	Between []T `yaml:"between"`
	Min     T   `yaml:"min"`
	Max     T   `yaml:"max"`
	Exactly T   `yaml:"exactly"`
}

// Counts are bounds of which every one must hold.
type Counts []CountBound

// decodeNode takes one bound, or a list of them.
func (c *Counts) decodeNode(d *decoder, n *yaml.Node, path string) bool {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	*c = make(Counts, len(items))
	sound := true
	for i, item := range items {
		sound = d.decode(item, reflect.ValueOf(&(*c)[i]).Elem(), path) && sound
	}
	return sound
}

// decodeNode takes a bound that may say `of`.
func (c *CountBound) decodeNode(d *decoder, n *yaml.Node, path string) bool {
	return c.decodeWith(d, n, path, &extra{words: []string{"of"}, take: func(_ string, value *yaml.Node) bool {
		return d.decode(value, reflect.ValueOf(&c.Of).Elem(), join(path, "of")) && checkOperation(d.problems, d.spanOf(value), c.Of, join(path, "of"))
	}})
}

// decodeNode takes the word policy, or a bound for each wait.
func (w *Waits) decodeNode(d *decoder, n *yaml.Node, path string) bool {
	w.Place = placeOf(n)
	if n.Kind == yaml.ScalarNode && n.Value == "policy" {
		w.Policy = true
		return true
	}
	if n.Kind != yaml.SequenceNode {
		d.mismatch(n, "a list of bounds, or policy", path)
		return false
	}
	return d.list(n, reflect.ValueOf(&w.Each).Elem(), path)
}
