package strictyaml

import (
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Command is a program to run: an argv list, or one line for `sh -c`. One of Argv and Shell is set.
type Command struct {
	Place
	Argv  []string
	Shell string
}

// Empty reports whether the command names no program.
func (c *Command) Empty() bool { return len(c.Argv) == 0 && c.Shell == "" }

// Words returns the program and its arguments.
func (c *Command) Words() []string {
	if c.Shell != "" {
		return []string{"sh", "-c", c.Shell}
	}
	return c.Argv
}

// Decode reads an argv list, or one line for the shell. The format's check of texts sees the words
// of a list, but not the line.
func (c *Command) Decode(d *Decoder, n *yaml.Node, path string) bool {
	c.Place = PlaceOf(n)
	switch {
	case n.Kind == yaml.SequenceNode && len(n.Content) == 0,
		n.Kind == yaml.ScalarNode && strings.TrimSpace(n.Value) == "":
		d.Add(d.SpanOf(n), "", "%s: it is empty: want a program to run", path)
		return false
	case n.Kind == yaml.SequenceNode:
		if !d.List(n, reflect.ValueOf(&c.Argv).Elem(), path) {
			return false
		}
		if c.Argv[0] == "" {
			d.Add(d.SpanOf(n.Content[0]), "", "%s: the program's name is empty", path)
			return false
		}
		return true
	case n.Kind == yaml.ScalarNode:
		c.Shell = n.Value
		return true
	}
	d.Mismatch(n, "a list or one line of text", path)
	return false
}
