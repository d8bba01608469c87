package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/mutation"
	"github.com/s3chaos/s3chaos/internal/ndjson"
	"github.com/s3chaos/s3chaos/scenarios"
)

func TestPlayPrintsEachDrill(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, play(t.Context(), []string{"retry/503-twice", "permanent/404-no-such-key"}, &out))
	require.Equal(t, "retry/503-twice\tpass\t\npermanent/404-no-such-key\tpass\t\n", out.String())

	file := filepath.Join(t.TempDir(), "trace")
	require.NoError(t, play(t.Context(), []string{"-trace", file, "retry/503-twice"}, &out))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Regexp(t, `^retry/503-twice\tpass\tvirtual\t\d+\t\n$`, string(text), "this binary has no mutants")

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
	}
	for i := 0; i < len(all); i += 100 { // each reads the whole file of its family
		again, err := drills([]string{all[i].ID})
		require.NoError(t, err)
		require.Len(t, again, 1)
		require.Equal(t, all[i].ID, again[0].ID, "a mutant's drill is found by its id")
	}
}

func TestTraceNamesChecksThatReachAMutant(t *testing.T) {
	one, two := &traced{Check: "one", Reached: "1-3 7"}, &traced{Check: "two", Reached: "2"}
	slow := &traced{Check: "three", Reached: "2", Unused: "slow"}
	tr, err := newTrace([]*traced{one, two, slow})
	require.NoError(t, err)
	require.Equal(t, trace{1: {one}, 2: {one, two}, 3: {one}, 7: {one}}, tr)
	_, err = newTrace([]*traced{{Reached: "1-x"}})
	require.Error(t, err)
}

func TestRangesAreReadBack(t *testing.T) {
	for text, ids := range map[string][]int{"": nil, "4": {4}, "1-3 7 9-10": {1, 2, 3, 7, 9, 10}} {
		require.Equal(t, text, ranges(ids))
		read, err := numbers(text)
		require.NoError(t, err)
		require.Equal(t, ids, read)
	}
}

func TestOrderPutsLikelyAndFastChecksFirst(t *testing.T) {
	m := &mutation.Mutant{Package: "p", File: "a.go", Func: "f"}
	fast, slow := &traced{Check: "fast", Took: time.Millisecond}, &traced{Check: "slow", Took: time.Second}
	likely := &traced{Check: "likely", Took: time.Second}
	o := newOrder()
	o.killed(m, "likely")
	require.Equal(t, []*traced{likely, fast, slow}, o.sort(m, []*traced{slow, likely, fast}))
	other := &mutation.Mutant{Package: "q", File: "a.go", Func: "f"}
	require.Equal(t, []*traced{fast, likely, slow}, o.sort(other, []*traced{slow, likely, fast}))
}

func TestPoolIsFunctionsOfCatalog(t *testing.T) {
	list := []*mutation.Mutant{{ID: 1, Func: "f"}, {ID: 2, Func: "f"}, {ID: 3, Func: "g"}}
	require.Equal(t, list[:2], inCatalog(list, trace{2: {{Check: "a/b"}}}))
}

func TestNoticedNamesFailedOrLastTest(t *testing.T) {
	out := "=== RUN   TestA\n--- PASS: TestA (0.00s)\n=== RUN   TestB\n=== RUN   TestB/case\n"
	require.Equal(t, "TestB", noticed(out))
	require.Equal(t, "TestC", noticed(out+"--- FAIL: TestC (0.10s)\n"))
	require.Equal(t, "before the first test", noticed("panic: x\n"))
}

func TestDrillThatNoticedIsTheFirstWithoutPass(t *testing.T) {
	a, b, c := &traced{Check: "x/a"}, &traced{Check: "x/b"}, &traced{Check: "x/c"}
	list := []*traced{a, b, c}
	for out, how := range map[string]string{
		"x/a\tpass\t\nx/b\tfail\twire,keys\n":                "fail wire,keys",
		"x/a\tskip\t\n":                                      "hung",
		"x/a\tpass\t\npanic: no\n\ngoroutine 1 [running]:\n": "panicked",
	} {
		killer, told := drillOf(mutation.Hung, out, list)
		require.Same(t, b, killer)
		require.Equal(t, how, told)
	}
}

// A run that is interrupted may leave half a line.
func TestStoreGoesOnAfterCutLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "judged.ndjson")
	cut := `{"print":"p","mutant":1,"killer":"a"}` + "\n" + `{"print":"p","mut`
	require.NoError(t, os.WriteFile(path, []byte(cut), 0o600))
	var known []judged
	for range 2 {
		known = nil
		s, err := ndjson.Open(path, func(v judged) { known = append(known, v) })
		require.NoError(t, err)
		require.NoError(t, s.Add(judged{Print: "q", Mutant: 2}))
		require.NoError(t, s.Close())
	}
	require.Equal(t, []judged{{Print: "p", Mutant: 1, Killer: "a"}, {Print: "q", Mutant: 2}}, known)

	require.NoError(t, os.WriteFile(path, []byte("no JSON\n"), 0o600))
	_, err := ndjson.Open(path, func(judged) {})
	require.Error(t, err)
}

func TestReportCountsMutantsByWhatKilledThem(t *testing.T) {
	m := &mutation.Mutant{File: "a.go", Line: 7, Func: "f", Kind: mutation.Negate, Text: "a == b"}
	excused := &mutation.Mutant{Package: module + "/s3client", Func: "Config.provider", Kind: mutation.Negate}
	one := &tally{name: "pkg", mutants: 9, pool: 8, sampled: 4, unused: []string{"TestSlow"}, findings: []finding{
		{Mutant: m, byTest: "TestA", byDrill: "a/b fail attempts", reached: 1},
		{Mutant: m, byTest: "TestC"},
		{Mutant: excused, byTest: "TestC"},
		{Mutant: m, byTest: "TestB", reached: 3},
		{Mutant: m, byDrill: "a/b hung"},
		{Mutant: m},
	}}
	var out bytes.Buffer
	p := &prover{began: time.Now()}
	require.NoError(t, p.report(&out, nil, []*tally{one}))
	require.Contains(t, out.String(), "| pkg | 9 | 8 | 4 | 6 | 4 | 1 | 25.0 % | 50.0 % | 33.3 % | 1 | 1 |")
	require.Contains(t, out.String(), "without a mutant: TestSlow.\n")
	require.Contains(t, out.String(), "- a.go:7 `f` negated: ``a == b`` — 3 drills get to it. Killed by TestB.\n")
	require.Contains(t, out.String(), "- a.go:7 `f` negated: ``a == b`` — no drill gets to it.\n")
}

func TestFailingNamesDefectsThatFailTheDrill(t *testing.T) {
	list, err := drills([]string{"retry/503-twice"})
	require.NoError(t, err)
	failed, skipped := failing(t.Context(), list[0], 0, 0, nil)
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
