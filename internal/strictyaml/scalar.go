package strictyaml

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Scalar decodes text, numbers, truth and durations.
func (d *Decoder) Scalar(n *yaml.Node, v reflect.Value, path string) bool {
	want := d.describeType(v.Type())
	if n.Kind != yaml.ScalarNode {
		d.Mismatch(n, want, path)
		return false
	}
	if v.Type() == reflect.TypeFor[time.Duration]() {
		return d.duration(n, v, path)
	}
	tag := n.ShortTag()
	switch v.Kind() {
	case reflect.String:
		if !d.Text(n, path) {
			return false
		}
		v.SetString(n.Value)
		return d.checkHeld(n, path)
	case reflect.Bool:
		if tag == "!!bool" {
			v.SetBool(strings.EqualFold(n.Value, "true"))
			return true
		}
	case reflect.Int, reflect.Int64, reflect.Int32:
		return d.integer(n, v, path)
	case reflect.Uint64, reflect.Uint:
		return d.integer(n, v, path)
	case reflect.Float64:
		return d.float(n, v, path)
	}
	d.Mismatch(n, want, path)
	return false
}

// Text reports whether a node is text, and reports the mistake if it is not. It does not check what
// the text holds.
func (d *Decoder) Text(n *yaml.Node, path string) bool {
	if n.Kind != yaml.ScalarNode {
		d.Mismatch(n, "text", path)
		return false
	}
	if tag := n.ShortTag(); tag != "!!str" && tag != "!!timestamp" {
		d.Add(d.SpanOf(n), fmt.Sprintf("write %q", n.Value), "%s: expected text, found %s", path, Describe(n))
		return false
	}
	return true
}

// checkHeld checks what a text holds, as the format wants it.
func (d *Decoder) checkHeld(n *yaml.Node, path string) bool {
	return d.label || d.format.Text == nil || d.format.Text(d.Problems, d.SpanOf(n), n.Value, path)
}

// integer takes decimal digits only: "0x10", "010" and "1_000" mean different things to different
// readers.
func (d *Decoder) integer(n *yaml.Node, v reflect.Value, path string) bool {
	text := n.Value
	digits := strings.TrimPrefix(text, "-")
	if quoted(n) || digits == "" || strings.Trim(digits, "0123456789") != "" {
		d.Mismatch(n, "a whole number", path)
		return false
	}
	switch {
	case len(digits) > 1 && digits[0] == '0':
		d.Add(d.SpanOf(n), "write it without leading zeros", "%s: %s could be octal", path, Short(text))
		return false
	case text[0] == '-' && digits != "0":
		d.Add(d.SpanOf(n), "", "%s: %s is negative", path, Short(text))
		return false
	}
	number, err := strconv.ParseUint(digits, 10, 64)
	tooLarge := err != nil
	if v.CanInt() {
		tooLarge = tooLarge || number > math.MaxInt64 || v.OverflowInt(int64(number))
	} else {
		tooLarge = tooLarge || v.OverflowUint(number)
	}
	if tooLarge {
		d.Add(d.SpanOf(n), "", "%s: %s is too large", path, Short(text))
		return false
	}
	if v.CanInt() {
		v.SetInt(int64(number))
	} else {
		v.SetUint(number)
	}
	return true
}

func (d *Decoder) float(n *yaml.Node, v reflect.Value, path string) bool {
	tag := n.ShortTag()
	if quoted(n) || tag != "!!int" && tag != "!!float" {
		d.Mismatch(n, "a number", path)
		return false
	}
	number, err := strconv.ParseFloat(strings.TrimPrefix(n.Value, "+"), 64)
	switch {
	case errors.Is(err, strconv.ErrRange), math.IsInf(number, 0), math.IsNaN(number), strings.HasPrefix(n.Value, "."),
		strings.HasPrefix(n.Value, "-."):
		if err != nil || math.IsInf(number, 0) || math.IsNaN(number) {
			d.Add(d.SpanOf(n), "", "%s: %s is not a finite number", path, Short(n.Value))
			return false
		}
	case err != nil:
		d.Mismatch(n, "a number in decimal", path)
		return false
	}
	if number < 0 {
		d.Add(d.SpanOf(n), "", "%s: %s is negative", path, Short(n.Value))
		return false
	}
	v.SetFloat(number)
	return true
}

func (d *Decoder) duration(n *yaml.Node, v reflect.Value, path string) bool {
	const like = "write it like 250ms, 30s or 1m30s"
	at := d.SpanOf(n)
	if tag := n.ShortTag(); (tag == "!!int" || tag == "!!float") && !quoted(n) && n.Value != "0" {
		d.Add(at, fmt.Sprintf("write %ss or %sms", Short(n.Value), Short(n.Value)), "%s: the duration %s has no unit",
			path, Short(n.Value))
		return false
	}
	duration, err := time.ParseDuration(n.Value)
	switch {
	case err != nil:
		d.Add(at, like, "%s: bad duration %q", path, Short(n.Value))
		return false
	case duration < 0:
		d.Add(at, "", "%s: %s is negative", path, Short(n.Value))
		return false
	}
	v.SetInt(int64(duration))
	return true
}

// text decodes a scalar by the type's own UnmarshalText.
func (d *Decoder) text(n *yaml.Node, target encoding.TextUnmarshaler, path string) bool {
	if err := target.UnmarshalText([]byte(n.Value)); err != nil {
		message, hint := OneLine(err), ""
		if d.format.Explain != nil {
			message, hint = d.format.Explain(err)
		}
		d.Add(d.SpanOf(n), hint, "%s: %s", path, message)
		return false
	}
	if v := reflect.ValueOf(target).Elem(); v.CanInt() && v.Int() < 0 {
		d.Add(d.SpanOf(n), "", "%s: %s is negative", path, Short(n.Value))
		return false
	}
	return true
}

// word decodes one of a few words.
func (d *Decoder) word(n *yaml.Node, v reflect.Value, words []string, path string) bool {
	if n.Kind != yaml.ScalarNode {
		d.Mismatch(n, "one of "+Enumerate(words), path)
		return false
	}
	for _, word := range words {
		if n.Value == word {
			v.SetString(word)
			return true
		}
	}
	d.Add(d.SpanOf(n), hintFor(n.Value, "it is one of", words), "%s: unknown value %q", path, Short(n.Value))
	return false
}

// above checks the option "positive" of the field, whose value is v.
func (d *Decoder) above(n *yaml.Node, f field, v reflect.Value, path string) bool {
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if !f.positive || v.CanInt() && v.Int() > 0 || v.CanFloat() && v.Float() > 0 {
		return true
	}
	d.Add(d.SpanOf(n), "", "%s: must be more than zero", Join(path, f.name))
	return false
}

func quoted(n *yaml.Node) bool {
	return n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
}
