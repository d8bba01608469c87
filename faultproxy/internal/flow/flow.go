// Package flow reads and prints Go structs as YAML flow form on one line, such as {times: 2, delay:
// 250ms}: [Parse] and [Decoder] read it, [Printer] prints it.
//
// Fields are named by their yaml tags. A field is printed unless it is zero, and maps are printed
// in the order of their keys, so that equal values have equal texts. The package knows structs,
// pointers, slices, maps of strings, strings, booleans, whole numbers, floating-point numbers and
// durations (time.Duration). It reads a type that implements encoding.TextUnmarshaler from a
// scalar. [Format] says how to print such a type, and how to read and print any other.
package flow

import (
	"reflect"
	"strings"
)

// Format tells a Decoder and a Printer about the types of the program that uses them.
type Format struct {
	// Types are the types with a text form of their own.
	Types map[reflect.Type]Type
	// Name returns the word for a struct in error messages; v is a pointer to the struct.
	Name func(v any) string
}

// Type is the text form of one type.
type Type struct {
	Print func(v any) string                // returns the text of v
	Read  func(d *Decoder, n *Node, to any) // reads n into what to points to; nil: as the package does without it
}

// FieldName returns the name of a struct's field in the text, and whether the text has the field.
func FieldName(f reflect.StructField) (string, bool) {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return name, f.IsExported() && name != "" && name != "-"
}

// fieldFor returns the field of a struct that takes the value of a pair. Fields may share a name: a
// slice takes a sequence, a struct takes a mapping, and the first of the fields takes everything
// that no other does.
func fieldFor(v reflect.Value, p Pair) (field reflect.Value, ok bool) {
	for i := range v.NumField() {
		if name, named := FieldName(v.Type().Field(i)); !named || name != p.Key.Text {
			continue
		}
		kind := v.Field(i).Kind()
		fits := kind == reflect.Slice && p.Value.Kind == Sequence || kind == reflect.Struct && p.Value.Kind == Mapping
		if !ok || fits {
			field, ok = v.Field(i), true
		}
	}
	return field, ok
}

// fieldNames returns the names of a struct's fields, in order.
func fieldNames(t reflect.Type) []string {
	var names []string
	for field := range t.Fields() {
		if name, ok := FieldName(field); ok {
			names = append(names, name)
		}
	}
	return names
}
