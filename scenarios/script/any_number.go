package script

import (
	"encoding"
	"errors"
	"strconv"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// The numbers of this file may be below zero, or no number at all, unlike all others of the format:
// a drill hands them to the engine as they are, to see how it answers.

// AnyInt is any whole number.
type AnyInt int

// UnmarshalText reads a whole number in decimal digits.
func (i *AnyInt) UnmarshalText(text []byte) error {
	n, err := strconv.Atoi(string(text))
	if err != nil {
		return errors.New("want a whole number, such as 3 or -1")
	}
	*i = AnyInt(n)
	return nil
}

// AnyNumber is any number, infinity, or NaN.
type AnyNumber float64

// UnmarshalText reads a number.
func (f *AnyNumber) UnmarshalText(text []byte) error {
	x, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return errors.New("want a number, such as 0.5, -1, Inf or NaN")
	}
	*f = AnyNumber(x)
	return nil
}

// AnyDuration is any duration.
type AnyDuration time.Duration

// UnmarshalText reads a duration, such as 3s or -1m30s.
func (d *AnyDuration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return errors.New("want a duration, such as 3s or -1ms")
	}
	*d = AnyDuration(parsed)
	return nil
}

// anyNumber tells the reader of a type whose numbers may be below zero.
func anyNumber[T any, P interface {
	*T
	encoding.TextUnmarshaler
}](name string) strictyaml.Type {
	return strictyaml.Custom(name, func(v *T, d *strictyaml.Decoder, n *yaml.Node, path string) bool {
		if n.Kind != yaml.ScalarNode {
			d.Mismatch(n, name, path)
			return false
		}
		if err := P(v).UnmarshalText([]byte(n.Value)); err != nil {
			d.Add(d.SpanOf(n), "", "%s: %q: %s", path, strictyaml.Short(n.Value), err)
			return false
		}
		return true
	})
}
