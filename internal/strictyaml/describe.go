package strictyaml

import (
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Mismatch reports a value of the wrong kind.
func (d *Decoder) Mismatch(n *yaml.Node, want, path string) {
	hint := ""
	switch {
	case n.Kind != yaml.ScalarNode:
	case want == "a list":
		hint = fmt.Sprintf("write [%s]", Short(n.Value))
	case quoted(n) && strings.Trim(n.Value, "0123456789.") == "" && n.Value != "" && strings.Contains(want, "number"):
		hint = "remove the quotes"
	case want == "true or false" && strings.EqualFold(n.Value, "yes"), want == "true or false" &&
		strings.EqualFold(n.Value, "on"):
		hint = "write true"
	case want == "true or false" && strings.EqualFold(n.Value, "no"), want == "true or false" &&
		strings.EqualFold(n.Value, "off"):
		hint = "write false"
	}
	d.Add(d.SpanOf(n), hint, "%s: expected %s, found %s", d.subject(path), want, Describe(n))
}

// empty reports a key without a value.
func (d *Decoder) empty(n *yaml.Node, t reflect.Type, path string) {
	want, hint := d.describeType(t), ""
	switch want {
	case "a mapping":
		hint = "for a mapping without keys write {}"
	case "a list":
		hint = "for an empty list write []"
	}
	d.Add(d.SpanOf(n), hint, "%s: expected %s, found nothing", d.subject(path), want)
}

// Describe says what a node is.
func Describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
	default:
		return "something else"
	}
	switch n.ShortTag() {
	case "!!null":
		return "nothing"
	case "!!int", "!!float":
		return "the number " + Short(n.Value)
	case "!!bool":
		return n.Value
	}
	return fmt.Sprintf("text %q", Short(n.Value))
}

// describeType says what a type wants.
func (d *Decoder) describeType(t reflect.Type) string {
	if name := d.format.Types[t].name; name != "" {
		return name
	}
	if t == reflect.TypeFor[time.Duration]() {
		return "a duration"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint64:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "a mapping"
	}
	return "text"
}

// Short keeps a quoted value from filling the screen.
func Short(text string) string {
	const longest = 60
	if utf8.RuneCountInString(text) <= longest {
		return text
	}
	return string([]rune(text)[:longest]) + "…"
}

// OneLine is an error's text without its line breaks.
func OneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}
