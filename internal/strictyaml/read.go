package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

// Limits of a file. They are far above what a person writes by hand.
const (
	MaxBytes = 1 << 20
	maxDepth = 64
)

// Read decodes the one document of a file into the struct that target points to. It collects every
// mistake in p and goes on after each; what it could not decode is left as it was. It reports
// whether the document is a mapping, so that its contents can be checked further.
func Read(p *Problems, data []byte, target any, format *Format) bool {
	root := Open(p, data, format)
	return root != nil && Fill(p, root, target, format)
}

// Open returns the one document of a file, of which [Fill] then decodes what is left after the
// caller's changes. It returns nil, and p has the mistake, if the file holds no document.
func Open(p *Problems, data []byte, format *Format) *yaml.Node {
	if len(data) > MaxBytes {
		p.Add(Span{}, "", "the file is larger than %dMiB", MaxBytes>>20)
		return nil
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	p.lines = splitLines(string(data))
	if !p.checkText(data) {
		return nil
	}
	return p.load(data, format.Document)
}

// Fill decodes a document as [Read] does.
func Fill(p *Problems, root *yaml.Node, target any, format *Format) bool {
	p.CheckTree(root)
	d := &Decoder{Problems: p, format: format}
	d.Decode(root, reflect.ValueOf(target).Elem(), "")
	return root.Kind == yaml.MappingNode
}

// splitLines cuts where YAML does.
func splitLines(text string) []string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// checkText refuses what no YAML reader may take: other encodings than UTF-8, and control
// characters.
func (p *Problems) checkText(data []byte) bool {
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		p.lines = nil
		p.Add(Span{}, "save it as UTF-8", "the file is UTF-16")
		return false
	}
	at := Place{Line: 1, Column: 1}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && size <= 1:
			p.Add(Span{Place: at}, "save it as UTF-8", "byte 0x%02x is not UTF-8", data[i])
			return false
		case r < 0x20 && r != '\t' && r != '\n' && r != '\r', r >= 0x7f && r < 0xa0, r == 0xfeff, r == 0xfffe,
			r == 0xffff, r == 0x2028, r == 0x2029:
			p.Add(Span{Place: at}, `in double quotes it can be written as \x, \u or \U and its number`,
				"the character U+%04X cannot stand in YAML", r)
			return false
		case r == '\n', r == '\r' && !bytes.HasPrefix(data[i+1:], []byte("\n")):
			at = Place{Line: at.Line + 1, Column: 1}
		default:
			at.Column++
		}
		i += size
	}
	return true
}

// load reads the single document of a file, or reports why it cannot.
func (p *Problems) load(data []byte, document string) *yaml.Node {
	loader, err := yaml.NewLoader(bytes.NewReader(data),
		yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(maxDepth))))
	if err != nil {
		p.syntax(err)
		return nil
	}
	var documents [2]yaml.Node
	for i := range documents {
		err := loader.Load(&documents[i])
		switch {
		case errors.Is(err, io.EOF) && i == 0:
			p.Add(Span{}, "", "the file holds no %s", document)
			return nil
		case errors.Is(err, io.EOF):
		case err != nil:
			p.syntax(err)
			if i == 0 {
				return nil
			}
		case i > 0:
			p.Add(Span{Place: PlaceOf(&documents[i])}, "one file holds one "+document, "a second document")
		}
	}
	root := &documents[0]
	if root.Kind == yaml.DocumentNode && len(root.Content) == 1 {
		root = root.Content[0]
	}
	if root.Kind == yaml.ScalarNode && root.ShortTag() == "!!null" {
		p.Add(Span{}, "", "the file holds no %s", document)
		return nil
	}
	return root
}

// syntax reports that the file is not YAML.
func (p *Problems) syntax(err error) {
	var at Place
	message, context := OneLine(err), ""
	var load *yaml.LoadError
	if errors.As(err, &load) {
		at = Place{Line: load.Mark.Line, Column: load.Mark.Column}
		message = strings.ToLower(load.Message[:min(1, len(load.Message))]) + load.Message[min(1, len(load.Message)):]
		if opened := load.ContextMark; load.ContextMsg != "" && opened.Line > 0 {
			context = load.ContextMsg
			if at.Line > len(p.lines) { // the end of the file shows nothing; what was left open does
				at = Place{Line: opened.Line, Column: opened.Column}
			} else if opened.Line != at.Line || opened.Column != at.Column {
				context = fmt.Sprintf("%s from %d:%d", context, opened.Line, opened.Column)
			}
			context = " (" + context + ")"
		}
	}
	hint := ""
	rest := p.from(at)
	switch {
	case strings.Contains(message, "max depth"):
		message, context = fmt.Sprintf("nested deeper than %d levels", maxDepth), ""
	case strings.HasPrefix(message, "unknown anchor"):
		hint = "aliases are not part of this format: write the value out; text that begins with * needs quotes"
	case strings.HasPrefix(rest, "\t") || strings.HasPrefix(strings.TrimLeft(p.line(at.Line), " "), "\t"):
		message, context, hint = "a tab indents this line", "", "indent with spaces"
	case strings.HasPrefix(rest, "@"), strings.HasPrefix(rest, "`"), strings.HasPrefix(rest, "%"):
		hint = fmt.Sprintf("text that begins with %s needs quotes", rest[:1])
	case strings.HasPrefix(message, "mapping values are not allowed"):
		hint = `text with ": " in it needs quotes; or the line is indented too far`
	}
	p.Add(Span{Place: at}, hint, "not YAML: %s%s", message, context)
}

// line returns the text of a line, or "" if the file has no such line.
func (p *Problems) line(number int) string {
	if number < 1 || number > len(p.lines) {
		return ""
	}
	return p.lines[number-1]
}

// from is what stands on a line from a place on.
func (p *Problems) from(at Place) string {
	runes := []rune(p.line(at.Line))
	return string(runes[min(max(at.Column-1, 0), len(runes)):])
}
