package flow

import (
	"encoding"
	"math"
	"reflect"
	"strconv"
	"time"
)

// scalar reads a scalar into a value.
func (d *Decoder) scalar(n *Node, v reflect.Value) {
	switch to := v.Addr().Interface().(type) {
	case *time.Duration:
		t, err := time.ParseDuration(n.Text)
		if err != nil {
			d.Errorf(n, "%s: want a duration like 250ms or 1m30s", Quote(n.Text))
		}
		*to = t
		return
	case encoding.TextUnmarshaler:
		if err := to.UnmarshalText([]byte(n.Text)); err != nil {
			d.Errorf(n, "%v", err)
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(n.Text)
	case reflect.Bool:
		d.plain(n, "true or false", n.Text == "true" || n.Text == "false")
		v.SetBool(n.Text == "true")
	case reflect.Int, reflect.Int64:
		i, err := strconv.ParseInt(n.Text, 10, v.Type().Bits())
		d.plain(n, "a whole number", err == nil)
		v.SetInt(i)
	case reflect.Float64:
		f, ok := parseFloat(n.Text)
		d.plain(n, "a number", ok)
		v.SetFloat(f)
	default:
		d.Errorf(n, "a field of type %s has no text form", v.Type())
	}
}

// plain records a mistake unless the scalar is valid and has no quotes: YAML reads a scalar in
// quotes as a string.
func (d *Decoder) plain(n *Node, want string, valid bool) {
	switch {
	case n.Quoted:
		d.Errorf(n, "%s in quotes: want %s without quotes", Quote(n.Text), want)
	case !valid:
		d.Errorf(n, "%s: want %s", Quote(n.Text), want)
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
	for _, c := range []byte(text) { // strconv also reads hexadecimal numbers, underscores and names
		if (c < '0' || c > '9') && c != '.' && c != 'e' && c != 'E' && c != '-' && c != '+' {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil
}
