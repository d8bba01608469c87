package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
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

func TestGitHubSummaryHoldsTheMatrix(t *testing.T) {
	var summary bytes.Buffer
	written(t, "github", report.Options{Summary: &summary}, results())
	require.Contains(t, summary.String(), "6 drills: 2 pass, 1 fail, 1 error, 1 vacuous, 1 skip.")
	require.Contains(t, summary.String(), "| retry/503-twice |  | ✅ |")
	require.Contains(t, summary.String(), "| drills/own, one |  | ❌ |")
	require.Contains(t, summary.String(), "✅ pass")

	var list []*scenarios.Result
	for i := range 30_000 {
		r := *results()[i%2]
		r.ID = strings.Repeat("long", 20) + string(rune('a'+i%26)) + strings.Repeat("x", i/26)[:min(i/26, 100)] +
			time.Duration(i).String()
		list = append(list, &r)
	}
	summary.Reset()
	written(t, "github", report.Options{Summary: &summary}, list)
	require.Less(t, summary.Len(), 1<<20, "GitHub refuses a larger summary")
	require.NotContains(t, summary.String(), "✅")
	require.Contains(t, summary.String(), "only scenarios that did not pass")
}

func TestMarkdownIsATableWhateverTextsHold(t *testing.T) {
	list := results()
	list[0].ID, list[0].Client = "a|b<b>`*_\n\u202e", "x|y"
	text := string(written(t, "markdown", report.Options{}, list))
	bars := -1
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "|") {
			n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
			require.True(t, bars < 0 || n == bars, line)
			bars = n
		}
	}
	require.Equal(t, 6, bars, "scenario, level and three clients")
	require.Contains(t, text, "a\\|b&lt;b>\\`\\*\\_\\\\n\\\\u202e")
}

func TestTAPHasAPlanAndALineForEachDrill(t *testing.T) {
	list := hostileResults()
	list[0].Name = "a # b \\ c\nnot ok 7"
	lines := strings.Split(strings.TrimRight(string(written(t, "tap", report.Options{}, list)), "\n"), "\n")
	require.Equal(t, "TAP version 14", lines[0])
	require.Equal(t, "1..6", lines[len(lines)-1])
	point := regexp.MustCompile(`^(not )?ok (\d+) - `)
	n, inside := 0, false
	for _, line := range lines[1 : len(lines)-1] {
		switch {
		case line == "  ---" || line == "  ...":
			inside = !inside
		case inside:
			require.True(t, strings.HasPrefix(line, "  "), line)
		default:
			require.Regexp(t, point, line)
			n++
		}
	}
	require.Equal(t, 6, n)
	require.False(t, inside)
	require.Contains(t, lines[1], `a \# b \\ c not ok 7 (`)
}

func TestTraceHasALaneForEachConnection(t *testing.T) {
	for name, list := range map[string][]*scenarios.Result{"none": nil, "by hand": results(), "played": played(t)} {
		var trace struct {
			TraceEvents []struct {
				Name, Ph, Cat, S string
				Pid, Tid         *int
				Ts, Dur          *float64
				Args             map[string]any
			} `json:"traceEvents"`
			DisplayTimeUnit string `json:"displayTimeUnit"`
		}
		require.NoError(t, json.Unmarshal(written(t, "trace", report.Options{Version: hostile}, list), &trace), name)
		require.Equal(t, "ms", trace.DisplayTimeUnit)
		lanes, count := map[[2]int]bool{}, map[string]int{}
		for _, e := range trace.TraceEvents {
			require.NotNil(t, e.Pid)
			require.NotNil(t, e.Tid)
			require.NotNil(t, e.Ts)
			require.GreaterOrEqual(t, *e.Ts, 0.0)
			count[e.Ph+e.Cat]++
			switch e.Ph {
			case "M":
				require.Contains(t, e.Args, "name")
				lanes[[2]int{*e.Pid, *e.Tid}] = true
			case "X":
				require.NotNil(t, e.Dur, e.Name)
				require.GreaterOrEqual(t, *e.Dur, 0.0)
				require.True(t, lanes[[2]int{*e.Pid, *e.Tid}], "a slice in a lane without a name")
			case "i":
				require.Equal(t, "t", e.S)
			default:
				t.Errorf("phase %q", e.Ph)
			}
		}
		attempts, fired := 0, 0
		for _, r := range list {
			for _, g := range r.Groups {
				for _, a := range g.Attempts {
					attempts += len(a.Records)
					for _, record := range a.Records {
						fired += len(record.Firings())
					}
				}
			}
		}
		require.Equal(t, attempts, count["Xattempt"], name)
		require.Equal(t, fired, count["ifault"], name)
	}
}
