package report_test

// The junit format against the two schemas in testdata/xsd.

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/report"
)

// junitElement is what the two schemas have in common for an element: its attributes, and its
// children in their order. The schemas are junit-10.xsd of jenkinsci/xunit-plugin and JUnit.xsd of
// windyroad/JUnit-Schema, which Ant's reports and most validators follow.
type junitElement struct {
	required, optional []string
	children           []string
}

var junitElements = map[string]junitElement{
	"testsuite": {
		required: []string{"name", "timestamp", "hostname", "tests", "failures", "errors", "time"},
		optional: []string{"skipped"},
		children: []string{"properties", "testcase", "system-out", "system-err"},
	},
	"properties": {children: []string{"property"}},
	"property":   {required: []string{"name", "value"}},
	"testcase": {
		required: []string{"name", "classname", "time"}, children: []string{"skipped", "error", "failure"},
	},
	"failure":    {required: []string{"type"}, optional: []string{"message"}},
	"error":      {required: []string{"type"}, optional: []string{"message"}},
	"skipped":    {optional: []string{"type", "message"}},
	"system-out": {}, "system-err": {},
}

// junitForms are the forms of the values that are not any text.
var junitForms = map[string]*regexp.Regexp{
	"timestamp": regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$`), "time": regexp.MustCompile(`^\d+\.\d{3}$`),
	"tests": regexp.MustCompile(`^\d+$`), "failures": regexp.MustCompile(`^\d+$`),
	"errors": regexp.MustCompile(`^\d+$`), "skipped": regexp.MustCompile(`^\d+$`),
	"hostname": regexp.MustCompile(`.`), "name": regexp.MustCompile(`.`),
}

func checkJUnit(t *testing.T, document []byte) {
	t.Helper()
	decoder := xml.NewDecoder(bytes.NewReader(document))
	var open []string
	places := []int{0} // the place of the last child of each open element
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		switch e := token.(type) {
		case xml.StartElement:
			name := e.Name.Local
			rules, known := junitElements[name]
			require.True(t, known, name)
			if len(open) == 0 {
				require.Equal(t, "testsuite", name)
			} else {
				parent := open[len(open)-1]
				place := slices.Index(junitElements[parent].children, name)
				require.GreaterOrEqual(t, place, places[len(places)-1], "%s in %s", name, parent)
				places[len(places)-1] = place
			}
			var given []string
			for _, a := range e.Attr {
				given = append(given, a.Name.Local)
				require.Contains(t, slices.Concat(rules.required, rules.optional), a.Name.Local, name)
				if form := junitForms[a.Name.Local]; form != nil {
					require.Regexp(t, form, a.Value, "%s of %s", a.Name.Local, name)
				}
			}
			require.Subset(t, given, rules.required, name)
			open, places = append(open, name), append(places, 0)
		case xml.EndElement:
			open, places = open[:len(open)-1], places[:len(places)-1]
		}
	}
}

func TestJUnitKeepsToBothSchemas(t *testing.T) {
	options := report.Options{Version: hostile, Host: "h\x00", Started: time.Date(2026, 11, 29, 1, 2, 3, 4, time.UTC)}
	for name, list := range map[string][]*scenarios.Result{
		"none": nil, "by hand": results(), "hostile": hostileResults(), "played": played(t),
	} {
		for _, o := range []report.Options{{}, options} {
			document := written(t, "junit", o, list)
			checkJUnit(t, document)
			require.Contains(t, string(document), `<system-err></system-err>`, name)
		}
	}
	document := string(written(t, "junit", options, results()))
	require.Contains(t, document, `timestamp="2026-11-29T01:02:03" hostname="h�"`)
	require.Contains(t, document, `name="retry/503-twice: 503 twice, then OK (builtin, seed 7)"`)
}

// schemaNode is an element of an XSD with what the test reads of it.
type schemaNode struct {
	XMLName xml.Name
	Name    string       `xml:"name,attr"`
	Use     string       `xml:"use,attr"`
	Nodes   []schemaNode `xml:",any"`
}

// attributes returns the attributes that a declaration in a schema has, without those of the
// elements inside it: true for those that a document must have.
func (n schemaNode) attributes() map[string]bool {
	found := map[string]bool{}
	for _, inner := range n.Nodes {
		switch inner.XMLName.Local {
		case "element":
		case "attribute":
			found[inner.Name] = inner.Use == "required"
		default:
			maps.Copy(found, inner.attributes())
		}
	}
	return found
}

// declarations calls each with every element of a schema, and with the types that elements name.
func (n schemaNode) declarations(each func(schemaNode)) {
	for _, inner := range n.Nodes {
		kind := inner.XMLName.Local
		if inner.Name != "" && (kind == "element" || kind == "complexType") {
			each(inner)
		}
		inner.declarations(each)
	}
}

// The table of elements says no more and no less than the schemas: a document that keeps to it has
// all attributes that they require, and none that one of them does not know.
func TestTableOfJUnitAgreesWithTheSchemas(t *testing.T) {
	for _, file := range []string{"JUnit.xsd", "junit-10.xsd"} {
		text, err := os.ReadFile(filepath.Join("testdata", "xsd", file))
		require.NoError(t, err)
		var schema schemaNode
		require.NoError(t, xml.Unmarshal(text, &schema))
		seen := map[string]bool{}
		schema.declarations(func(n schemaNode) {
			rules, known := junitElements[n.Name]
			allowed := n.attributes()
			if !known || len(allowed) == 0 { // no attribute is declared here, but in its type
				return
			}
			if _, inGroup := allowed["package"]; inGroup && file == "JUnit.xsd" {
				return // of a suite inside testsuites
			}
			seen[n.Name] = true
			for name, must := range allowed {
				require.False(t, must && !slices.Contains(rules.required, name), "%s: %s needs %s", file, n.Name, name)
			}
			for _, name := range slices.Concat(rules.required, rules.optional) {
				require.Contains(t, allowed, name, "%s: %s", file, n.Name)
			}
		})
		require.GreaterOrEqual(t, len(seen), 5, "%s: %v", file, seen)
	}
}

// TestJUnitIsValidForXMLLint asks a real validator. It needs xmllint: make junit-schemas requires
// it.
func TestJUnitIsValidForXMLLint(t *testing.T) {
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		if os.Getenv("S3CHAOS_XMLLINT") != "" {
			t.Fatal(err)
		}
		t.Skip("xmllint is not installed: ", err)
	}
	options := report.Options{Version: hostile, Host: "h\x00", Started: time.Date(2026, 11, 29, 1, 2, 3, 4, time.UTC)}
	for name, list := range map[string][]*scenarios.Result{
		"none": nil, "by-hand": results(), "hostile": hostileResults(), "played": played(t),
	} {
		file := filepath.Join(t.TempDir(), name+".xml")
		require.NoError(t, os.WriteFile(file, written(t, "junit", options, list), 0o600))
		for _, schema := range []string{"JUnit.xsd", "junit-10.xsd"} {
			schema = filepath.Join("testdata", "xsd", schema)
			out, err := exec.CommandContext(t.Context(), xmllint, "--noout", "--schema", schema, file).CombinedOutput()
			require.NoError(t, err, "%s", out)
		}
	}
}
