package strictyaml

import (
	"reflect"

	"go.yaml.in/yaml/v4"
)

// List decodes a YAML sequence into a slice, which is not nil afterwards.
func (d *Decoder) List(n *yaml.Node, v reflect.Value, path string) bool {
	if n.Kind != yaml.SequenceNode {
		d.Mismatch(n, "a list", path)
		return false
	}
	sound := true
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		if v.Type().Elem().Kind() == reflect.String && d.written(item, v.Index(i)) {
			sound = d.checkHeld(item, path) && sound
			continue
		}
		sound = d.Decode(item, v.Index(i), path) && sound
	}
	return sound
}

// texts decodes a YAML mapping into a map of text by text.
func (d *Decoder) texts(n *yaml.Node, v reflect.Value, path string) bool {
	if n.Kind != yaml.MappingNode {
		d.Mismatch(n, "a mapping", path)
		return false
	}
	sound := true
	v.Set(reflect.MakeMapWithSize(v.Type(), len(n.Content)/2))
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, item := n.Content[i], n.Content[i+1]
		value := reflect.New(v.Type().Elem()).Elem()
		d.follow(Join(path, key.Value), key, item)
		ok := d.written(item, value)
		if ok {
			ok = d.checkHeld(item, Join(path, key.Value))
		} else {
			ok = d.Decode(item, value, Join(path, key.Value))
		}
		if !ok {
			sound = false
			continue
		}
		v.SetMapIndex(reflect.ValueOf(key.Value).Convert(v.Type().Key()), value)
	}
	return sound
}

// written sets v to a scalar exactly as it was written. In an argv, an environment or a header a
// number is text, whether it was quoted or not.
func (d *Decoder) written(n *yaml.Node, v reflect.Value) bool {
	if d.format.Types[v.Type()].words != nil || n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		return false
	}
	v.SetString(n.Value)
	return true
}
