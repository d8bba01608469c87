package search_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/hunt/search"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// pretended is a player without a client: found says what a script shows, and n is the number of
// the play.
type pretended struct {
	found func(s *script.Scenario, n int) []hunt.Finding
	mu    sync.Mutex
	plays int
}

func (p *pretended) Find(ctx context.Context, s *script.Scenario) *hunt.Outcome {
	p.mu.Lock()
	p.plays++
	n := p.plays
	p.mu.Unlock()
	return &hunt.Outcome{Findings: p.found(s, n), Result: p.Run(ctx, s)}
}

func (p *pretended) Run(context.Context, *script.Scenario) *scenarios.Result {
	return &scenarios.Result{Verdict: scenarios.Pass, JournalSHA256: "same"}
}

func hunted(t *testing.T, p search.Player, c search.Config) *search.Report {
	t.Helper()
	c.Player, c.Seed = p, cmp.Or(c.Seed, 1)
	r, err := search.Run(t.Context(), c)
	require.NoError(t, err)
	return r
}

func has(s *script.Scenario, kinds ...string) bool {
	for _, kind := range kinds {
		if !slices.ContainsFunc(s.Faults, func(f script.Fault) bool { return f.Rule.Fault.Kind() == kind }) {
			return false
		}
	}
	return true
}

// wrongRead is a finding of a script with a fault of this kind.
func wrongRead(fault string) hunt.Finding {
	return hunt.Finding{
		Kind: hunt.Kind(script.WrongRead), StepOperation: "get", Operation: "GetObject", Fault: fault,
		Sentence: "wrong.",
	}
}

func when(kinds ...string) func(*script.Scenario, int) []hunt.Finding {
	return func(s *script.Scenario, _ int) []hunt.Finding {
		if has(s, kinds...) {
			return []hunt.Finding{wrongRead(kinds[0])}
		}
		return nil
	}
}

func TestEachFindingIsShownOnceWithItsSmallestScript(t *testing.T) {
	r := hunted(t, &pretended{found: when("corrupt")}, search.Config{Runs: 120})
	require.Len(t, r.Found, 1)
	require.NotZero(t, r.Again)
	require.Equal(t, 120, r.Scripts)
	require.Equal(t, 1, r.ExitCode())
	f := r.Found[0]
	require.Equal(t, hunt.Signature("wrong-read GetObject corrupt"), f.Coarse)
	require.Equal(t, hunt.Signature("wrong-read get GetObject [corrupt: {}]"), f.Fine)
	require.True(t, f.Whole)
	require.Equal(t, `# wrong-read: wrong.
version: 1
name: wrong-read-getobject-corrupt
timeout: 12h
client: {builtin: {}}
steps:
  - {delete: {bucket: demo, key: a.bin}}
faults:
  - {times: 1, corrupt: {}}
expect: {outcome: any, violates: [wrong-read]}
`, f.Script)
}

func TestKnownFindingIsCountedAndNotShown(t *testing.T) {
	first := hunted(t, &pretended{found: when("corrupt")}, search.Config{Runs: 120})
	dir := filepath.Join(t.TempDir(), "found")
	require.NoError(t, first.WriteFiles(dir))
	text, err := os.ReadFile(filepath.Join(dir, "findings.ndjson"))
	require.NoError(t, err)
	known, err := search.ReadBaseline(bytes.NewReader(text))
	require.NoError(t, err)
	again := hunted(t, &pretended{found: when("corrupt")}, search.Config{Runs: 120, Known: known})
	require.Empty(t, again.Found)
	require.Equal(t, first.Again+1, again.Again)
	require.Zero(t, again.ExitCode())
	require.Equal(t, 120, again.Drills, "a known finding is not shrunk")

	_, err = search.ReadBaseline(strings.NewReader("{}\nno JSON\n"))
	require.ErrorContains(t, err, "line 2")
}

// A client waits alike after each failure.
func TestHabitIsOneFindingWhateverTheFault(t *testing.T) {
	p := &pretended{found: func(s *script.Scenario, _ int) []hunt.Finding {
		if len(s.Faults) == 0 {
			return nil
		}
		return []hunt.Finding{{
			Kind: hunt.SleepAtEnd, Operation: "GetObject", Fault: s.Faults[0].Rule.Fault.Kind(), Sentence: "sleeps",
		}}
	}}
	r := hunted(t, p, search.Config{Runs: 60})
	require.Len(t, r.Found, 1)
	require.Equal(t, hunt.Signature("sleep-at-end"), r.Found[0].Coarse)
	require.Equal(t, "sleep-at-end", r.Found[0].Name)
	require.Equal(t, 59, r.Again)
}

// A script with several rules names the fault that struck last, which need not be the cause.
func TestFindingUnderAnotherNameIsKnownOnceItIsSmall(t *testing.T) {
	misled := func(s *script.Scenario, _ int) []hunt.Finding {
		if !has(s, "corrupt") {
			return nil
		}
		return []hunt.Finding{wrongRead(s.Faults[len(s.Faults)-1].Rule.Fault.Kind())}
	}
	r := hunted(t, &pretended{found: misled}, search.Config{Runs: 120})
	require.Len(t, r.Found, 1)
	require.Equal(t, hunt.Signature("wrong-read GetObject corrupt"), r.Found[0].Coarse)
	require.Greater(t, r.Again, 3)
}

func TestFindingOfTwoRulesThatContainsAKnownOneIsThatOne(t *testing.T) {
	known := search.Baseline{"wrong-read get GetObject [corrupt: {}]": true}
	p := &pretended{found: when("respond", "corrupt")}
	require.Len(t, hunted(t, p, search.Config{Runs: 400}).Found, 1)
	r := hunted(t, p, search.Config{Runs: 400, Known: known})
	require.Empty(t, r.Found)
	require.NotZero(t, r.Again)
}

func TestFindingThatIsNotReproducibleIsNotShown(t *testing.T) {
	once := map[string]bool{}
	var mu sync.Mutex
	flaky := func(s *script.Scenario, _ int) []hunt.Finding {
		mu.Lock()
		defer mu.Unlock()
		text := string(s.Source)
		if once[text] || !has(s, "corrupt") {
			return nil
		}
		once[text] = true
		return []hunt.Finding{wrongRead("corrupt")}
	}
	r := hunted(t, &pretended{found: flaky}, search.Config{Runs: 100})
	require.Empty(t, r.Found)
	require.NotEmpty(t, r.Unjudged)
	for why := range r.Unjudged {
		require.Contains(t, why, "not reproducible")
	}
	require.Equal(t, 3, r.ExitCode())
}

// A play of a drill that does not end takes long.
func TestDrillThatDoesNotEndIsPlayedRarely(t *testing.T) {
	for _, kind := range []hunt.Kind{hunt.Endless, hunt.Panicked} {
		p := &pretended{found: func(s *script.Scenario, _ int) []hunt.Finding {
			if len(s.Faults) < 4 || len(s.Steps) < 4 {
				return nil
			}
			return []hunt.Finding{{Kind: kind, Operation: "GetObject", Sentence: "without end"}}
		}}
		r := hunted(t, p, search.Config{Runs: 60})
		require.Len(t, r.Found, 1)
		require.Equal(t, kind == hunt.Endless, r.Drills-r.Scripts < 60)
	}
}

// A client without these operations is not hunted with them.
func TestScriptsAreOfWhatTheClientCanDo(t *testing.T) {
	p := &hunt.Player{New: func(c scenarios.ClientConfig) (scenarios.Client, error) {
		good, err := scenarios.NewBuiltin(c)
		return plain{good}, err
	}}
	require.NoError(t, p.Prepare(t.Context()))
	r := hunted(t, p, search.Config{Runs: 60})
	require.Equal(t, 60, r.Scripts)
	require.Zero(t, r.Skipped)
}

// plain is a client with the operations that each client has.
type plain struct{ scenarios.Client }

// A client that draws numbers of its own has another journal at each play.
func TestFindingOfAnUnrepeatableClientIsShown(t *testing.T) {
	p := &drawing{&pretended{found: when("corrupt")}}
	require.Empty(t, hunted(t, p, search.Config{Runs: 100}).Found)
	r := hunted(t, p, search.Config{Runs: 100, Unrepeatable: true, Name: "theirs", Builtin: p})
	require.Len(t, r.Found, 1)
	require.Equal(t, "theirs", r.Found[0].Client)
	require.Contains(t, r.Found[0].Builtin, "has it too")
	require.Empty(t, r.Unjudged)
}

// drawing is a player whose journals differ.
type drawing struct{ *pretended }

func (p *drawing) Find(ctx context.Context, s *script.Scenario) *hunt.Outcome {
	o := p.pretended.Find(ctx, s)
	p.mu.Lock()
	defer p.mu.Unlock()
	o.Result.JournalSHA256 = fmt.Sprint(p.plays)
	return o
}

// The client reads wrongly whatever happens: no fault is the cause.
func TestFindingThatNeedsNoFaultIsNotShown(t *testing.T) {
	p := &hunt.Player{New: func(c scenarios.ClientConfig) (scenarios.Client, error) {
		good, err := scenarios.NewBuiltin(c)
		return liar{good}, err
	}}
	require.NoError(t, p.Prepare(t.Context()))
	r := hunted(t, p, search.Config{Runs: 40, Jobs: 2})
	require.NotZero(t, r.Tainted)
	for _, f := range r.Found {
		require.NotEqual(t, "exists", f.StepOperation, f.Script)
	}
}

// liar says of every key that it is missing.
type liar struct{ scenarios.Client }

func (l liar) Exists(ctx context.Context, bucket, key string) (bool, error) {
	_, err := l.Client.Exists(ctx, bucket, key)
	return false, err
}

func TestJobsAndShardsDoNotChangeWhatIsFound(t *testing.T) {
	text := func(c search.Config) (text []string) {
		c.Runs = 200
		for _, f := range hunted(t, &pretended{found: func(s *script.Scenario, _ int) []hunt.Finding {
			return append(when("corrupt")(s, 0), append(when("respond", "stale")(s, 0), when("edit")(s, 0)...)...)
		}}, c).Found {
			text = append(text, fmt.Sprintln(f.Number, f.Script))
		}
		return text
	}
	one := text(search.Config{Jobs: 1})
	require.Len(t, one, 3)
	require.Equal(t, one, text(search.Config{Jobs: 7}))
	seen := map[int]bool{}
	for i := range 3 {
		hunted(t, &pretended{found: when("none")}, search.Config{
			Runs: 50, Index: i + 1, Of: 3,
			Each: func(s *search.Script) error { seen[s.Number] = true; return nil },
		})
	}
	require.Len(t, seen, 50)
}

func TestEndOfTheContextLeavesAReport(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	played := 0
	r, err := search.Run(ctx, search.Config{
		Player: &pretended{found: when("corrupt")}, Seed: 1, Runs: 100_000,
		Each: func(s *search.Script) error {
			require.NotEmpty(t, s.Result.Verdict)
			if played++; played == 200 {
				cancel()
			}
			return nil
		},
	})
	require.NoError(t, err)
	require.Equal(t, 200, r.Scripts)
	require.Len(t, r.Found, 1)

	broken := errors.New("disk full")
	_, err = search.Run(t.Context(), search.Config{
		Player: &pretended{found: when("none")}, Runs: 100_000, Each: func(*search.Script) error { return broken },
	})
	require.ErrorIs(t, err, broken)
}
