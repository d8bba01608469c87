package script

import (
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/strictyaml"
	"github.com/s3chaos/s3chaos/internal/suggest"
)

// decodeCommand reads an argv list, or one line for the shell. The validator checks the line.
func decodeCommand(c *Command, d *strictyaml.Decoder, n *yaml.Node, path string) bool {
	return c.Decode(d, n, path) && (c.Shell == "" || d.Text(n, path))
}

// decodeNode reads the word upload, or a mapping that names an object or a file.
func (s *SameAs) decodeNode(d *strictyaml.Decoder, n *yaml.Node, path string) bool {
	if n.Kind != yaml.ScalarNode {
		return d.Mapping(n, reflect.ValueOf(s).Elem(), path, nil)
	}
	s.Place = strictyaml.PlaceOf(n)
	if s.Upload = n.Value == "upload"; s.Upload {
		return true
	}
	d.Add(d.SpanOf(n), "write upload, {bucket: b, key: k} or {file: path}", "%s: unknown value %q", path,
		strictyaml.Short(n.Value))
	return false
}

// decodeNode reads the keys of a rule and exactly one fault.
func (f *Fault) decodeNode(d *strictyaml.Decoder, n *yaml.Node, path string) bool {
	kinds := faultproxy.Kinds()
	var given []string
	var rule struct {
		strictyaml.Block
		faultproxy.Rule
	}
	trail, sound := d.Trace(func() bool {
		return d.Mapping(n, reflect.ValueOf(&rule).Elem(), path,
			&strictyaml.Extra{Words: kinds, Take: func(kind string, value *yaml.Node) bool {
				given = append(given, kind)
				fault, _ := faultproxy.NewFault(kind)
				rule.Fault = fault
				return d.Decode(value, reflect.ValueOf(fault).Elem(), strictyaml.Join(path, kind))
			}})
	})
	f.Block, f.Rule, f.trail, f.path = rule.Block, rule.Rule, trail, path
	switch {
	case len(given) > 1:
		d.Add(rule.KeySpan(given[1]), "write a rule for each", "a rule has exactly one fault, not %s",
			strictyaml.Enumerate(given))
		return false
	case len(given) == 0 && !rule.HasUnknown() && n.Kind == yaml.MappingNode:
		d.Add(d.SpanOf(n), "it is one of "+strings.Join(kinds, ", "), "a rule has exactly one fault; this one has none")
		return false
	}
	// A rule reads zero as "any", which a missing key means. A written zero is a mistake.
	const part, attempt = "parts count from 1; leave it out for any part",
		"attempts count from 1; leave it out for any attempt"
	for _, counted := range []struct {
		name  string
		value int
		hint  string
	}{
		{"times", f.Rule.Times, "leave it out, and the rule acts on every request that it matches"},
		{"match.part", f.Rule.Match.Part, part},
		{"match.attempt", f.Rule.Match.Attempt, attempt},
	} {
		if at, given := trail[strictyaml.Join(path, counted.name)]; given && counted.value == 0 {
			d.Add(at, counted.hint, "%s.%s: must be more than zero", path, counted.name)
			sound = false
		}
	}
	return sound
}

// decodeWindow decodes `during: [from, to]`.
func decodeWindow(w *faultproxy.Window, d *strictyaml.Decoder, n *yaml.Node, path string) bool {
	if n.Kind != yaml.SequenceNode || len(n.Content) != 2 {
		d.Mismatch(n, "a list of two durations", path)
		return false
	}
	from := d.Decode(n.Content[0], reflect.ValueOf(&w.From).Elem(), path)
	to := d.Decode(n.Content[1], reflect.ValueOf(&w.To).Elem(), path)
	if from && to && *w == (faultproxy.Window{}) { // a rule reads an empty window as "always"
		d.Add(d.SpanOf(n), "leave it out for always", "%s: the window is empty", path)
		return false
	}
	return from && to
}

// checkOperation checks the name of an S3 operation.
func checkOperation(p *strictyaml.Problems, at strictyaml.Span, name, path string) bool {
	if slices.Contains(faultproxy.Operations(), name) {
		return true
	}
	hint := "S3 calls them PutObject, GetObject, ListObjectsV2 and so on"
	if near := suggest.Nearest(name, faultproxy.Operations()); near != "" {
		hint = "did you mean \"" + near + "\"?"
	}
	p.Add(at, hint, "%s: S3 has no operation %q", path, strictyaml.Short(name))
	return false
}
