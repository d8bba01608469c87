package main

import (
	_ "embed"
	"path"
	"strings"

	"github.com/s3chaos/s3chaos/internal/mutation"
)

// reasonLines says why mutants survive: package, function, kind and text of the mutant, the class
// of the reason, and the reason, separated by tabs. "*" stands for every kind, or every text. The
// classes:
//
//   - equivalent: no program can tell the mutant from the source
//   - cost: the mutant costs time or memory only, or a drill would
//   - input: the place decides about input that the reader of a scenario refuses
//   - api: only the Go API gets there
//
//go:embed reasons.tsv
var reasonLines string

// reasonOf returns the reason why a mutant survives, or "".
func reasonOf(m *mutation.Mutant) string {
	for line := range strings.Lines(reasonLines) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) == 6 && f[0] == path.Base(m.Package) && f[1] == m.Func &&
			(f[2] == "*" || f[2] == string(m.Kind)) && (f[3] == "*" || f[3] == m.Text) {
			return f[4] + ": " + f[5]
		}
	}
	return ""
}
