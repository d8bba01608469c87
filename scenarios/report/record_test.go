package report_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/racing"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/catalog"
	"github.com/s3chaos/s3chaos/scenarios/report"
)

// played returns the results of playSome, which the caller must not change.
func played(t *testing.T) []*scenarios.Result {
	t.Helper()
	once.Do(func() { playedOnce = playSome(t) })
	return playedOnce
}

var (
	once       sync.Once
	playedOnce []*scenarios.Result
)

// playSome returns real results of every verdict: drills of the catalog with their own clients,
// with the plain SDK, a program, and one that cannot run.
func playSome(t *testing.T) []*scenarios.Result {
	t.Helper()
	var small []*scenarios.Scenario
	every := 12
	if racing.On {
		every = 48
	}
	for i, entry := range catalog.All() {
		if i%every != 0 {
			continue
		}
		cases, err := entry.Scenarios()
		require.NoError(t, err)
		if cases[0].Client.Run == nil {
			small = append(small, cases[0])
		}
	}
	results := scenarios.RunAll(t.Context(), small, scenarios.Options{}, nil)
	results = append(results, scenarios.RunAll(t.Context(), small, scenarios.Options{Client: "sdk"}, nil)...)
	steps := func(step string) string {
		return "objects: [{bucket: demo, key: a, size: 1KiB}]\nclient: {builtin: {}}\nsteps: [" + step + "]\n"
	}
	download := "{download: {bucket: demo, key: a, to: 'a${worker}'}}"
	for _, text := range []string{
		"name: law\nobjects: [{bucket: demo, key: a, size: 1KiB}]\nclient: {builtin: {}}\n" +
			"steps: [{exists: {bucket: demo, key: a}}]\n" +
			"faults: [{times: 2, respond: {status: 503, code: SlowDown}}]\n" +
			"expect: {jitter: {is: full, over_seeds: 50}}\n",
		"name: program\nclient: {run: [sh, -c, 'echo out; echo \"bad </script> $AWS_SECRET_ACCESS_KEY\" >&2; exit 3']}",
		"name: absent\nrequires: [no-such-program-s3chaos]\nclient: {run: 'true'}",
		"name: never\n" + steps(strings.ReplaceAll(download, "${worker}", "")) +
			"faults: [{match: {operation: PutObject}, respond: {status: 503}}]",
		"name: load\n" + steps("{load: {workers: 3, turns: 30, step: "+download+"}}") +
			"faults: [{match: {operation: GetObject}, times: 5, respond: {status: 503}}]",
	} {
		s, err := scenarios.Parse("own.yaml", []byte("version: 1\n"+text+"\n"))
		require.NoError(t, err)
		results = append(results, scenarios.Run(t.Context(), s, scenarios.Options{}))
	}
	return results
}

// Every format is the same if it is made from the json format: all that it shows is in there.
func TestEveryFormatCanBeMadeFromJSON(t *testing.T) {
	options := report.Options{Version: "v1.2.3", Started: time.Date(2026, 11, 29, 1, 2, 3, 0, time.UTC), Host: "h"}
	for name, list := range map[string][]*scenarios.Result{"by hand": results(), "played": played(t)} {
		lines := written(t, "json", options, list)
		head, all, err := report.Read(bytes.NewReader(lines))
		require.NoError(t, err)
		require.Equal(t, options, head.Options())
		var back []*scenarios.Result
		for r, err := range all {
			require.NoError(t, err)
			back = append(back, r)
		}
		for _, format := range report.Formats() {
			from, to := list, back
			if format == "trace" || format == "html" { // they show requests and attempts that a line leaves out
				from, to = nil, nil
				for i, r := range back {
					if r.LeftOut == 0 && len(r.Journal) == len(list[i].Journal) {
						from, to = append(from, list[i]), append(to, r)
					}
				}
				require.NotEmpty(t, from)
			}
			require.True(t, bytes.Equal(written(t, format, options, from), written(t, format, head.Options(), to)),
				"%s: %s", name, format)
		}
		verdicts := map[scenarios.Verdict]int{}
		for i, r := range back {
			verdicts[r.Verdict]++
			require.Equal(t, list[i].Interrupted(), r.Interrupted())
		}
		require.Len(t, verdicts, 5-map[bool]int{true: 1}[name == "played"], "%s: %v", name, verdicts)
	}
}

// A line is bounded, whatever the drill did.
func TestLineOfALongDrillIsBounded(t *testing.T) {
	r := results()[0]
	r.Stderr = strings.Repeat("ü", 1<<16)
	one := r.Groups[0].Attempts[0].Records[0]
	for range 5000 {
		r.Groups = append(r.Groups, scenarios.Group{
			Operation: "GetObject", Attempts: []scenarios.Attempt{{N: 1, Records: []faultproxy.Record{one}}},
		})
	}
	for n := range 5000 {
		r.Groups[0].Attempts = append(r.Groups[0].Attempts,
			scenarios.Attempt{N: n + 4, Records: []faultproxy.Record{one}})
	}
	lines := written(t, "json", report.Options{}, []*scenarios.Result{r})
	require.Less(t, len(lines), 60<<10)
	_, all, err := report.Read(bytes.NewReader(lines))
	require.NoError(t, err)
	for back, err := range all {
		require.NoError(t, err)
		require.Equal(t, 4969, back.LeftOut)
		require.True(t, strings.HasPrefix(back.Stderr, "ü"))
		text := written(t, "text", report.Options{}, []*scenarios.Result{r})
		require.Equal(t, string(text), string(written(t, "text", report.Options{}, []*scenarios.Result{back})))
		require.Contains(t, string(text), "… 4990 more attempts")
	}
}

func TestReadRejectsWhatIsNoReport(t *testing.T) {
	for text, want := range map[string]string{
		"":             "report is empty: want a header line",
		"{}\n":         `line 1: type "": want a header line`,
		"version: 1\n": "line 1: invalid character",
		`{"type":"header","schema_version":9}` + "\n": "line 1: schema_version 9: want 1",
	} {
		_, _, err := report.Read(strings.NewReader(text))
		require.ErrorContains(t, err, want)
	}
	_, all, err := report.Read(strings.NewReader(
		`{"type":"header","schema_version":1}` + "\n\n" + `{"type":"later"}` + "\n" + `{"type":"drill","id":7}`))
	require.NoError(t, err)
	for r, err := range all {
		require.Nil(t, r)
		require.ErrorContains(t, err, "line 4: json: cannot unmarshal number")
	}
}
