package scenarios_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

func TestResultsHaveTheOrderOfTheScenarios(t *testing.T) {
	var list []*scenarios.Scenario
	for i := range 40 {
		s := drill(t, oneDownload)
		s.Name = fmt.Sprint(i)
		list = append(list, s)
	}
	var names []string
	results := scenarios.RunAll(context.Background(), list, scenarios.Options{Workers: 7},
		func(r *scenarios.Result) { names = append(names, r.Name) })
	require.Len(t, results, 40)
	for i := range 40 {
		require.Equal(t, fmt.Sprint(i), names[i])
		require.Same(t, results[i], results[i])
		require.Equal(t, scenarios.Pass, results[i].Verdict)
	}
}

func TestNoDrillStartsAfterAnInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var list []*scenarios.Scenario
	for range 20 {
		list = append(list, drill(t, oneDownload))
	}
	given := 0
	results := scenarios.RunAll(ctx, list, scenarios.Options{Workers: 1}, func(*scenarios.Result) {
		given++
		cancel()
	})
	require.Len(t, results, given)
	require.NotZero(t, given)
	require.Less(t, given, 20)
}

func TestExitCodeFollowsFromTheVerdicts(t *testing.T) {
	for _, c := range []struct {
		verdicts []scenarios.Verdict
		code     int
	}{
		{nil, 0},
		{[]scenarios.Verdict{scenarios.Pass, scenarios.Skip}, 0},
		{[]scenarios.Verdict{scenarios.Vacuous, scenarios.Pass}, 3},
		{[]scenarios.Verdict{scenarios.Error}, 3},
		{[]scenarios.Verdict{scenarios.Error, scenarios.Fail}, 1},
	} {
		var results []*scenarios.Result
		for _, v := range c.verdicts {
			results = append(results, &scenarios.Result{Verdict: v})
		}
		require.Equal(t, c.code, scenarios.ExitCode(results))
	}
}

func TestClientOptionReplacesTheClient(t *testing.T) {
	r := scenarios.Run(context.Background(), drill(t, oneDownload), scenarios.Options{Client: "sdk:off"})
	require.Equal(t, scenarios.Pass, r.Verdict)
	require.Equal(t, "sdk", r.Client)
	require.Equal(t, "chaos run drill.yaml --seed 1 --client sdk:off", r.Replay)
	require.Error(t, scenarios.CheckClient("no-such-client"))
	require.Equal(t, scenarios.Error,
		scenarios.Run(context.Background(), drill(t, oneDownload), scenarios.Options{Client: "no-such-client"}).Verdict)
}
