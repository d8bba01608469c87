package strictyaml

import (
	"encoding"
	"reflect"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/internal/suggest"
)

// Decoder writes YAML nodes into Go values by their `yaml` tags, strictly, and goes on after a
// mistake so that all of them are found at once.
//
// A tag is the key, then options: "required", and "positive" where zero is no value. Numbers,
// durations and sizes are never negative in this format.
type Decoder struct {
	*Problems

	format *Format
	trail  Trail
	label  bool // the value is one of the format's Labels
}

// Decode sets v to what n says, and reports whether it could. The path names the value in messages:
// "client.builtin.retry".
func (d *Decoder) Decode(n *yaml.Node, v reflect.Value, path string) bool {
	if n.Kind == yaml.AliasNode || n.Style&yaml.TaggedStyle != 0 {
		return false // reported by the tree's own check
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		return d.Decode(n, v.Elem(), path)
	}
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		d.empty(n, v.Type(), path)
		return false
	}
	t := d.format.Types[v.Type()]
	if t.read != nil {
		return t.read(d, n, v, path)
	}
	if target, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok && n.Kind == yaml.ScalarNode {
		return d.text(n, target, path)
	}
	if t.words != nil {
		return d.word(n, v, t.words, path)
	}
	switch v.Kind() {
	case reflect.Struct:
		return d.Mapping(n, v, path, nil)
	case reflect.Slice:
		return d.List(n, v, path)
	case reflect.Map:
		return d.texts(n, v, path)
	}
	return d.Scalar(n, v, path)
}

// field is a struct's field as the format knows it.
type field struct {
	name               string
	kind               reflect.Kind
	index              []int // for reflect.Value.FieldByIndex
	required, positive bool
}

// known holds the fields of each type that was decoded, by its [reflect.Type].
var known sync.Map

// fieldsOf lists the tagged fields of a struct, in order.
func fieldsOf(t reflect.Type) []field {
	if fields, ok := known.Load(t); ok {
		return fields.([]field)
	}
	var fields []field
	for f := range t.Fields() {
		tag, tagged := f.Tag.Lookup("yaml")
		switch {
		case f.Anonymous && !tagged && f.Type.Kind() == reflect.Struct:
			for _, inner := range fieldsOf(f.Type) {
				inner.index = slices.Concat(f.Index, inner.index)
				fields = append(fields, inner)
			}
			continue
		case !f.IsExported() || !tagged || tag == "-":
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		fields = append(fields, field{
			name: name, kind: f.Type.Kind(), index: f.Index,
			required: hasOption(options, "required"), positive: hasOption(options, "positive"),
		})
	}
	known.Store(t, fields)
	return fields
}

// fieldFor returns the index of the field that takes a key's value, or -1. Fields may share a key:
// a slice takes a list, a struct takes a mapping, and the first of the fields takes everything that
// no other does.
func fieldFor(fields []field, key, value *yaml.Node) int {
	found := -1
	for i, f := range fields {
		fits := f.kind == reflect.Slice && value.Kind == yaml.SequenceNode ||
			f.kind == reflect.Struct && value.Kind == yaml.MappingNode
		if f.name == key.Value && (found < 0 || fits) {
			found = i
		}
	}
	return found
}

func hasOption(options, option string) bool {
	return slices.Contains(strings.Split(options, ","), option)
}

// Extra takes the keys that are not fields of the struct. It reports whether the key was one of its
// own, and whether its value was understood.
type Extra struct {
	Words []string
	Take  func(key string, value *yaml.Node) bool
}

// Mapping decodes a YAML mapping into a struct.
func (d *Decoder) Mapping(n *yaml.Node, v reflect.Value, path string, more *Extra) bool {
	if n.Kind != yaml.MappingNode {
		d.Mismatch(n, "a mapping", path)
		return false
	}
	fields := fieldsOf(v.Type())
	block := Block{Place: PlaceOf(n), keys: map[string]entry{}}
	meant := map[string]bool{} // keys that an unknown one was probably meant to be
	sound := true
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.ShortTag() == "!!merge" || key.ShortTag() == "!!null" ||
			block.Has(key.Value) {
			sound = false // reported by the tree's own check
			continue
		}
		var ok bool
		d.follow(Join(path, key.Value), key, value)
		if f := fieldFor(fields, key, value); f >= 0 {
			d.label = slices.Contains(d.format.Labels, key.Value)
			field := v.FieldByIndex(fields[f].index)
			ok = d.Decode(value, field, Join(path, key.Value)) && d.above(value, fields[f], field, path)
			d.label = false
		} else if more != nil && slices.Contains(more.Words, key.Value) {
			ok = more.Take(key.Value, value)
		} else {
			meant[d.unknown(key, fields, more, path)] = true
			block.unknown = true
			sound = false
			continue
		}
		if !ok && value.Kind == yaml.ScalarNode {
			delete(d.trail, Join(path, key.Value))
		}
		block.keys[key.Value] = d.entry(key, value, !ok)
		sound = sound && ok
	}
	var missing []string
	for _, f := range fields {
		if f.required && !block.Has(f.name) && !meant[f.name] {
			missing = append(missing, f.name)
		}
	}
	if len(missing) > 0 {
		d.Add(d.SpanOf(n), "", "missing %s%s", Enumerate(missing), in(path))
		sound = false
	}
	if keeper, ok := v.Addr().Interface().(interface{ block() *Block }); ok {
		*keeper.block() = block
	}
	return sound
}

// unknown reports an unknown key and returns the known key that was probably meant.
func (d *Decoder) unknown(key *yaml.Node, fields []field, more *Extra, path string) string {
	var words []string
	for _, f := range fields {
		if !slices.Contains(words, f.name) {
			words = append(words, f.name)
		}
	}
	if more != nil {
		words = append(words, more.Words...)
	}
	d.Add(d.SpanOf(key), hintFor(key.Value, "the keys here are", words), "unknown key %q%s", Short(key.Value), in(path))
	return suggest.Nearest(key.Value, words)
}

func Join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + Short(key)
}

// subject names a mapping at the start of a message.
func (d *Decoder) subject(path string) string {
	if path == "" {
		return "a " + d.format.Document
	}
	return path
}

// in names a mapping at the end of a message.
func in(path string) string {
	if path == "" {
		return ""
	}
	return " in " + path
}
