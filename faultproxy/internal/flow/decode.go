package flow

import (
	"encoding"
	"reflect"
	"strings"

	"github.com/s3chaos/s3chaos/internal/suggest"
)

// Decoder puts nodes into Go values and collects the mistakes that it finds, so that one call
// reports all of them.
type Decoder struct {
	Errors []*Error // the mistakes so far

	format *Format
	text   string
}

// NewDecoder returns a decoder for the nodes that Parse returned for this text.
func NewDecoder(f *Format, text string) *Decoder { return &Decoder{format: f, text: text} }

// Errorf records a mistake at a node, and returns its error so that the caller can set a hint.
func (d *Decoder) Errorf(n *Node, format string, args ...any) *Error {
	e := errorf(d.text, n.at, format, args...)
	d.Errors = append(d.Errors, e)
	return e
}

// Unknown records that a key is unknown in a struct with this name. The hint is the most similar of
// the known words.
func (d *Decoder) Unknown(key *Node, of string, known []string) {
	d.Errorf(key, "unknown %s key %s", of, Quote(key.Text)).Hint = suggest.Hint(key.Text, known)
}

// Fields reads a mapping into the struct that to points to. It calls other for each pair whose key
// is not a field, with the names of all fields; a nil other means that such a key is unknown.
func (d *Decoder) Fields(n *Node, to any, other func(p Pair, fields []string)) {
	if !d.is(n, Mapping) {
		return
	}
	v := reflect.ValueOf(to).Elem()
	if other == nil {
		other = func(p Pair, fields []string) { d.Unknown(p.Key, d.nameOf(to), fields) }
	}
	for _, p := range n.Pairs {
		if field, ok := fieldFor(v, p); ok {
			d.value(p.Value, field)
		} else {
			other(p, fieldNames(v.Type()))
		}
	}
}

func (d *Decoder) nameOf(v any) string {
	if d.format.Name != nil {
		return d.format.Name(v)
	}
	return strings.ToLower(reflect.TypeOf(v).Elem().Name())
}

// Value reads a node into what to points to.
func (d *Decoder) Value(n *Node, to any) { d.value(n, reflect.ValueOf(to).Elem()) }

func (d *Decoder) value(n *Node, v reflect.Value) {
	if t := d.format.Types[v.Type()]; t.Read != nil {
		t.Read(d, n, v.Addr().Interface())
		return
	}
	if _, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok && n.Kind == Scalar {
		d.scalar(n, v)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem())
	case reflect.Struct:
		d.Fields(n, v.Addr().Interface(), nil)
	case reflect.Map:
		d.mapping(n, v)
	case reflect.Slice:
		d.sequence(n, v)
	default:
		if d.is(n, Scalar) {
			d.scalar(n, v)
		}
	}
}

// is reports whether the node is of this kind, and records a mistake if not.
func (d *Decoder) is(n *Node, kind Kind) bool {
	if n.Kind != kind {
		d.Errorf(n, "%s: want %s", n.Kind, kind)
	}
	return n.Kind == kind
}

func (d *Decoder) mapping(n *Node, v reflect.Value) {
	if !d.is(n, Mapping) {
		return
	}
	m := make(map[string]string, len(n.Pairs))
	for _, p := range n.Pairs {
		if d.is(p.Value, Scalar) {
			m[p.Key.Text] = p.Value.Text
		}
	}
	if len(m) > 0 {
		v.Set(reflect.ValueOf(m))
	}
}

func (d *Decoder) sequence(n *Node, v reflect.Value) {
	if !d.is(n, Sequence) {
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items)))
	for i, item := range n.Items {
		d.value(item, v.Index(i))
	}
}
