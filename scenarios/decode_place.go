package scenarios

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// entry remembers where a key, its value and the items of a list stand.
func (d *decoder) entry(key, value *yaml.Node, broken bool) entry {
	e := entry{key: spanOf(key, d.lines), value: spanOf(value, d.lines), broken: broken}
	if value.Kind == yaml.SequenceNode {
		for _, item := range value.Content {
			e.items = append(e.items, spanOf(item, d.lines))
		}
	}
	return e
}

// follow remembers where a value stands, or its key where the value is more
// than one word.
func (d *decoder) follow(path string, key, value *yaml.Node) {
	if d.trail == nil {
		return
	}
	if value.Kind != yaml.ScalarNode {
		value = key
	}
	d.trail[path] = spanOf(value, d.lines)
}

func placeOf(n *yaml.Node) Place { return Place{Line: n.Line, Column: n.Column} }

// spanOf is the stretch of a scalar on its line, and the first character of
// anything else.
func spanOf(n *yaml.Node, lines []string) span {
	at := span{Place: placeOf(n), width: 1}
	if n.Kind != yaml.ScalarNode || n.Line < 1 || n.Line > len(lines) {
		return at
	}
	rest := []rune(lines[n.Line-1])
	rest = rest[min(max(n.Column-1, 0), len(rest)):]
	width := utf8.RuneCountInString(n.Value)
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		width += 2
	}
	at.width = max(1, min(width, len(strings.TrimRight(string(rest), " \t"))))
	return at
}
