package adapter

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
	"github.com/s3chaos/s3chaos/internal/suggest"
)

// format tells the YAML reader about the types of an adapter.
var format = strictyaml.Format{
	Document: "adapter",
	Text:     checkPlaceholders,
	Labels:   []string{"name", "about", "install", "inherits", "cannot", "files", "match"},
	Types: map[reflect.Type]strictyaml.Type{
		reflect.TypeFor[Verb](): strictyaml.Words(Verbs()...),
		// The line of a shell may hold whatever a shell understands.
		reflect.TypeFor[strictyaml.Command](): strictyaml.Custom("a list or one line of text",
			(*strictyaml.Command).Decode),
	},
}

// Parse reads one adapter. The filename appears in messages. The error is a
// *[strictyaml.InputError] with every mistake of the file.
func Parse(filename string, data []byte) (*Adapter, error) {
	p := strictyaml.NewProblems(filename)
	a := new(Adapter)
	if strictyaml.Read(p, data, a, &format) {
		a.validate(p)
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	return a, nil
}

func (a *Adapter) validate(p *strictyaml.Problems) {
	if a.Format != 1 && a.Has("adapter") {
		p.Add(a.ValueSpan("adapter"), "", "adapter: %d: want 1, the version of this format", a.Format)
	}
	if strings.ContainsAny(a.Name, "/:") || strings.HasSuffix(a.Name, ".yaml") {
		p.Add(a.ValueSpan("name"), "", "name: %q: want a word without / and :", a.Name)
	}
	switch steps, session := a.Has("steps"), a.Has("session"); {
	case steps && session:
		p.Add(a.KeySpan("session"), "", "session: an adapter has either steps or a session")
	case !steps && !session:
		p.Add(strictyaml.Span{}, "", "missing steps: an adapter has either steps or a session")
	case session && len(a.Takes) == 0:
		p.Add(a.KeySpan("session"), "write for example takes: [upload, download, list, delete, exists]",
			"session: missing takes, the steps that the session understands")
	case steps && a.Has("takes"):
		p.Add(a.KeySpan("takes"), "", "takes: only a session needs it")
	}
	for verb := range a.Cannot {
		switch {
		case verb == Parts || verb == Pages:
		case !slices.Contains(Verbs(), Verb(verb)):
			hint := suggest.Hint(verb, append(words(), Parts, Pages))
			p.Add(a.KeySpan("cannot"), hint, "cannot: unknown step %q", verb)
		case a.Steps.Of(Verb(verb)) != nil || slices.Contains(a.Takes, Verb(verb)):
			p.Add(a.KeySpan("cannot"), "", "cannot.%s: the adapter has this step", verb)
		}
	}
	for i, name := range a.Inherits {
		if strings.HasPrefix(name, "AWS_") || strings.ContainsAny(name, "= ") || name == "" {
			p.Add(a.ItemSpan("inherits", i), "", "inherits: %q: want the name of a variable, and none of AWS_", name)
		}
	}
	for _, verb := range Verbs() {
		if step := a.Steps.Of(verb); step != nil {
			step.validate(p, verb)
		}
	}
	a.Version.validate(p)
}

func (s *Step) validate(p *strictyaml.Problems, verb Verb) {
	s.only(p, verb, "keys", List, s.Keys, "lines")
	s.only(p, verb, "size", Stat, s.Size, "text")
	if verb != Exists && s.Has("false") {
		p.Add(s.KeySpan("false"), "", "steps.%s.false: only exists has it", verb)
	}
	if slices.Contains(s.False, 0) {
		p.Add(s.ValueSpan("false"), "", "steps.%s.false: 0 means that the object exists", verb)
	}
}

// only checks a field that one verb has, and needs: a plain word, or the path of a document.
func (s *Step) only(p *strictyaml.Problems, verb Verb, field string, of Verb, value, plain string) {
	kind, path, _ := strings.Cut(value, " ")
	switch {
	case verb != of && s.Has(field):
		p.Add(s.KeySpan(field), "", "steps.%s.%s: only %s has it", verb, field, of)
	case verb == of && !s.Has(field):
		p.Add(s.KeySpan("run"), "", "steps.%s: missing %s: want %s, json PATH or xml PATH", verb, field, plain)
	case verb != of, value == plain, path != "" && (kind == "json" || kind == "xml"):
	default:
		p.Add(s.ValueSpan(field), "", "steps.%s.%s: %q: want %s, json PATH or xml PATH", verb, field, value, plain)
	}
}

func (v *Version) validate(p *strictyaml.Problems) {
	if !v.Decoded() {
		return
	}
	if v.Run.Empty() || v.Match == "" {
		p.Add(strictyaml.Span{}, "", "version: want both run and match")
		return
	}
	match, err := regexp.Compile(v.Match)
	switch {
	case err != nil:
		p.Add(v.ValueSpan("match"), "", "version.match: %v", err)
	case match.NumSubexp() < 1:
		p.Add(v.ValueSpan("match"), "", "version.match: want a group in parentheses, which is the version")
	}
	v.match = match
}

func words() []string {
	var words []string
	for _, verb := range Verbs() {
		words = append(words, string(verb))
	}
	return words
}

// Of returns the version in the output of the version command, or "" if it holds none.
func (v *Version) Of(output string) string {
	if v.match == nil {
		return ""
	}
	if found := v.match.FindStringSubmatch(output); found != nil {
		return found[1]
	}
	return ""
}

// checkPlaceholders reports each ${…} that no step has.
func checkPlaceholders(p *strictyaml.Problems, at strictyaml.Span, text, path string) bool {
	ok := true
	for _, found := range placeholder.FindAllStringSubmatch(text, -1) {
		if name := found[1]; !slices.Contains(placeholders, name) {
			p.Add(at, suggest.Hint(name, placeholders), "%s: unknown placeholder %s", path, found[0])
			ok = false
		}
	}
	return ok
}
