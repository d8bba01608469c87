package faultproxy

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/internal/suggest"
)

// ParseFault reads a fault as String prints it and as scenario files have it: "respond: {status:
// 503, code: SlowDown}". The error joins every mistake, each a *TextError with its column, or what
// Fault.Validate says.
func ParseFault(text string) (Fault, error) {
	n, err := scanText(text)
	if err != nil {
		return nil, fmt.Errorf("parse fault: %w", err)
	}
	d := &textDecoder{text: text}
	var f Fault
	for _, p := range n.pairs {
		f = d.fault(p, f)
	}
	if len(n.pairs) == 0 {
		d.errorf(n, "no fault")
	}
	if d.errs == nil {
		d.errs = f.Validate()
	}
	if d.errs != nil {
		return nil, fmt.Errorf("parse fault: %w", d.errs)
	}
	return f, nil
}

// ParseRule reads a rule as String prints it; the outer braces may be left out. The error joins
// every mistake, each a *TextError with its column, or what Rule.Validate says.
func ParseRule(text string) (Rule, error) {
	n, err := scanText(text)
	if err != nil {
		return Rule{}, fmt.Errorf("parse rule: %w", err)
	}
	d := &textDecoder{text: text}
	var r Rule
	v := reflect.ValueOf(&r).Elem()
	fields := fieldIndex(v.Type())
	for _, p := range n.pairs {
		switch i, ok := fields[p.key.text]; {
		case ok:
			d.value(p.value, v.Field(i))
		case slices.Contains(Kinds(), p.key.text):
			r.Fault = d.fault(p, r.Fault)
		default:
			d.unknown(p.key, "rule", append(fieldNames(v.Type()), Kinds()...))
		}
	}
	if d.errs == nil {
		d.errs = r.Validate()
	}
	if d.errs != nil {
		return Rule{}, fmt.Errorf("parse rule: %w", d.errs)
	}
	return r, nil
}

// textDecoder puts nodes into Go values and gathers the mistakes.
type textDecoder struct {
	text string
	errs error
}

func (d *textDecoder) errorf(n *node, format string, args ...any) *TextError {
	e := textErrorf(d.text, n.at, format, args...)
	d.errs = errors.Join(d.errs, e)
	return e
}

// mistake notes what is wrong with a value; the column says which.
func (d *textDecoder) mistake(n *node, err error) {
	var fe *FieldError
	if errors.As(err, &fe) {
		d.errorf(n, "%s", fe.Message).Hint = fe.Hint
		return
	}
	d.errorf(n, "%v", err)
}

func (d *textDecoder) unknown(key *node, of string, known []string) {
	d.errorf(key, "unknown %s key %s", of, quoteText(key.text)).Hint = suggest.Hint(key.text, known)
}

// fault decodes one "kind: parameters"; before is the fault there already is.
func (d *textDecoder) fault(p pair, before Fault) Fault {
	f, ok := NewFault(p.key.text)
	if !ok {
		d.errorf(p.key, "unknown fault %s", quoteText(p.key.text)).Hint = suggest.Hint(p.key.text, Kinds())
		return before
	}
	if before != nil {
		d.errorf(p.key, "%s is a second fault beside %s: a rule has exactly one", p.key.text, before.Kind())
		return before
	}
	if short, ok := f.(encoding.TextUnmarshaler); ok && p.value.kind == scalarNode {
		if err := short.UnmarshalText([]byte(p.value.text)); err != nil {
			d.mistake(p.value, err)
		}
		return f
	}
	d.value(p.value, reflect.ValueOf(f).Elem())
	return f
}

func (d *textDecoder) value(n *node, v reflect.Value) {
	if w, ok := v.Addr().Interface().(*Window); ok {
		d.window(n, w)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem())
	case reflect.Struct:
		d.structure(n, v)
	case reflect.Map:
		d.mapping(n, v)
	case reflect.Slice:
		if !d.is(n, sequenceNode) {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), len(n.items), len(n.items)))
		for i, item := range n.items {
			d.value(item, v.Index(i))
		}
	default:
		if d.is(n, scalarNode) {
			d.scalar(n, v)
		}
	}
}

func (d *textDecoder) is(n *node, kind nodeKind) bool {
	if n.kind != kind {
		d.errorf(n, "%s where %s belongs", n.kind, kind)
	}
	return n.kind == kind
}

func (d *textDecoder) structure(n *node, v reflect.Value) {
	if !d.is(n, mappingNode) {
		return
	}
	fields := fieldIndex(v.Type())
	for _, p := range n.pairs {
		if i, ok := fields[p.key.text]; ok {
			d.value(p.value, v.Field(i))
		} else {
			of := strings.ToLower(v.Type().Name())
			if f, ok := v.Addr().Interface().(Fault); ok {
				of = f.Kind()
			}
			d.unknown(p.key, of, fieldNames(v.Type()))
		}
	}
}

func (d *textDecoder) mapping(n *node, v reflect.Value) {
	if !d.is(n, mappingNode) {
		return
	}
	m := make(map[string]string, len(n.pairs))
	for _, p := range n.pairs {
		if d.is(p.value, scalarNode) {
			m[p.key.text] = p.value.text
		}
	}
	if len(m) > 0 {
		v.Set(reflect.ValueOf(m))
	}
}

func (d *textDecoder) window(n *node, w *Window) {
	if n.kind != sequenceNode || len(n.items) != 2 {
		d.errorf(n, "a window is two times: [10s, 40s]")
		return
	}
	d.value(n.items[0], reflect.ValueOf(&w.From).Elem())
	d.value(n.items[1], reflect.ValueOf(&w.To).Elem())
	if *w == (Window{}) {
		d.errorf(n, "the window is empty")
	}
}

func (d *textDecoder) scalar(n *node, v reflect.Value) {
	switch p := v.Addr().Interface().(type) {
	case *time.Duration:
		t, err := time.ParseDuration(n.text)
		if err != nil {
			d.errorf(n, "%s is no duration like 250ms or 1m30s", quoteText(n.text))
		}
		*p = t
		return
	case encoding.TextUnmarshaler:
		if err := p.UnmarshalText([]byte(n.text)); err != nil {
			d.errorf(n, "%v", err)
		}
		return
	}
	if v.Kind() != reflect.String && n.quoted {
		d.errorf(n, "quoted text where a plain %s belongs", v.Kind())
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(n.text)
	case reflect.Bool:
		if n.text != "true" && n.text != "false" {
			d.errorf(n, "%s is neither true nor false", quoteText(n.text))
		}
		v.SetBool(n.text == "true")
	case reflect.Int, reflect.Int64:
		i, err := strconv.ParseInt(n.text, 10, v.Type().Bits())
		if err != nil {
			d.errorf(n, "%s is no whole number", quoteText(n.text))
		}
		v.SetInt(i)
	case reflect.Float64:
		f, ok := parseFloat(n.text)
		if !ok {
			d.errorf(n, "%s is no number", quoteText(n.text))
		}
		v.SetFloat(f)
	default:
		d.errorf(n, "a field of type %s has no text", v.Type())
	}
}

func parseFloat(text string) (float64, bool) {
	switch text {
	case ".nan":
		return math.NaN(), true
	case ".inf":
		return math.Inf(1), true
	case "-.inf":
		return math.Inf(-1), true
	}
	for _, c := range []byte(text) {
		if (c < '0' || c > '9') && c != '.' && c != 'e' && c != 'E' && c != '-' && c != '+' {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil
}

// fieldIndex maps the names of a struct's fields in the text to their places.
func fieldIndex(t reflect.Type) map[string]int {
	m := map[string]int{}
	for i := range t.NumField() {
		if name, ok := fieldName(t.Field(i)); ok {
			m[name] = i
		}
	}
	return m
}

func fieldNames(t reflect.Type) []string {
	var names []string
	for field := range t.Fields() {
		if name, ok := fieldName(field); ok {
			names = append(names, name)
		}
	}
	return names
}
