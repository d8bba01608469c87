package scenarios_test

import (
	"path/filepath"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

func TestADrillThatDoesNotFitIntoTheBudgetIsSkipped(t *testing.T) {
	own := adapterFor(t, programSteps, "", "")
	s := drill(t, honestFailures)
	o := scenarios.Options{Client: own, Budget: time.Second}
	r := scenarios.RunAll(t.Context(), []*scenarios.Scenario{s}, o, nil)
	require.Equal(t, scenarios.Skip, r[0].Verdict)
	require.True(t, r[0].Unfit)
	require.Contains(t, told(r[0]), "the budget of 1s for the whole run left no time: it takes about 10s")
}

// A drill that takes longer than the estimate ends with the budget.
func TestADrillThatIsNotDoneAtTheEndOfTheBudgetIsSkipped(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "cache", "durations.json")
	durations, err := scenarios.LoadDurations(path)
	require.NoError(t, err)
	s := drill(t, honestFailures)
	own := adapterFor(t, programSession, "hangs", "")
	scenarios.Remember(durations, "own", s.ID, time.Millisecond)
	require.NoError(t, durations.Save())
	durations, err = scenarios.LoadDurations(path)
	require.NoError(t, err)
	o := scenarios.Options{Client: own, Budget: 2 * time.Second, Durations: durations}
	r := scenarios.RunAll(t.Context(), []*scenarios.Scenario{s}, o, nil)
	require.Equal(t, scenarios.Skip, r[0].Verdict, "%v", r[0].Reasons)
	require.True(t, r[0].Unfit)
	require.Contains(t, told(r[0]), "it was not done at the end")
}

// Several clients share one pool, and the results keep their order.
func TestSeveralClientsPlayInOnePool(t *testing.T) {
	s := drill(t, honestFailures)
	clients := []string{adapterFor(t, programSteps, "", ""), "sdk", commandFor(t, "")}
	one := func(i int) scenarios.Drill { return scenarios.Drill{Scenario: s, Client: clients[i%3]} }
	var names []string
	scenarios.RunEach(t.Context(), 6, one, scenarios.Options{}, func(_ int, r *scenarios.Result) {
		require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
		names = append(names, r.Client)
	})
	require.Equal(t, []string{"own", "sdk", clients[2], "own", "sdk", clients[2]}, names)
}

// A program that waits takes no processor time, so others start while the machine keeps up.
func TestMoreProgramsRunWhileTheMachineKeepsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keepsUp, late := scenarios.Admits(time.Millisecond, 1), scenarios.Admits(time.Minute, 0)
		crowded := scenarios.Admits(0, 2*runtime.NumCPU())
		few := scenarios.FewPrograms
		require.True(t, late(few-1))
		require.False(t, late(few))
		require.True(t, crowded(few-1))
		require.False(t, crowded(few))
		require.True(t, keepsUp(few))
		require.False(t, keepsUp(few), "the delay does not show the program before yet")
		time.Sleep(200 * time.Millisecond)
		require.True(t, keepsUp(few+1))
	})
}

func TestASlowDrillIsLeftOut(t *testing.T) {
	s := drill(t, slowDown+"conformance: {level: must, source: RFC, slow: true}\n")
	own := adapterFor(t, programSteps, "", "")
	r := scenarios.Run(t.Context(), s, scenarios.Options{Client: own})
	require.Equal(t, scenarios.Skip, r.Verdict)
	require.Contains(t, told(r), "--slow plays it")
	r = scenarios.Run(t.Context(), s, scenarios.Options{Client: own, Slow: true})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	r = scenarios.Run(t.Context(), s, scenarios.Options{Client: "sdk"})
	require.Equal(t, scenarios.Pass, r.Verdict, "virtual minutes take no time: %v", r.Reasons)
}

// A client that is only too slow for a machine that runs programs late has shown nothing.
func TestAMachineThatIsTooSlowJudgesNoHang(t *testing.T) {
	t.Parallel()
	s := drill(t, slowDown+"conformance: {level: must, source: RFC, within: 1s}\n")
	own := adapterFor(t, programSession, "hangs", "")
	for _, c := range []struct {
		machine scenarios.Options
		verdict scenarios.Verdict
		told    string
	}{
		{scenarios.LateBy(2 * time.Millisecond), scenarios.Fail, ""},
		{
			scenarios.LateBy(3 * time.Millisecond), scenarios.Error,
			"the machine ran it 3ms late on average: want 3ms or less",
		},
		{scenarios.CrowdedBy(4), scenarios.Fail, ""},
		{
			scenarios.CrowdedBy(4.5), scenarios.Error,
			"the machine had 4.5 programs to run for each processor on average: want 4 or fewer",
		},
	} {
		o, verdict := c.machine, c.verdict
		o.Client = own
		r := scenarios.Run(t.Context(), s, o)
		require.Equal(t, verdict, r.Verdict, "%v", r.Reasons)
		require.Contains(t, kinds(r), "hang")
		if verdict == scenarios.Error {
			require.Equal(t, "machine too slow", r.Reasons[0].Kind)
			require.Contains(t, told(r), c.told)
		}
	}
}

// A slow machine explains a late client. It does not explain a loss, so the loss is still reported.
func TestAMachineThatIsTooSlowHidesNoLoss(t *testing.T) {
	s := drill(t, `client: {builtin: {}}
steps: [{upload: {bucket: demo, key: k, size: 1KiB}}]
faults: [{match: {operation: PutObject}, respond: {status: 403, code: AccessDenied}}]
expect: {outcome: any}
`)
	o := scenarios.LateBy(time.Hour)
	o.Client = adapterFor(t, programSteps, "lies", "")
	r := scenarios.Run(t.Context(), s, o)
	require.Equal(t, scenarios.Fail, r.Verdict)
	require.Contains(t, kinds(r), "phantom-success")
}

func TestRunsOfAProgramThatDifferAreFlaky(t *testing.T) {
	s := drill(t, slowDown+"conformance: {level: must, source: RFC}\n")
	r := scenarios.Run(t.Context(), s, scenarios.Options{Client: adapterFor(t, programSteps, "", ""), Repeat: 2})
	require.Equal(t, 2, r.Spread.Verdicts[scenarios.Pass], "%v", r.Reasons)
	require.False(t, r.Spread.Flaky())
	spread := scenarios.Spread{Verdicts: map[scenarios.Verdict]int{scenarios.Pass: 1, scenarios.Fail: 1}}
	require.True(t, spread.Flaky())
}
