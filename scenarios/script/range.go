package script

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Range is a range of bytes of an object. Both ends are inclusive and count from 0. Last is -1 for
// "to the end". First is -1 for the last Last bytes of the object.
type Range struct {
	First, Last int64

	wrong string // what the file has in place of a range; "": it is one
}

// String prints the range as the format writes it: "0-99", "100-", "-50".
func (r Range) String() string {
	switch {
	case r.wrong != "":
		return r.wrong
	case r.First < 0:
		return fmt.Sprintf("-%d", r.Last)
	case r.Last < 0:
		return fmt.Sprintf("%d-", r.First)
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

// UnmarshalText reads the text that String prints.
func (r *Range) UnmarshalText(text []byte) error {
	first, last, dash := strings.Cut(string(text), "-")
	if !dash || first == "" && last == "" {
		return fmt.Errorf("bad range %q: write \"0-99\", \"100-\" or \"-50\"", text)
	}
	parsed := Range{First: -1, Last: -1}
	for _, end := range []struct {
		text string
		to   *int64
	}{{first, &parsed.First}, {last, &parsed.Last}} {
		if end.text == "" {
			continue
		}
		n, err := strconv.ParseUint(end.text, 10, 63)
		if err != nil {
			return fmt.Errorf("bad range %q: %q is not a byte position", text, end.text)
		}
		*end.to = int64(n)
	}
	if first != "" && last != "" && parsed.Last < parsed.First {
		return fmt.Errorf("bad range %q: the end is before the start", text)
	}
	if first == "" && parsed.Last == 0 {
		return fmt.Errorf("bad range %q: want a suffix of 1 byte or more", text)
	}
	*r = parsed
	return nil
}

// decodeNode reads a range. It keeps any other text, which is a mistake unless the client has to
// refuse it.
func (r *Range) decodeNode(d *strictyaml.Decoder, n *yaml.Node, path string) bool {
	if n.Kind != yaml.ScalarNode {
		d.Mismatch(n, "a range", path)
		return false
	}
	err := r.UnmarshalText([]byte(n.Value))
	if err != nil && n.Value == "" { // to the client it would be the whole object
		d.Add(d.SpanOf(n), "", "%s: %s", path, strictyaml.OneLine(err))
		return false
	}
	if err != nil {
		r.wrong = n.Value
	}
	return true
}

// ranged checks a range.
func (v *validator) ranged(b *strictyaml.Block, r *Range, path string) {
	if !b.Understood("range") || r == nil || r.wrong == "" {
		return
	}
	if err := r.UnmarshalText([]byte(r.wrong)); err != nil {
		v.Add(b.ValueSpan("range"), "", "%s.range: %s", path, strictyaml.OneLine(err))
	}
}

// Of returns the part of content that S3 returns for the range.
func (r *Range) Of(content []byte) []byte {
	if r == nil {
		return content
	}
	size := int64(len(content))
	first, end := r.First, r.Last+1
	switch {
	case r.First < 0:
		first, end = max(0, size-r.Last), size
	case r.Last < 0 || end > size:
		end = size
	}
	if first >= end {
		return nil
	}
	return content[first:end]
}
