package script

import (
	"slices"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// callError checks that an error has the keys that its type uses, and no others.
func (v *validator) callError(e *CallError, path string) {
	if e.Has("is") && (e.Has("type") || e.Has("wraps") || e.Has("joins") || e.Has("text")) {
		v.Add(e.KeySpan("is"), "let another error wrap it",
			"%s.is: a known value has no text, no type, and wraps nothing", path)
	}
	if e.Has("wraps") && e.Has("joins") {
		v.Add(e.KeySpan("joins"), "", "%s: want either wraps or joins, got both", path)
	}
	if e.Has("joins") && (e.Has("type") || e.Has("text")) {
		v.Add(e.KeySpan("joins"), "let another error wrap it",
			"%s.joins: joined errors have no text and no type of their own", path)
	}
	if says := e.Has("mark") || e.Has("is") || e.Has("text") || e.Has("wraps") || e.Has("joins") ||
		e.Type == "nil"; !says &&
		e.Decoded() && !e.HasUnknown() {
		v.Add(strictyaml.Span{Place: e.Place}, "", "%s: want a text, is, wraps, joins or a mark", path)
	}
	if e.Is == nothing && e.Understood("is") {
		v.Add(e.ValueSpan("is"), "an attempt without an error succeeds", "%s.is: nil is no error", path)
	}
	for _, key := range []string{"status", "code", "answer", "retry_after", "window", "headers"} {
		switch {
		case !e.Has(key) || slices.Contains(errorTypes[e.Type], key):
		case e.Type == "" && !e.Has("type"):
			v.Add(e.KeySpan(key), "name the type that tells it", "%s.%s: a plain error does not tell it", path, key)
		case e.Understood("type"):
			v.Add(e.KeySpan(key), "", "%s.%s: type %s does not tell it", path, key, e.Type)
		}
	}
	for _, rule := range []struct {
		types     []ErrorType
		key, with string // which the key excludes; empty: the types have no such key
	}{
		{leafTypes, "wraps", ""},
		{[]ErrorType{"nil"}, "text", ""},
		{[]ErrorType{"net.OpError", "fs.PathError"}, "text", "wraps"},
		{[]ErrorType{"RetryHint"}, "headers", "retry_after"},
		{[]ErrorType{"RetryHint"}, "headers", "window"},
		{[]ErrorType{"RetryHint"}, "headers", "answer"},
	} {
		switch {
		case !slices.Contains(rule.types, e.Type) || !e.Has(rule.key):
		case rule.with == "":
			v.Add(e.KeySpan(rule.key), "", "%s.%s: type %s has none", path, rule.key, e.Type)
		case e.Has(rule.with):
			v.Add(e.KeySpan(rule.key), "", "%s: want either %s or %s, got both", path, rule.key, rule.with)
		}
	}
	if e.Wraps != nil {
		v.callError(e.Wraps, path+".wraps")
	}
	for i := range e.Joins {
		v.callError(&e.Joins[i], path+".joins")
	}
}
