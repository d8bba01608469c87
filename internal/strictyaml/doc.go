// Package strictyaml reads a YAML file into Go structs and reports every mistake of the file at
// once: [Read], [Problems], [Format].
//
// The reader decodes by `yaml` struct tags and goes on after a mistake. Each mistake becomes a
// [Problem] with file, line and column, the line itself, a caret, and a hint such as "did you
// mean". Unknown keys, duplicate keys, anchors, aliases, tags and a second document are mistakes.
// Numbers and durations are never negative.
//
//	p := strictyaml.NewProblems("drill.yaml")
//	var s Scenario
//	if strictyaml.Read(p, data, &s, &format) {
//		s.validate(p) // adds the contradictions that no single value shows
//	}
//	return p.Err() // an *InputError with all of them, or nil
//
// A [Format] names the types that have words, a name in messages or a reader of their own. A struct
// that embeds [Block] remembers the place of each of its keys, so that a later check can still name
// the line.
package strictyaml
