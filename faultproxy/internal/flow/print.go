package flow

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Printer prints values into a text that it returns as a string. The caller sets Format, and writes
// the outer braces.
type Printer struct {
	Format *Format

	b    strings.Builder
	some bool // a field was written, so the next needs a comma
}

// String returns the text so far.
func (p *Printer) String() string { return p.b.String() }

// Write appends text as it is.
func (p *Printer) Write(text string) { p.b.WriteString(text) }

// Field writes the name of a field, after a comma unless it is the first.
func (p *Printer) Field(name string) {
	if p.some {
		p.Write(", ")
	}
	p.Write(name + ": ")
	p.some = true
}

// Fields writes the fields of a struct that are not zero, without braces.
func (p *Printer) Fields(v reflect.Value) {
	for i := range v.NumField() {
		name, ok := FieldName(v.Type().Field(i))
		if !ok || v.Field(i).IsZero() || v.Field(i).Kind() == reflect.Map && v.Field(i).Len() == 0 {
			continue
		}
		p.Field(name)
		p.Value(v.Field(i))
	}
}

// Value writes a value. It panics if the package does not know the value's type and Format does not
// say how to print it.
func (p *Printer) Value(v reflect.Value) {
	if t, ok := p.Format.Types[v.Type()]; ok {
		p.Write(t.Print(v.Interface()))
		return
	}
	if d, ok := v.Interface().(time.Duration); ok {
		p.Write(Duration(d))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		p.Value(v.Elem())
	case reflect.Struct:
		inner := &Printer{Format: p.Format}
		inner.Fields(v)
		p.Write("{" + inner.String() + "}")
	case reflect.Map:
		p.mapping(v.Interface().(map[string]string))
	case reflect.Slice:
		p.sequence(v)
	case reflect.String:
		p.Write(String(v.String()))
	case reflect.Bool:
		p.Write(strconv.FormatBool(v.Bool()))
	case reflect.Int, reflect.Int64:
		p.Write(strconv.FormatInt(v.Int(), 10))
	case reflect.Float64:
		p.Write(formatFloat(v.Float()))
	default:
		panic(fmt.Sprintf("flow: no text form for %s", v.Type())) // a mistake in the declaration of the field
	}
}

func (p *Printer) mapping(m map[string]string) {
	p.Write("{")
	for i, k := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			p.Write(", ")
		}
		p.Write(String(k) + ": " + String(m[k]))
	}
	p.Write("}")
}

func (p *Printer) sequence(v reflect.Value) {
	p.Write("[")
	for i := range v.Len() {
		if i > 0 {
			p.Write(", ")
		}
		p.Value(v.Index(i))
	}
	p.Write("]")
}

func formatFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return ".nan"
	case math.IsInf(f, 1):
		return ".inf"
	case math.IsInf(f, -1):
		return "-.inf"
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// Duration returns d as text without the units that are zero: 1m30s, 2h, 0s.
func Duration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}
