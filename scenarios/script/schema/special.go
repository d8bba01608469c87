package schema

// The types that the decoder reads by a function of their own: in what forms.

import (
	"maps"
	"reflect"
	"slices"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/strictyaml"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// special returns the forms of these types.
func special() map[reflect.Type]func(m *maker) []object {
	text := object{"type": "string"}
	return map[reflect.Type]func(m *maker) []object{
		durationType: func(*maker) []object {
			return []object{{"$ref": "#/$defs/duration"}}
		},
		reflect.TypeFor[script.Case]():          func(*maker) []object { return []object{matrix()} },
		reflect.TypeFor[script.IntBound]():      bound(reflect.TypeFor[int](), nil),
		reflect.TypeFor[script.DurationBound](): bound(durationType, nil),
		reflect.TypeFor[script.SizeBound]():     bound(reflect.TypeFor[script.Size](), nil),
		reflect.TypeFor[script.CountBound](): bound(reflect.TypeFor[int](),
			object{"of": operation(reflect.TypeFor[string]())}),
		reflect.TypeFor[script.Counts]():      oneOrMore(reflect.TypeFor[script.CountBound]()),
		reflect.TypeFor[script.Signals]():     oneOrMore(reflect.TypeFor[script.Signal]()),
		reflect.TypeFor[script.FileChanges](): oneOrMore(reflect.TypeFor[script.ChangeFile]()),
		reflect.TypeFor[script.Waits](): func(m *maker) []object {
			return []object{{"const": "policy"}, m.list(reflect.TypeFor[script.DurationBound]())}
		},
		reflect.TypeFor[script.Draw](): func(m *maker) []object {
			sizes := orPlaceholder(m.list(reflect.TypeFor[script.Size]()))
			drawn := exactlyOne(object{"between": sizes, "one_of": sizes})
			return append(m.forms(reflect.TypeFor[script.Size]()), drawn)
		},
		reflect.TypeFor[strictyaml.Command](): func(*maker) []object {
			return []object{{"type": "string", "minLength": 1}, {"type": "array", "items": scalar(), "minItems": 1}}
		},
		reflect.TypeFor[script.Parts](): func(m *maker) []object {
			return append(m.forms(reflect.TypeFor[int]()), m.list(reflect.TypeFor[script.Size]()))
		},
		reflect.TypeFor[faultproxy.Window](): func(m *maker) []object {
			window := m.list(durationType)
			window["minItems"], window["maxItems"] = 2, 2
			return []object{window}
		},
		reflect.TypeFor[script.SameAs]():      or[script.SameAs](object{"const": "upload"}),
		reflect.TypeFor[script.Location]():    or[script.Location](text),
		reflect.TypeFor[script.RawPiece]():    or[script.RawPiece](text),
		reflect.TypeFor[script.Credentials](): or[script.Credentials](object{"const": "anonymous"}),
		reflect.TypeFor[script.Region]():      or[script.Region](text),
		reflect.TypeFor[script.Bucket]():      or[script.Bucket](text),
		reflect.TypeFor[script.ObjectLock]():  or[script.ObjectLock](object{"type": "boolean"}),
		reflect.TypeFor[script.Checksum](): or[script.Checksum](
			object{"enum": script.Values(reflect.TypeFor[script.ChecksumAlgorithm]())}),
		reflect.TypeFor[script.Fault](): func(m *maker) []object { return []object{m.rule()} },
	}
}

// or returns the forms of a struct that can also be written as a scalar.
func or[T any](scalar object) func(m *maker) []object {
	return func(m *maker) []object { return []object{scalar, m.reference(reflect.TypeFor[T]())} }
}

// oneOrMore returns the forms of a list that may be written as its only item.
func oneOrMore(item reflect.Type) func(m *maker) []object {
	return func(m *maker) []object { return append(m.forms(item), m.list(item)) }
}

// bound returns the forms of a bound: a value, or a mapping with exactly one of its words.
func bound(t reflect.Type, more object) func(m *maker) []object {
	return func(m *maker) []object {
		pair := m.list(t)
		pair["minItems"], pair["maxItems"] = 2, 2
		ends := orPlaceholder(pair)
		whole := exactlyOne(object{"between": ends, "min": m.value(t), "max": m.value(t), "exactly": m.value(t)})
		maps.Copy(whole["properties"].(object), more)
		return append(m.forms(t), whole)
	}
}

// exactlyOne returns a mapping that has exactly one of these keys.
func exactlyOne(properties object) object {
	var one []object
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		one = append(one, object{"required": []string{name}})
	}
	schema := mapping(properties, nil)
	schema["oneOf"] = one
	return schema
}

// rule returns the schema of a fault rule: its own keys and exactly one fault.
func (m *maker) rule() object {
	if m.defs["rule"] == nil {
		rule := m.fields(reflect.TypeFor[faultproxy.Rule]())
		var one []object
		for _, kind := range faultproxy.Kinds() {
			fault, _ := faultproxy.NewFault(kind)
			rule["properties"].(object)[kind] = m.value(reflect.TypeOf(fault).Elem())
			one = append(one, object{"required": []string{kind}})
		}
		// A mapping that is merged in may bring the fault.
		merged := object{"required": []string{"<<"}, "not": object{"anyOf": one}}
		rule["anyOf"] = []object{{"oneOf": one}, merged}
		m.defs["rule"] = rule
	}
	return object{"$ref": "#/$defs/rule"}
}

// matrix returns the schema of the axes of a family.
func matrix() object {
	item := object{"type": []string{"string", "number", "boolean", "object"}} // exclude is a list of mappings
	axis := object{"anyOf": []object{{"type": "array", "items": item}, {"type": "object"}}}
	return object{
		"type":                 "object",
		"patternProperties":    object{"^[a-z][a-z0-9_]*$": axis},
		"additionalProperties": false,
	}
}
