// Package schema describes the scenario format as a JSON Schema, for editors: [JSON].
//
// The schema comes from the types that the strict decoder fills, so that a new word of the format
// is in it at once. It accepts every good scenario. README.md lists the mistakes that only the
// decoder sees.
package schema

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// JSON returns the schema, in draft 2020-12. Its last byte is a line feed.
func JSON() ([]byte, error) {
	m := &maker{special: special(), defs: object{
		"placeholder": object{
			"description": "a value of the matrix, such as ${fault}",
			"type":        "string", "pattern": `^\$\{[a-z][a-z0-9_.]*\}$`,
		},
		"operation": object{"anyOf": []object{{"enum": faultproxy.Operations()}, {"$ref": "#/$defs/placeholder"}}},
		"duration":  object{"anyOf": duration()},
	}}
	root := m.fields(reflect.TypeFor[script.Scenario]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = script.SchemaURL
	root["title"] = "a scenario of s3chaos"
	root["$defs"] = m.defs
	root["properties"].(object)["version"] = object{"const": 1}
	text, err := json.MarshalIndent(root, "", " ")
	return append(text, '\n'), err
}

type object = map[string]any

// A maker collects the definitions of struct types, which may contain themselves.
type maker struct {
	defs    object
	special map[reflect.Type]func(m *maker) []object
}

// value returns the schema of a type. A family may have a placeholder in place of any value.
func (m *maker) value(t reflect.Type) object {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	forms := m.forms(t)
	if len(forms) == 1 && forms[0]["type"] == "string" && forms[0]["pattern"] == nil {
		return forms[0]
	}
	return orPlaceholder(forms...)
}

// orPlaceholder returns the schema of a value in one of these forms, or of a placeholder.
func orPlaceholder(forms ...object) object {
	return object{"anyOf": append(forms, object{"$ref": "#/$defs/placeholder"})}
}

// forms returns the forms in which the decoder reads a type.
func (m *maker) forms(t reflect.Type) []object {
	if words := script.Values(t); words != nil {
		return []object{{"enum": words}}
	}
	if own, ok := m.special[t]; ok {
		return own(m)
	}
	var forms []object
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		forms = append(forms, scalar())
	}
	switch t.Kind() {
	case reflect.Struct:
		return append(forms, m.reference(t))
	case reflect.Slice:
		return append(forms, m.list(t.Elem()))
	case reflect.Map:
		return append(forms, object{"type": "object", "additionalProperties": scalar()})
	case reflect.Bool:
		return append(forms, object{"type": "boolean"})
	case reflect.Float64:
		return append(forms, object{"type": "number", "minimum": 0})
	case reflect.String:
		return append(forms, object{"type": "string"})
	}
	if len(forms) > 0 { // a number with a unit, such as a size
		return forms
	}
	return []object{{"type": "integer", "minimum": 0}}
}

// scalar is any value that YAML writes as one word or text.
func scalar() object { return object{"type": []string{"string", "number", "boolean"}} }

// list returns the schema of a list. An item of text may be written without quotes.
func (m *maker) list(item reflect.Type) object {
	if item.Kind() == reflect.String && script.Values(item) == nil {
		return object{"type": "array", "items": scalar()}
	}
	return object{"type": "array", "items": m.value(item)}
}

// reference returns a reference to the definition of a struct, which it makes once.
func (m *maker) reference(t reflect.Type) object {
	name := strings.ToLower(t.Name())
	if i := strings.IndexByte(name, '['); i >= 0 {
		name = name[:i]
	}
	if t.PkgPath() == reflect.TypeFor[faultproxy.Rule]().PkgPath() {
		name = "fault." + name
	}
	if m.defs[name] == nil {
		m.defs[name] = object{} // a type that contains itself finds it
		m.defs[name] = m.fields(t)
	}
	return object{"$ref": "#/$defs/" + name}
}

// fields returns the schema of a mapping with the fields of a struct.
func (m *maker) fields(t reflect.Type) object {
	properties, forms := object{}, map[string][]object{}
	var required []string
	m.collect(t, forms, &required)
	for name, of := range forms {
		if len(of) == 1 {
			properties[name] = of[0]
		} else {
			properties[name] = object{"anyOf": of} // fields that share a key
		}
	}
	return mapping(properties, required)
}

// mapping returns the schema of a mapping. In a family << takes keys from a value of the matrix,
// and then required ones can be missing.
func mapping(properties object, required []string) object {
	properties["<<"] = object{"$ref": "#/$defs/placeholder"}
	schema := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		schema["anyOf"] = []object{{"required": required}, {"required": []string{"<<"}}}
	}
	return schema
}

func (m *maker) collect(t reflect.Type, forms map[string][]object, required *[]string) {
	for f := range t.Fields() {
		tag, tagged := f.Tag.Lookup("yaml")
		switch {
		case f.Anonymous && !tagged && f.Type.Kind() == reflect.Struct:
			m.collect(f.Type, forms, required)
			continue
		case !f.IsExported() || !tagged || tag == "-":
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		schema := m.value(f.Type)
		if name == "operation" {
			schema = operation(f.Type)
		}
		forms[name] = append(forms[name], schema)
		for option := range strings.SplitSeq(options, ",") {
			if option == "required" {
				*required = append(*required, name)
			}
		}
	}
}

// operation returns the schema of the name of an S3 operation, or of a list of them.
func operation(t reflect.Type) object {
	name := object{"$ref": "#/$defs/operation"}
	if t.Kind() == reflect.Slice {
		return object{"type": "array", "items": name}
	}
	return name
}

// duration is a time with its units, or 0.
func duration() []object {
	return []object{
		{"type": "string", "pattern": `^\+?(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$|^\+?0$`},
		{"const": 0},
	}
}

var durationType = reflect.TypeFor[time.Duration]()
