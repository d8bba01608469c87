package scenarios_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
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

func TestADrillThatWasNotPlayedHasAResult(t *testing.T) {
	for reason, cause := range map[string]error{"interrupted": nil, scenarios.ErrEnough.Error(): scenarios.ErrEnough} {
		ctx, cancel := context.WithCancelCause(context.Background())
		seed := uint64(9)
		one := scenarios.Drill{Scenario: drill(t, oneDownload), Seed: &seed}
		played, next := 0, 0
		scenarios.RunEach(ctx, 1000, func(int) scenarios.Drill { return one }, scenarios.Options{Workers: 2},
			func(i int, r *scenarios.Result) {
				require.Equal(t, next, i)
				next++
				require.Equal(t, seed, r.Seed)
				if i == 5 {
					cancel(cause)
				}
				if !r.Interrupted() {
					played++
					return
				}
				require.Equal(t, scenarios.Skip, r.Verdict)
				require.Equal(t, reason, r.Reasons[0].Got)
			})
		require.Equal(t, 1000, next)
		require.Less(t, played, 1000)
	}
}

// Finished hears of a drill when it ends, and each only in the order of the numbers.
func TestFinishedHearsOfEveryDrillBeforeEach(t *testing.T) {
	s := drill(t, oneDownload)
	var mu sync.Mutex
	ended := map[*scenarios.Result]bool{}
	scenarios.RunEach(context.Background(), 20, func(int) scenarios.Drill { return scenarios.Drill{Scenario: s} },
		scenarios.Options{Workers: 4, Finished: func(r *scenarios.Result) {
			mu.Lock()
			defer mu.Unlock()
			ended[r] = true
		}}, func(_ int, r *scenarios.Result) {
			mu.Lock()
			defer mu.Unlock()
			require.True(t, ended[r])
		})
	require.Len(t, ended, 20)
}

// A result holds a journal. RunEach forgets each result when it has passed it on, so that the
// memory of a run does not depend on the number of its drills.
func TestAResultIsForgottenOnceReported(t *testing.T) {
	s := drill(t, strings.Replace(oneDownload, "size: 32KiB", "content: x", 1)) // drawn contents are kept
	kept := func(drills int) uint64 {
		var memory runtime.MemStats
		n := 0
		scenarios.RunEach(context.Background(), drills, func(i int) scenarios.Drill {
			seed := uint64(i + 1)
			return scenarios.Drill{Scenario: s, Seed: &seed}
		}, scenarios.Options{Workers: 2}, func(i int, _ *scenarios.Result) {
			if n++; i == drills-1 {
				runtime.GC()
				runtime.ReadMemStats(&memory)
			}
		})
		require.Equal(t, drills, n)
		return memory.HeapAlloc
	}
	kept(100)
	few, many := kept(100), kept(800)
	require.Less(t, many, few+2<<20, "with their results, 700 drills more keep 3.5 MiB")
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
