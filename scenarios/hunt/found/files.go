package found

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/s3chaos/s3chaos/scenarios/hunt"
)

// This file writes findings into a directory.

// Write writes the script of each finding into the directory, which it creates, and a Go test that
// fails as long as the client has the flaw. It sets the File of each finding.
func Write(dir string, all []*Found) error {
	if len(all) == 0 {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, f := range all {
		f.File = filepath.Join(dir, f.Name+".yaml")
		if err := os.WriteFile(f.File, []byte(f.Script), 0o644); err != nil {
			return err
		}
		test := filepath.Join(dir, strings.ReplaceAll(f.Name, "-", "_")+"_test.go")
		if err := os.WriteFile(test, f.GoTest("drills_test"), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Names gives findings names that differ. The zero value is ready to use.
type Names struct{ count map[string]int }

// Of returns a name for a finding with this signature, as in "lost-write-putobject-respond".
func (n *Names) Of(coarse hunt.Signature) string {
	name := strings.Trim(strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return '-'
	}, strings.ToLower(strings.ReplaceAll(string(coarse), " -", ""))), "-")
	if n.count == nil {
		n.count = make(map[string]int)
	}
	if n.count[name]++; n.count[name] > 1 {
		name = fmt.Sprintf("%s-%d", name, n.count[name])
	}
	return name
}

// Replay returns a line for reports on how to play the file, or why `chaos run` does not pass it.
func (f *Found) Replay() string {
	if f.Note != "" {
		return f.File + ": " + f.Note
	}
	return "chaos run " + f.File
}

// GoTest returns a Go test in this package that fails as long as the client has the flaw. A finding
// of the oracle is a drill of package drilltest. The others are judged by package hunt.
func (f *Found) GoTest(pkg string) []byte {
	b := &bytes.Buffer{}
	imports := []string{"testing", "testing/fstest", "", "github.com/s3chaos/s3chaos/scenarios/drilltest"}
	if !f.Kind.Oracle() {
		imports = []string{
			"testing", "", "github.com/s3chaos/s3chaos/scenarios", "github.com/s3chaos/s3chaos/scenarios/hunt",
		}
	}
	fmt.Fprintf(b, "package %s\n\nimport (\n", pkg)
	for _, path := range imports {
		if path == "" {
			b.WriteString("\n")
			continue
		}
		fmt.Fprintf(b, "\t%q\n", path)
	}
	fmt.Fprintf(b, ")\n\n// %s.\nfunc Test%s(t *testing.T) {\n", OneLine(f.Sentence), identifier(f.Name))
	if f.Kind.Oracle() {
		fmt.Fprintf(b, "\tdrills := fstest.MapFS{%q: {Data: []byte(%s)}}\n", f.Name+".yaml", literal(f.plain))
		b.WriteString("\tdrilltest.RunAll(t, drills) // the option drilltest.Drill drills a client of your own\n}\n")
		return b.Bytes()
	}
	fmt.Fprintf(b, "\ts, err := scenarios.Parse(%q, []byte(%s))\n", f.Name+".yaml", literal(f.plain))
	b.WriteString("\tif err != nil {\n\t\tt.Fatal(err)\n\t}\n")
	b.WriteString("\tp := &hunt.Player{} // the field New drills a client of your own\n")
	b.WriteString("\tif err := p.Prepare(t.Context()); err != nil {\n\t\tt.Fatal(err)\n\t}\n")
	b.WriteString("\tfor _, f := range p.Find(t.Context(), s).Findings {\n\t\tt.Error(f.Sentence)\n\t}\n}\n")
	return b.Bytes()
}

// literal returns a string literal of Go, raw if it can be.
func literal(text string) string {
	if strings.Contains(text, "`") {
		return fmt.Sprintf("%q", text)
	}
	return "`" + text + "`"
}

// identifier returns a name as a part of a Go identifier: "LostWritePutobject".
func identifier(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "-") {
		for i, c := range word {
			if i == 0 {
				c = unicode.ToUpper(c)
			}
			b.WriteRune(c)
		}
	}
	return b.String()
}
