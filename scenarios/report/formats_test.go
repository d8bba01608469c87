package report_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/report"
)

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
