package script

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
	"github.com/s3chaos/s3chaos/internal/suggest"
)

// This file replaces the placeholders of a matrix by the values of a case. The nodes keep their
// places, so that a mistake or a failed expectation of a case names the line of the family's file.

// expander makes the document of a case.
type expander struct {
	*strictyaml.Problems
	m      *matrix
	choice []int // the index of the case's word on each axis
	room   int   // bytes of values that may still be filled in
}

// wholeText matches a text that is a placeholder and nothing else.
var wholeText = regexp.MustCompile(`^\$\{([^${}]+)\}$`)

// document returns the document of the case without its matrix, or nil if there are mistakes.
func (e *expander) document(root *yaml.Node) *yaml.Node {
	before := e.Count()
	e.room = strictyaml.MaxBytes
	out := *root
	out.Content = nil
	first := true
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		switch {
		case key.Value == matrixKey && first:
			first = false
		case key.Value == matrixKey, slices.Contains([]string{"version", "name", "description"}, key.Value):
			out.Content = append(out.Content, key, value)
		default:
			out.Content = append(out.Content, e.entry(key, value, "")...)
		}
	}
	if e.Count() > before {
		return nil
	}
	return &out
}

// entry returns the keys and values that stand for a key and its value: `<<: ${axis}` is replaced
// by those of the axis.
func (e *expander) entry(key, value *yaml.Node, path string) []*yaml.Node {
	if key.ShortTag() == "!!merge" && value.Kind == yaml.ScalarNode {
		if filled, named := e.whole(value, strictyaml.Join(path, key.Value)); named {
			switch {
			case filled == nil:
				return nil
			case filled.Kind == yaml.MappingNode:
				return filled.Content
			}
			e.Add(e.SpanOf(value), "", "%s: expected a mapping, found %s", strictyaml.Join(path, key.Value),
				strictyaml.Describe(filled))
			return nil
		}
	}
	return []*yaml.Node{key, e.node(value, strictyaml.Join(path, key.Value))}
}

// node returns a copy of a value with its placeholders replaced.
func (e *expander) node(n *yaml.Node, path string) *yaml.Node {
	out := *n
	switch n.Kind {
	case yaml.ScalarNode:
		if filled, named := e.whole(n, path); named {
			if filled == nil {
				return n
			}
			return filled
		}
		e.text(&out, path)
	case yaml.SequenceNode:
		out.Content = make([]*yaml.Node, len(n.Content))
		for i, item := range n.Content {
			out.Content[i] = e.node(item, fmt.Sprintf("%s[%d]", path, i))
		}
	case yaml.MappingNode:
		out.Content = nil
		for i := 0; i+1 < len(n.Content); i += 2 {
			out.Content = append(out.Content, e.entry(n.Content[i], n.Content[i+1], path)...)
		}
	}
	return &out
}

// whole returns the value that a text stands for, if the text is a placeholder of the matrix and
// nothing else. The value is nil if the case has none, which is reported.
func (e *expander) whole(n *yaml.Node, path string) (value *yaml.Node, named bool) {
	match := wholeText.FindStringSubmatch(n.Value)
	if match == nil {
		return nil, false
	}
	return e.lookup(n, match[1], path)
}

// lookup returns the value of a placeholder. named is false if its name is not that of an axis, and
// not nearly so.
func (e *expander) lookup(n *yaml.Node, inside, path string) (value *yaml.Node, named bool) {
	name, field, deep := strings.Cut(inside, ".")
	at := slices.IndexFunc(e.m.axes, func(a axis) bool { return a.name == name })
	if at < 0 {
		near := suggest.Nearest(name, e.m.names())
		if near == "" || path == "client.run" || slices.Contains(placeholdersAt(path), inside) {
			return nil, false
		}
		e.Add(e.SpanIn(e.SpanOf(n), "${"+inside+"}"), fmt.Sprintf("did you mean ${%s}?", near),
			"%s: unknown placeholder ${%s}", path, strictyaml.Short(inside))
		return nil, true
	}
	e.m.used[inside] = true
	word := e.m.axes[at].words[e.choice[at]]
	if value = word.value; deep {
		value = fieldOf(value, field)
	}
	if value == nil {
		e.Add(e.SpanOf(word.key), suggest.Hint(field, fieldNames(word.value)),
			"matrix.%s.%s: want the key %q, because of ${%s}", name, word.text,
			strictyaml.Short(field), strictyaml.Short(inside))
		return nil, true
	}
	if e.room -= sizeOf(value); e.room < 0 {
		e.Add(e.SpanOf(n), "", "%s: the values of the matrix make the case larger than %dMiB", path,
			strictyaml.MaxBytes>>20)
		return nil, true
	}
	return value, true
}

// text replaces the placeholders inside a text.
func (e *expander) text(n *yaml.Node, path string) {
	filled := replaceWhere(n.Value, func(inside string) (string, bool) {
		value, named := e.lookup(n, inside, path)
		switch {
		case !named:
			return "", false
		case value == nil:
			return "", true
		case value.Kind != yaml.ScalarNode:
			e.Add(e.SpanIn(e.SpanOf(n), "${"+inside+"}"), "a mapping or a list can only be a whole value",
				"%s: ${%s} in a text: expected a text or a number, found %s", path, strictyaml.Short(inside),
				strictyaml.Describe(value))
		}
		return value.Value, true
	})
	if filled != n.Value {
		n.Value, n.Tag = filled, ""
	}
}

// replaceWhere replaces the placeholders of a text for which value reports true, and leaves all
// others, and `$${`, as they are.
func replaceWhere(text string, value func(inside string) (string, bool)) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		if !found {
			return b.String() + text
		}
		b.WriteString(before)
		inside, after, closed := strings.Cut(rest, "}")
		if closed && !strings.HasSuffix(before, "$") {
			if v, ok := value(inside); ok {
				b.WriteString(v)
				text = after
				continue
			}
		}
		b.WriteString("${")
		text = rest
	}
}

func fieldOf(n *yaml.Node, field string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == field {
			return n.Content[i+1]
		}
	}
	return nil
}

func fieldNames(n *yaml.Node) []string {
	var names []string
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			names = append(names, n.Content[i].Value)
		}
	}
	return names
}

// sizeOf returns about how many bytes a value has in a file.
func sizeOf(n *yaml.Node) int {
	size := len(n.Value) + 2
	for _, child := range n.Content {
		size += sizeOf(child)
	}
	return size
}

// unused reports each axis, and each key of a value, that no placeholder has named: all the cases
// of such an axis would be the same drill.
func (m *matrix) unused(p *strictyaml.Problems) {
	for _, a := range m.axes {
		named := m.used[a.name]
		for placeholder := range m.used {
			named = named || strings.HasPrefix(placeholder, a.name+".")
		}
		if !named {
			p.Add(p.SpanOf(a.key), "write the placeholder where the cases differ, or leave the axis out",
				"matrix.%s: no ${%s} in the file", a.name, a.name)
			continue
		}
		if m.used[a.name] {
			continue
		}
		for _, word := range a.words {
			for _, field := range fieldNames(word.value) {
				if !m.used[a.name+"."+field] {
					p.Add(p.SpanOf(word.key), "", "matrix.%s.%s: no ${%s.%s} in the file", a.name, word.text, a.name,
						strictyaml.Short(field))
				}
			}
		}
	}
}
