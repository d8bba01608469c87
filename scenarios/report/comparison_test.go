package report_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/report"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

func TestComparisonShowsDrillsByClient(t *testing.T) {
	cell := func(client, drill string, v scenarios.Verdict, level script.Level) *scenarios.Result {
		return &scenarios.Result{
			ID: drill, Client: client, ClientVersion: "1.2", Verdict: v, Level: level, Suite: 1, Sends: 3,
			Reasons: []scenarios.Reason{{Kind: "hang", Got: "busy\nfor long"}}, Replay: "chaos run " + drill,
		}
	}
	known := cell("b", "x/2", scenarios.Fail, script.Must)
	known.Known = &scenarios.KnownFailure{Reason: "#1"}
	own := cell("a", "own/1", scenarios.Fail, "")
	own.Suite = 0
	o := report.Options{Version: "v1", Started: time.Date(2026, 11, 29, 1, 2, 3, 0, time.UTC)}
	page := string(written(t, "comparison", o,
		[]*scenarios.Result{
			cell("a", "x/1", scenarios.Pass, script.Must), cell("a", "x/2", scenarios.Fail, script.Must),
			cell("a", "x/3", scenarios.Fail, script.Should), cell("a", "x/4", scenarios.Fail, script.Info), own,
			cell("b", "x/1", scenarios.Skip, script.Must), known,
			cell("b", "x/3", scenarios.Vacuous, script.Should), cell("b", "x/4", scenarios.Error, script.Info),
		}))
	for _, line := range []string{
		"Suite 1. Made by `make matrix` on 2026-11-29 with s3chaos v1. ",
		"| a | 1.2 | 1 | 1 | 1 | 0 | 0 |\n| b | 1.2 | 0 | 0 | 0 | 1 | 2 |\n",
		"| drill | level | a | b |\n|---|---|---|---|\n",
		"| x/1 | must | ✓ 3 | – |\n| x/2 | must | ✗ 3 | k 3 |\n| x/3 | should | ! 3 | ? |\n| x/4 | info | i 3 | ? |\n",
		"### a: x/2\n\n```\nhang: busy\nchaos run x/2\n```\n\n[x/2.yaml](replay/x/2.yaml)\n",
		"| client | reason | drills |\n|---|---|---|\n| b | hang: busy | x/1, x/4 |\n| b | no fault struck the client | x/3 |\n",
	} {
		require.Contains(t, page, line)
	}
	require.NotContains(t, page, "### b")
	require.NotContains(t, page, "own/1")
}

// A command is a client too, and its line may hold the sign that separates cells.
func TestComparisonEscapesTheNamesOfClients(t *testing.T) {
	page := string(written(t, "comparison", report.Options{}, []*scenarios.Result{{
		ID: "x/1", Client: "run:a | b", Verdict: scenarios.Pass, Level: script.Must, Suite: 1, Sends: 3,
	}}))
	require.Contains(t, page, "| run:a \\| b |  | 1 | 0 |")
	require.Contains(t, page, "| drill | level | run:a \\| b |\n|---|---|---|\n")
}

// The table of facts is made from the results of its drills.
func TestComparisonShowsWhatOthersMeasured(t *testing.T) {
	result := func(client, drill string) *scenarios.Result {
		return &scenarios.Result{
			ID: drill, Client: client, Verdict: scenarios.Pass, Level: script.Must, Suite: 1,
			Elapsed: 41200 * time.Millisecond, Requests: map[string]int{"PutObject": 5, "GetObject": 300},
			Steps: []scenarios.StepResult{{Outcome: script.Success}},
		}
	}
	silent := result("b", "timeout/silence-of-a-minute")
	silent.Verdict, silent.Reasons = scenarios.Fail, []scenarios.Reason{{Kind: "hang"}}
	spliced := result("b", "resume/replaced-and-closed-early")
	spliced.Verdict, spliced.Reasons = scenarios.Fail, []scenarios.Reason{{Kind: "wrong-read"}}
	starved := result("b", "retry/put-500-for-good")
	starved.Verdict, starved.Reasons = scenarios.Error, []scenarios.Reason{{Kind: "machine too slow"}}
	unfit := result("b", "truncate/again-and-again@with-length")
	unfit.Verdict, unfit.Unfit = scenarios.Skip, true
	page := string(written(t, "comparison", report.Options{}, []*scenarios.Result{
		result("a", "ambiguous/put-200-with-error"), result("a", "timeout/silence-of-a-minute"),
		result("a", "retry/put-500-for-good"), result("a", "truncate/again-and-again@with-length"),
		result("a", "resume/replaced-and-closed-early"), silent, spliced, starved, unfit,
	}))
	for _, row := range []string{
		"mc | success | – | ambiguous/put-200-with-error |\n",
		"minute | 41s | longer | timeout/silence-of-a-minute |\n",
		"10 | 5 | ? | retry/put-500-for-good |\n", "300 | 300 | – | truncate/again-and-again@with-length |\n",
		"together | one of them | both together | resume/replaced-and-closed-early |\n",
		"| b | the run did not play it | ambiguous/put-200-with-error |\n",
		"| b | the machine was too slow | retry/put-500-for-good |\n",
		"| b | the run had no time left | truncate/again-and-again (1) |\n",
	} {
		require.Contains(t, page, row)
	}
}
