package strictyaml

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// entry remembers where a key, its value and the items of a list stand.
func (d *Decoder) entry(key, value *yaml.Node, broken bool) entry {
	e := entry{key: d.SpanOf(key), value: d.SpanOf(value), broken: broken}
	if value.Kind == yaml.SequenceNode {
		for _, item := range value.Content {
			e.items = append(e.items, d.SpanOf(item))
		}
	}
	return e
}

// A Trail says where each key below a value stands, by path.
type Trail map[string]Span

// Nearest is the place of the path, or of the nearest key above it that the file has.
func (t Trail) Nearest(path string) (at Span, ok bool) {
	for {
		if at, ok := t[path]; ok {
			return at, true
		}
		dot := strings.LastIndexByte(path, '.')
		if dot < 0 {
			return Span{}, false
		}
		path = path[:dot]
	}
}

// follow remembers where a value stands, or its key where the value is more than one word.
func (d *Decoder) follow(path string, key, value *yaml.Node) {
	if d.trail == nil {
		return
	}
	if value.Kind != yaml.ScalarNode {
		value = key
	}
	d.trail[path] = d.SpanOf(value)
}

// Trace runs read and returns where each key stands that it decodes.
func (d *Decoder) Trace(read func() bool) (trail Trail, ok bool) {
	outer := d.trail
	d.trail = Trail{}
	defer func() { d.trail = outer }()
	ok = read()
	return d.trail, ok
}

func PlaceOf(n *yaml.Node) Place { return Place{Line: n.Line, Column: n.Column} }

// SpanIn is where a piece of a text stands that begins at a place, or that place if the file writes
// the piece in another way, as with escapes.
func (p *Problems) SpanIn(at Span, piece string) Span {
	for i := at.Line; i >= 1 && i <= len(p.lines); i++ {
		line := p.lines[i-1]
		skipped := 0
		if i == at.Line {
			runes := []rune(line)
			skipped = min(max(at.Column-1, 0), len(runes))
			line = string(runes[skipped:])
		}
		if before, _, ok := strings.Cut(line, piece); ok {
			column := skipped + utf8.RuneCountInString(before) + 1
			return Span{Place: Place{Line: i, Column: column}, width: utf8.RuneCountInString(piece)}
		}
	}
	return at
}

// SpanOf is the stretch of a scalar on its line, and the first character of anything else.
func (p *Problems) SpanOf(n *yaml.Node) Span {
	at := Span{Place: PlaceOf(n), width: 1}
	if n.Kind != yaml.ScalarNode || n.Line < 1 || n.Line > len(p.lines) {
		return at
	}
	width := utf8.RuneCountInString(n.Value)
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		width += 2
	}
	rest := strings.TrimRight(afterRunes(p.lines[n.Line-1], n.Column-1), " \t")
	at.width = max(1, min(width, utf8.RuneCountInString(rest)))
	return at
}

// afterRunes returns what follows the first n characters of the text.
func afterRunes(text string, n int) string {
	for i := range text {
		if n <= 0 {
			return text[i:]
		}
		n--
	}
	return ""
}
