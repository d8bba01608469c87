package script

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// boundWords are the keys of a bound that is written as a mapping.
var boundWords = []string{"between", "min", "max", "exactly"}

func (b *Bound[T]) decodeNode(d *strictyaml.Decoder, n *yaml.Node, path string) bool {
	return b.decodeWith(d, n, path, nil)
}

// decodeWith decodes a bound. Its mapping may hold the keys of more as well; nil means none.
func (b *Bound[T]) decodeWith(d *strictyaml.Decoder, n *yaml.Node, path string, more *strictyaml.Extra) bool {
	if n.Kind == yaml.SequenceNode {
		d.Mismatch(n, "a bound", path)
		return false
	}
	b.Place = strictyaml.PlaceOf(n)
	if n.Kind != yaml.MappingNode {
		var value T
		if !d.Decode(n, reflect.ValueOf(&value).Elem(), path) {
			return false
		}
		b.set(Exactly(value))
		return true
	}
	keys := boundKeys[T]{}
	sound := d.Mapping(n, reflect.ValueOf(&keys).Elem(), path, more)
	given := slices.DeleteFunc(slices.Clone(boundWords), func(word string) bool { return !keys.Has(word) })
	switch {
	case len(given) == 0 && keys.HasUnknown():
		return false
	case len(given) == 0:
		d.Add(d.SpanOf(n), "", "%s: a bound needs exactly one of %s", path, strictyaml.Enumerate(boundWords))
		return false
	case len(given) > 1:
		hint := ""
		if slices.Equal(given, []string{"min", "max"}) && sound {
			hint = fmt.Sprintf("write {between: [%v, %v]}", min(keys.Min, keys.Max), max(keys.Min, keys.Max))
		}
		d.Add(keys.KeySpan(given[1]), hint, "%s: a bound needs exactly one of %s, got %s", path,
			strictyaml.Enumerate(boundWords), strictyaml.Enumerate(given))
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
		return b.between(d, keys.ValueSpan("between"), keys.Between, path)
	}
	return true
}

func (b *Bound[T]) between(d *strictyaml.Decoder, at strictyaml.Span, ends []T, path string) bool {
	switch {
	case len(ends) != 2:
		d.Add(at, "write [lowest, highest]", "%s: between: want two values, got %d", path, len(ends))
		return false
	case ends[1] < ends[0]:
		d.Add(at, fmt.Sprintf("write [%v, %v]", ends[1], ends[0]),
			"%s: between: %v is more than %v: want the lowest first", path, ends[0], ends[1])
		return false
	}
	b.set(Between(ends[0], ends[1]))
	return true
}

// set copies the ends of another bound and keeps the place.
func (b *Bound[T]) set(ends Bound[T]) {
	ends.Place = b.Place
	*b = ends
}

// boundKeys is a bound that is written as a mapping. It sets exactly one of its fields.
type boundKeys[T cmp.Ordered] struct {
	strictyaml.Block `yaml:"-"`
	Between          []T `yaml:"between"`
	Min              T   `yaml:"min"`
	Max              T   `yaml:"max"`
	Exactly          T   `yaml:"exactly"`
}

// Counts are bounds that must all hold.
type Counts []CountBound

// decodeNode reads one bound or a list of bounds.
func (c *Counts) decodeNode(d *strictyaml.Decoder, n *yaml.Node, path string) bool {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	*c = make(Counts, len(items))
	sound := true
	for i, item := range items {
		sound = d.Decode(item, reflect.ValueOf(&(*c)[i]).Elem(), path) && sound
	}
	return sound
}

// decodeNode reads a bound that may hold the key `of`.
func (c *CountBound) decodeNode(d *strictyaml.Decoder, n *yaml.Node, path string) bool {
	return c.decodeWith(d, n, path, &strictyaml.Extra{
		Words: []string{"of"},
		Take: func(_ string, value *yaml.Node) bool {
			return d.Decode(value, reflect.ValueOf(&c.Of).Elem(), strictyaml.Join(path, "of")) &&
				checkOperation(d.Problems, d.SpanOf(value), c.Of, strictyaml.Join(path, "of"))
		},
	})
}

// decodeNode reads the word policy, or one bound for each wait.
func (w *Waits) decodeNode(d *strictyaml.Decoder, n *yaml.Node, path string) bool {
	w.Place = strictyaml.PlaceOf(n)
	if n.Kind == yaml.ScalarNode && n.Value == "policy" {
		w.Policy = true
		return true
	}
	if n.Kind != yaml.SequenceNode {
		d.Mismatch(n, "a list of bounds, or policy", path)
		return false
	}
	return d.List(n, reflect.ValueOf(&w.Each).Elem(), path)
}
