package script

import (
	"fmt"
	"reflect"

	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// decodeNode reads one size, {between: [lowest, highest]} or {one_of: [size, …]}.
func (w *Draw) decodeNode(d *strictyaml.Decoder, n *yaml.Node, path string) bool {
	w.Place = strictyaml.PlaceOf(n)
	if n.Kind == yaml.SequenceNode {
		d.Mismatch(n, "a size, {between: [lowest, highest]} or {one_of: [size, …]}", path)
		return false
	}
	if n.Kind != yaml.MappingNode {
		sound := d.Decode(n, reflect.ValueOf(&w.Min).Elem(), path)
		w.Max = w.Min
		return sound
	}
	var keys struct {
		strictyaml.Block `yaml:"-"`
		Between          []Size `yaml:"between"`
		OneOf            []Size `yaml:"one_of"`
	}
	if !d.Mapping(n, reflect.ValueOf(&keys).Elem(), path, nil) {
		return false
	}
	switch between := keys.Between; {
	case keys.Has("between") == keys.Has("one_of"):
		d.Add(d.SpanOf(n), "", "%s: want either between or one_of", path)
	case keys.Has("one_of") && len(keys.OneOf) == 0:
		d.Add(keys.ValueSpan("one_of"), "", "%s.one_of: the list is empty: want one size or more", path)
	case keys.Has("one_of"):
		w.OneOf = keys.OneOf
		return true
	case len(between) != 2:
		d.Add(keys.ValueSpan("between"), "write [lowest, highest]", "%s.between: want two sizes, got %d",
			path, len(between))
	case between[1] < between[0]:
		d.Add(keys.ValueSpan("between"), fmt.Sprintf("write [%v, %v]", between[1], between[0]),
			"%s.between: %v is more than %v: want the lowest first", path, between[0], between[1])
	default:
		w.Min, w.Max = between[0], between[1]
		return true
	}
	return false
}

// Largest returns the largest size that can be drawn.
func (w *Draw) Largest() Size {
	largest := w.Max
	for _, size := range w.OneOf {
		largest = max(largest, size)
	}
	return largest
}

// mean returns the size that draws have on average.
func (w *Draw) mean() Size {
	if len(w.OneOf) == 0 {
		return logMean(w.Min, w.Max)
	}
	sum := Size(0)
	for _, size := range w.OneOf {
		sum += size / Size(len(w.OneOf))
	}
	return sum
}
