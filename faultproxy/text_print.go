package faultproxy

import (
	"encoding"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The text of rules and faults is YAML flow form on one line, written and read by reflection on the
// yaml tags: a field is declared once. Zero fields are left out, maps are in order of their keys.

// String returns the rule as one line that ParseRule reads back:
//
//	{match: {operation: PutObject}, times: 2, respond: {status: 503, code: SlowDown}}
func (r Rule) String() string {
	p := &printer{}
	p.b.WriteByte('{')
	p.fields(reflect.ValueOf(r))
	if r.Fault != nil {
		p.field(r.Fault.Kind())
		p.fault(r.Fault)
	}
	p.b.WriteByte('}')
	return p.b.String()
}

// String returns the match as text: {operation: PutObject, key: "*.bin"}.
func (m Match) String() string {
	p := &printer{}
	p.value(reflect.ValueOf(m))
	return p.b.String()
}

// printFault is the String of every fault: "respond: {status: 503, code: SlowDown}".
func printFault(f Fault) string {
	p := &printer{}
	p.field(f.Kind())
	p.fault(f)
	return p.b.String()
}

type printer struct {
	b    strings.Builder
	some bool // a field was written: the next needs a comma
}

// fault writes a fault's parameters: a fault with a short form as its one value, any other as a
// mapping.
func (p *printer) fault(f Fault) {
	v := reflect.Indirect(reflect.ValueOf(f))
	if _, short := f.(encoding.TextUnmarshaler); short && v.NumField() == 1 && !v.Field(0).IsZero() {
		p.value(v.Field(0))
		return
	}
	p.value(v)
}

// fields writes the fields of a struct that are not zero.
func (p *printer) fields(v reflect.Value) {
	for i := range v.NumField() {
		name, ok := fieldName(v.Type().Field(i))
		if !ok || v.Field(i).IsZero() || v.Field(i).Kind() == reflect.Map && v.Field(i).Len() == 0 {
			continue
		}
		p.field(name)
		p.value(v.Field(i))
	}
}

func (p *printer) field(name string) {
	if p.some {
		p.b.WriteString(", ")
	}
	p.b.WriteString(name)
	p.b.WriteString(": ")
	p.some = true
}

// fieldName returns a field's name in the text, and whether it has one.
func fieldName(f reflect.StructField) (string, bool) {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return name, f.IsExported() && name != "" && name != "-"
}

func (p *printer) value(v reflect.Value) {
	switch x := v.Interface().(type) {
	case time.Duration:
		p.b.WriteString(formatDuration(x))
		return
	case Size:
		p.b.WriteString(x.String())
		return
	case Window:
		p.b.WriteString(x.String())
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		p.value(v.Elem())
	case reflect.Struct:
		inner := &printer{}
		inner.fields(v)
		p.b.WriteString("{" + inner.b.String() + "}")
	case reflect.Map:
		p.b.WriteByte('{')
		for i, k := range slices.Sorted(maps.Keys(v.Interface().(map[string]string))) {
			if i > 0 {
				p.b.WriteString(", ")
			}
			p.b.WriteString(scalar(k) + ": " + scalar(v.MapIndex(reflect.ValueOf(k)).String()))
		}
		p.b.WriteByte('}')
	case reflect.Slice:
		p.b.WriteByte('[')
		for i := range v.Len() {
			if i > 0 {
				p.b.WriteString(", ")
			}
			p.value(v.Index(i))
		}
		p.b.WriteByte(']')
	case reflect.String:
		p.b.WriteString(scalar(v.String()))
	case reflect.Bool:
		p.b.WriteString(strconv.FormatBool(v.Bool()))
	case reflect.Int, reflect.Int64:
		p.b.WriteString(strconv.FormatInt(v.Int(), 10))
	case reflect.Float64:
		p.b.WriteString(formatFloat(v.Float()))
	default:
		panic(fmt.Sprintf("faultproxy: no text form for %s", v.Type())) // a fault declared a field that none supports
	}
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

// formatDuration is Duration.String without units that are zero: 1m30s, 2h, 0s.
func formatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

// scalar writes text plain where every YAML reader takes it for a string, else in double quotes.
func scalar(s string) string {
	if plain(s) {
		return s
	}
	return quoteText(s)
}

func plain(s string) bool {
	if s == "" || !letter(s[0]) {
		return false
	}
	for _, c := range []byte(s) {
		if !letter(c) && (c < '0' || c > '9') && c != '-' && c != '.' && c != '/' {
			return false
		}
	}
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "y", "n", "null":
		return false
	}
	return true
}

func letter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' }

// quoteText writes a YAML double-quoted scalar; what is no UTF-8 becomes U+FFFD, since YAML has no
// bytes.
func quoteText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c == '\r':
			b.WriteString(`\r`)
		case c < ' ' || 0x7f <= c && c <= 0xa0:
			fmt.Fprintf(&b, `\x%02x`, c)
		case !strconv.IsPrint(c) && c <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, c)
		case !strconv.IsPrint(c):
			fmt.Fprintf(&b, `\U%08x`, c)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
