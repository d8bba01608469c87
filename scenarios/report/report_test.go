package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/report"
)

var update = flag.Bool("update", false, "write the goldens anew")

const ms = time.Millisecond

// results are one drill of each verdict.
func results() []*scenarios.Result {
	slowDown := "respond: {status: 503, code: SlowDown}"
	get := func(at, end time.Duration, change func(*faultproxy.Record)) faultproxy.Record {
		r := faultproxy.Record{
			Kind: "exchange", Done: true, At: at, End: end, Step: "1", Operation: "GetObject", Bucket: "demo",
			Key: "a.bin", Status: 503,
			ErrorCode: "SlowDown", Rule: "slow-down", Fault: slowDown, Ended: "complete",
		}
		change(&r)
		return r
	}
	twice := []faultproxy.Record{
		get(0, ms, func(*faultproxy.Record) {}),
		get(101*ms, 102*ms, func(*faultproxy.Record) {}),
		get(302*ms, 303*ms, func(r *faultproxy.Record) { r.Status, r.ErrorCode, r.Rule, r.Fault = 200, "", "", "" }),
	}
	group := func(records ...faultproxy.Record) scenarios.Group {
		g := scenarios.Group{Step: "1", Operation: "GetObject", Bucket: "demo", Key: "a.bin"}
		for i, r := range records {
			a := scenarios.Attempt{N: i + 1, Records: []faultproxy.Record{r}}
			if i > 0 {
				a.Wait = r.At - records[i-1].End
			}
			g.Attempts = append(g.Attempts, a)
		}
		return g
	}
	step := scenarios.StepResult{
		ID: "1", Name: "download 1", Operation: "download", Outcome: scenarios.Success, End: 303 * ms, Attempts: 3,
		Sends: 3,
		Waits: []time.Duration{100 * ms, 200 * ms},
	}
	pass := &scenarios.Result{
		ID: "retry/503-twice", File: "catalog/retry/503-twice.yaml", Name: "503 twice, then OK", Client: "builtin",
		Seed: 7, Clock: scenarios.Virtual,
		Verdict: scenarios.Pass, Attempts: 3, Sends: 3, Waits: step.Waits, Elapsed: 303 * ms,
		Wall: 1500 * time.Microsecond,
		Faults: []scenarios.FaultResult{{
			Name: "slow-down", Text: "{name: slow-down, " + slowDown + "}",
			Line: 18, Fired: 2,
		}},
		JournalSHA256: strings.Repeat("5e", 32), Steps: []scenarios.StepResult{step},
		Groups: []scenarios.Group{group(twice...)}, Journal: twice,
		Replay: "chaos run retry/503-twice --seed 7",
	}
	fail := *pass
	fail.Name, fail.Verdict, fail.File, fail.ID, fail.Replay = "503 twice <at most>", scenarios.Fail,
		"drills/own, one.yaml", "drills/own, one", "chaos run 'drills/own, one.yaml' --seed 7"
	fail.Reasons = []scenarios.Reason{
		{
			Kind: "attempts", Line: 21, Expected: "2", Got: "3",
			Evidence: []string{scenarios.JournalLine(twice[1]), scenarios.JournalLine(twice[2])},
		},
		{
			Kind: "lost-write", Severity: scenarios.SeverityFail, Step: "1", Line: 12,
			Got: "demo/a.bin was acknowledged as 64 bytes, but holds no object",
		},
	}
	note := *pass
	note.Name, note.ID = "an old copy", "stale"
	note.Notes = []scenarios.Reason{{
		Kind: "wrong-read", Severity: scenarios.SeverityNote, Step: "1", Line: 9,
		Got:      "demo/a.bin was read as 3 bytes, but only ever held 4 bytes",
		Evidence: []string{scenarios.JournalLine(twice[2])},
	}}
	hung := get(0, 0, func(r *faultproxy.Record) {
		r.Status, r.ErrorCode, r.Done, r.Ended, r.Fault = 0, "", false, "", "timeout: {}"
	})
	broke := &scenarios.Result{
		Name: "a broken harness", File: "b.yaml", ID: "b", Client: "run", Seed: 1, Clock: scenarios.Real,
		Verdict: scenarios.Error,
		Reasons: []scenarios.Reason{{
			Kind: "harness",
			Got:  "start the client: exec: \"awss\": executable file not found in $PATH",
		}},
		Replay: "chaos run b.yaml --seed 1",
	}
	vacuous := *pass
	vacuous.Name, vacuous.Verdict, vacuous.ID = "never fired", scenarios.Vacuous, "v"
	vacuous.Groups = []scenarios.Group{group(hung)}
	vacuous.Reasons = []scenarios.Reason{{
		Kind: "unfired", Line: 18, Expected: "fault slow-down to fire",
		Got: "no request at all",
	}}
	skip := &scenarios.Result{
		Name: "aws s3 cp", File: "aws.yaml", ID: "aws", Client: "run", Seed: 1, Clock: scenarios.Real,
		Verdict: scenarios.Skip,
		Reasons: []scenarios.Reason{{Kind: "skip", Line: 3, Got: "aws is not on PATH"}},
	}
	return []*scenarios.Result{pass, &fail, broke, &vacuous, skip, &note}
}

func written(t *testing.T, format string, o report.Options, list []*scenarios.Result) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := report.New(format, &out, o)
	require.NoError(t, err)
	for _, r := range list {
		require.NoError(t, w.Drill(r))
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

func TestGoldens(t *testing.T) {
	for name, c := range map[string]struct {
		format  string
		options report.Options
	}{
		"text.txt":       {"text", report.Options{}},
		"text-color.txt": {"text", report.Options{Color: true}},
		"ndjson.json":    {"json", report.Options{Version: "v1.2.3"}},
		"junit.xml":      {"junit", report.Options{}},
		"github.txt":     {"github", report.Options{}},
		"tap.txt":        {"tap", report.Options{}},
		"html.html":      {"html", report.Options{}},
		"matrix.md":      {"markdown", report.Options{}},
		"trace.json":     {"trace", report.Options{}},
	} {
		t.Run(name, func(t *testing.T) {
			got := written(t, c.format, c.options, results())
			golden := filepath.Join("testdata", name)
			if *update {
				require.NoError(t, os.MkdirAll("testdata", 0o755))
				require.NoError(t, os.WriteFile(golden, got, 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err, "make update writes it")
			require.Equal(t, string(want), string(got))
		})
	}
}

func TestNDJSONHasWhatReadersRelyOn(t *testing.T) {
	lines := bytes.Split(bytes.TrimSpace(written(t, "json", report.Options{}, results())), []byte("\n"))
	require.Len(t, lines, 7)
	var head map[string]any
	require.NoError(t, json.Unmarshal(lines[0], &head))
	require.EqualValues(t, 1, head["schema_version"])
	for _, line := range lines[1:] {
		var drill map[string]any
		require.NoError(t, json.Unmarshal(line, &drill))
		for _, field := range []string{
			"type", "id", "name", "client", "seed", "clock", "verdict", "reasons", "attempts", "sends", "waits_ms",
			"faults_fired",
			"elapsed_ms", "wall_ms", "journal_sha256", "steps",
		} {
			require.Contains(t, drill, field)
		}
		require.IsType(t, []any{}, drill["reasons"])
		require.IsType(t, []any{}, drill["waits_ms"])
		require.IsType(t, []any{}, drill["steps"])
		if drill["clock"] == "real" {
			require.Nil(t, drill["journal_sha256"])
		}
		for _, step := range drill["steps"].([]any) {
			for _, field := range []string{"name", "operation", "outcome", "error_code", "attempts", "waits_ms"} {
				require.Contains(t, step, field)
			}
		}
	}
}

func TestJUnitIsXML(t *testing.T) {
	var raw struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Skipped  int `xml:"skipped,attr"`
	}
	list := results()
	list[1].Reasons[0].Got = "a \x00 that no XML may hold"
	require.NoError(t, xml.Unmarshal(written(t, "junit", report.Options{}, list), &raw))
	require.Equal(t, [4]int{6, 1, 2, 1}, [4]int{raw.Tests, raw.Failures, raw.Errors, raw.Skipped})
}

func TestNothingIsColouredUnasked(t *testing.T) {
	require.NotContains(t, string(written(t, "text", report.Options{}, results())), "\x1b")
}

func TestHTMLEscapesWhatScenariosSay(t *testing.T) {
	list := results()[:1]
	list[0].Name = "<script>alert(1)</script>"
	list[0].Groups[0].Key = "<script>alert(2)</script>"
	require.NotContains(t, string(written(t, "html", report.Options{}, list)), "<script>alert")
}

func TestAnUnknownFormatIsAnError(t *testing.T) {
	_, err := report.New("yaml", &bytes.Buffer{}, report.Options{})
	require.ErrorContains(t, err, `"yaml"`)
	require.ErrorContains(t, err, "text, json, junit, github, tap, html, markdown, trace")
}

func TestALongDrillIsShown(t *testing.T) {
	r := results()[0]
	for range 100 {
		r.Groups = append(r.Groups,
			scenarios.Group{
				Operation: "HeadObject",
				Attempts: []scenarios.Attempt{{
					N:       1,
					Records: []faultproxy.Record{{Kind: "exchange", Status: 200, Done: true, Ended: "complete"}},
				}},
			})
	}
	short := written(t, "text", report.Options{}, []*scenarios.Result{r})
	require.Contains(t, string(short), "… 96 more requests")
	require.Less(t, bytes.Count(short, []byte("\n")), 40)
	require.Equal(t, 100, bytes.Count(written(t, "text", report.Options{Verbose: true}, []*scenarios.Result{r}),
		[]byte("HeadObject")))
}
