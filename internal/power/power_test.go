package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/mutation"
	"github.com/s3chaos/s3chaos/scenarios"
)

func TestPlayPrintsEachDrill(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, play(t.Context(), []string{"retry/503-twice", "permanent/404-no-such-key"}, &out))
	require.Equal(t, "retry/503-twice\tpass\t\npermanent/404-no-such-key\tpass\t\n", out.String())

	out.Reset()
	require.NoError(t, play(t.Context(), []string{"-trace", "retry/503-twice"}, &out))
	require.Regexp(t, `^retry/503-twice\tpass\tvirtual\t\d+\t\n$`, out.String(), "this binary has no mutants")

	require.Error(t, play(t.Context(), []string{"no/such-drill"}, &out))
}

func TestDrillsAreAllCasesOfCatalog(t *testing.T) {
	all, err := drills(nil)
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(all), len(scenarios.Catalog()))
	ids := map[string]bool{}
	for _, s := range all {
		require.False(t, ids[s.ID], "%s comes twice", s.ID)
		ids[s.ID] = true
		again, err := drills([]string{s.ID})
		require.NoError(t, err)
		require.Len(t, again, 1)
		require.Equal(t, s.ID, again[0].ID, "a mutant's drill is found by its id")
	}
}

func TestTraceOrdersChecksByCost(t *testing.T) {
	tr := trace{}
	require.NoError(t, tr.add("1 2", check{"slow", 2 * time.Second, false}))
	require.NoError(t, tr.add("2", check{"real", time.Millisecond, true}))
	require.NoError(t, tr.add("2", check{"fast", time.Second, false}))
	require.Error(t, tr.add("two", check{}))
	tr.sort()
	require.Equal(t, []string{"fast", "slow", "real"}, names(tr[2]))
	require.Equal(t, []string{"slow"}, names(tr[1]))
}

func TestPoolIsFunctionsOfCatalog(t *testing.T) {
	list := []*mutation.Mutant{{ID: 1, Func: "f"}, {ID: 2, Func: "f"}, {ID: 3, Func: "g"}}
	require.Equal(t, list[:2], inCatalog(list, trace{2: {{name: "a/b"}}}))
}

func TestNoticedNamesFailedOrLastTest(t *testing.T) {
	out := []byte("=== RUN   TestA\n--- PASS: TestA (0.00s)\n=== RUN   TestB\n")
	require.Equal(t, "TestB (hung)", noticed(mutation.Hung, out, "=== RUN   ", "--- FAIL: "))
	out = append(out, "--- FAIL: TestB (0.10s)\n"...)
	require.Equal(t, "TestB", noticed(mutation.Failed, out, "=== RUN   ", "--- FAIL: "))
}

func TestReportCountsMutantsByWhatKilledThem(t *testing.T) {
	m := &mutation.Mutant{File: "a.go", Line: 7, Func: "f", Kind: mutation.Negate, Text: "a == b"}
	one := &tally{name: "pkg", mutants: 9, pool: 8, sampled: 4, findings: []finding{
		{Mutant: m, byTest: "TestA", byDrill: "a/b fail attempts", reached: 1},
		{Mutant: m, byTest: "TestC"},
		{Mutant: m, byTest: "TestB", reached: 3},
		{Mutant: m, byDrill: "a/b hung"},
		{Mutant: m},
	}}
	var out bytes.Buffer
	p := &prover{began: time.Now()}
	require.NoError(t, p.report(&out, nil, []*tally{one}))
	require.Contains(t, out.String(), "| pkg | 9 | 8 | 4 | 5 | 3 | 1 | 33.3 % | 50.0 % | 1 | 1 |")
	require.Contains(t, out.String(), "- a.go:7 `f` negated: ``a == b`` — 3 drills get to it. Killed by TestB.\n")
	require.Contains(t, out.String(), "- a.go:7 `f` negated: ``a == b`` — no drill gets to it.\n")
}

func TestFailingNamesDefectsThatFailTheDrill(t *testing.T) {
	list, err := drills([]string{"retry/503-twice"})
	require.NoError(t, err)
	failed, skipped := failing(t.Context(), list[0], 0, 0)
	require.False(t, skipped)
	require.Contains(t, failed, "never-retries")
	require.NotContains(t, failed, "leaves-uploads", "the drill uploads no parts")

	m := &matrix{fails: map[string][]string{}, found: map[string]int{}}
	m.add(list[0].ID, failed, false)
	m.add("signal/x", nil, true)
	m.add("empty/y", nil, false)
	var out strings.Builder
	m.write(&out)
	require.Contains(t, out.String(), "Drills that no broken client fails: empty/y.")
	require.Contains(t, out.String(), "lacks a program: signal/x.")
	require.Contains(t, out.String(), "| never-retries | makes one attempt | 1 |")
}

// A reason names a function of a package, and a kind and a text or "*".
func TestEachReasonIsComplete(t *testing.T) {
	for line := range strings.Lines(reasonLines) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		require.Len(t, fields, 5, "%q", line)
		require.NotContains(t, fields, "", "%q", line)
	}
	require.Empty(t, reasonOf(&mutation.Mutant{Package: "x/y", Func: "f"}))
}
