package script

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
	"github.com/s3chaos/s3chaos/internal/suggest"
)

// validator checks the rules that concern several values. It judges only values that the reader
// understood, so each mistake is reported once.
type validator struct {
	*strictyaml.Problems
	s *Scenario

	names map[string]strictyaml.Place // of steps, and their places
	total int                         // steps that the drill takes

	declared Size      // bytes of content so far
	loaded   *Workload // the load whose steps are checked; nil outside one
}

// validate reports every mistake of a decoded scenario.
func (s *Scenario) validate(p *strictyaml.Problems) {
	v := &validator{Problems: p, s: s, names: map[string]strictyaml.Place{}}
	v.header()
	v.world()
	v.client()
	v.steps()
	v.intent()
	v.signals()
	v.changes()
	v.faults()
	v.rules()
	v.waits()
	v.conformance()
	v.expect(&s.Expect, scope{path: "expect", steps: s.Steps, top: true})
}

func (v *validator) header() {
	s := v.s
	if s.Understood("version") && s.Version != 1 {
		v.Add(s.ValueSpan("version"), "this program reads version 1", "version %d is not known", s.Version)
	}
	if s.Understood("name") {
		v.oneLine(&s.Block, "name", s.Name, "name")
	}
	for _, words := range []struct {
		key  string
		list []string
	}{{"tags", s.Tags}, {"requires", s.Requires}} {
		for i, word := range words.list {
			if s.Understood(words.key) && (word == "" || strings.ContainsFunc(word, unicode.IsSpace)) {
				v.Add(s.ItemSpan(words.key, i), "", "%s: %q is not one word", words.key, strictyaml.Short(word))
			}
		}
	}
}

// oneLine checks a name, which reports print on one line.
func (v *validator) oneLine(b *strictyaml.Block, key, text, path string) {
	switch {
	case strings.TrimSpace(text) == "":
		v.Add(b.ValueSpan(key), "", "%s: it is empty", path)
	case strings.ContainsFunc(text, unicode.IsControl):
		v.Add(b.ValueSpan(key), "", "%s: it has more than one line", path)
	}
}

// ownName checks the name of a step or a rule: it has one line, and no earlier one of its kind has
// it. names are the names so far.
func (v *validator) ownName(b *strictyaml.Block, name, path, kind string, names map[string]strictyaml.Place) {
	if !b.Understood("name") {
		return
	}
	v.oneLine(b, "name", name, path+".name")
	if first, twice := names[name]; twice {
		v.Add(b.ValueSpan("name"), fmt.Sprintf("the first is on line %d", first.Line), "%s.name: two %s are called %q",
			path, kind, strictyaml.Short(name))
		return
	}
	names[name] = b.At("name")
}

// exactlyOne checks that a mapping has exactly one of these keys.
func (v *validator) exactlyOne(b *strictyaml.Block, what string, keys ...string) bool {
	if !b.Decoded() {
		return false // not a mapping, which is reported already
	}
	var given []string
	for _, key := range keys {
		if b.Has(key) {
			given = append(given, key)
		}
	}
	switch {
	case len(given) == 0 && !b.HasUnknown():
		v.Add(strictyaml.Span{Place: b.Place}, "", "%s needs exactly one of %s", what, strictyaml.Enumerate(keys))
	case len(given) > 1:
		slices.SortFunc(given, func(x, y string) int { return b.At(x).Compare(b.At(y)) })
		v.Add(b.KeySpan(given[1]), "", "%s needs exactly one of %s, got %s", what, strictyaml.Enumerate(keys),
			strictyaml.Enumerate(given))
	}
	return len(given) == 1
}

// below checks that a path stays below the work directory.
func (v *validator) below(b *strictyaml.Block, key, name, path string) bool {
	if !b.Understood(key) {
		return false
	}
	if strings.Contains(name, "\\") || strings.Contains(name, "\x00") || !filepath.IsLocal(name) ||
		filepath.Clean(name) == "." {
		v.Add(b.ValueSpan(key), "name a file by its path below ${workdir}", "%s: %q is not below the work directory",
			path, strictyaml.Short(name))
		return false
	}
	return true
}

// known checks that the file defines the name.
func (v *validator) known(at strictyaml.Span, name string, names []string, path, what string) bool {
	if slices.Contains(names, name) {
		return true
	}
	hint := ""
	if near := suggest.Nearest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	v.Add(at, hint, "%s: this drill has no %s %q", path, what, strictyaml.Short(name))
	return false
}
