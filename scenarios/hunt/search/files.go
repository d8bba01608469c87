package search

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// WriteFiles writes the findings into the directory, which it creates: for each a scenario file
// that states the finding and a Go test that fails as long as the client has the flaw. The file
// findings.ndjson is a baseline for later searches.
func (r *Report) WriteFiles(dir string) error {
	if len(r.Found) == 0 {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var lines bytes.Buffer
	for _, f := range r.Found {
		f.File = filepath.Join(dir, f.Name+".yaml")
		if err := os.WriteFile(f.File, []byte(f.Script), 0o644); err != nil {
			return err
		}
		test := filepath.Join(dir, strings.ReplaceAll(f.Name, "-", "_")+"_test.go")
		if err := os.WriteFile(test, f.GoTest("drills_test"), 0o644); err != nil {
			return err
		}
		if err := json.NewEncoder(&lines).Encode(f); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "findings.ndjson"), lines.Bytes(), 0o644)
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
	fmt.Fprintf(b, ")\n\n// %s.\nfunc Test%s(t *testing.T) {\n", oneLine(f.Sentence), identifier(f.Name))
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
