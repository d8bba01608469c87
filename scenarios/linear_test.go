package scenarios_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/hunt/gen"
	"github.com/s3chaos/s3chaos/scenarios/oracle"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file compares the oracle with a checker of linearizability. Each key is a register. A write
// without an acknowledgement may take effect later, or never.

// missing is the state of a register without an object.
const missing = "no object"

// An observation is the result of a read of a register.
type observation func(state string) bool

// register is the model of one key. The input of a write is the state that it stores. The output of
// a read is its observation.
func register(initial string) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return initial },
		Step: func(state, input, output any) (bool, any) {
			if stores, ok := input.(string); ok {
				return true, stores
			}
			return output.(observation)(state.(string)), state
		},
	}
}

// linearizable reports whether the history of a key in the ledger is linearizable.
func linearizable(l *oracle.Ledger, bucket, key string) bool {
	initial, final := missing, missing
	states := l.History(bucket, key)
	if n := l.Seeded(bucket, key); n > 0 {
		initial = stateOf(states[n-1])
	}
	if len(states) > 0 {
		final = stateOf(states[len(states)-1])
	}
	var (
		history []porcupine.Operation
		end     time.Duration
	)
	for _, a := range l.Acts {
		if a.Bucket != bucket || a.Key != key {
			continue
		}
		end = max(end, a.End)
		operation := porcupine.Operation{Call: int64(a.Start), Return: int64(a.End)}
		switch stores, reads := meaning(a); {
		case stores != "":
			operation.Input = stores
			if !a.Acknowledged() {
				operation.Return = math.MaxInt64
			}
		case reads != nil && a.Acknowledged():
			operation.Output = reads
		default:
			continue
		}
		history = append(history, operation)
	}
	last := observation(func(state string) bool { return state == final })
	history = append(history, porcupine.Operation{Call: int64(end) + 1, Return: int64(end) + 2, Output: last})
	return porcupine.CheckOperations(register(initial), history)
}

func stateOf(v oracle.Value) string {
	if v.Deleted {
		return missing
	}
	return "=" + string(v.Content)
}

// meaning returns the state that a write stores, or the observation of a read.
func meaning(a *oracle.Act) (stores string, reads observation) {
	switch a.Operation {
	case "upload", "upload_stream":
		return stateOf(oracle.Value{Content: a.Content}), nil
	case "delete", "delete_many":
		return missing, nil
	case "download":
		return "", func(state string) bool {
			return state != missing && bytes.Equal(a.Range.Of([]byte(state[1:])), a.Content)
		}
	case "exists":
		return "", func(state string) bool { return a.Found == (state != missing) }
	case "stat":
		return "", func(state string) bool { return state != missing && int64(len(state)-1) == a.Size }
	}
	return "", nil
}

// histories is the number of random histories to judge. `make prove` sets it with
// S3CHAOS_HISTORIES.
func histories(t *testing.T, otherwise string) uint64 {
	n, err := strconv.ParseUint(cmp.Or(os.Getenv("S3CHAOS_HISTORIES"), otherwise), 10, 64)
	require.NoError(t, err)
	return n
}

func TestOracleAndPorcupineAgreeOnRandomHistories(t *testing.T) {
	verdicts := map[bool]int{}
	sharper := 0
	n := histories(t, "1000")
	for seed := range n {
		l, wrong := randomLedger(seed)
		right := linearizable(l, "b", "k")
		found := l.Judge()
		if right && (wrong == misplaced || wrong == denied) && len(found) > 0 {
			// The oracle knows when S3 stored each state. The checker sees only what the client
			// saw, and may find another order that explains the read.
			sharper++
			continue
		}
		require.Equal(t, right, len(found) == 0, "seed %d\n%s\nfindings: %v", seed, describe(l), found)
		verdicts[right]++
	}
	require.Greater(t, verdicts[true], int(n/20))
	require.Greater(t, verdicts[false], int(n/20))
	t.Logf("%d right, %d wrong, %d that only the oracle finds", verdicts[true], verdicts[false], sharper)
}

// The comparison can fail: an oracle that lacks one of its laws disagrees with the checker.
func TestPorcupineDisagreesWithAnOracleThatLacksALaw(t *testing.T) {
	for _, law := range []oracle.Law{oracle.LawKept, oracle.LawWhole, oracle.LawDownload, oracle.LawExists} {
		disagreements := 0
		for seed := range uint64(2000) {
			l, _ := randomLedger(seed)
			l.Without = law
			if linearizable(l, "b", "k") != (len(l.Judge()) == 0) {
				disagreements++
			}
		}
		require.Positive(t, disagreements, law)
		t.Logf("%s: %d of 2000", law, disagreements)
	}
}

// randomLedger draws the history of a key with up to eight operations. For every second seed it
// makes the history wrong, in the way that it returns; -1: the history is right.
func randomLedger(seed uint64) (l *oracle.Ledger, wrong int) {
	r := rand.New(rand.NewPCG(seed, 0x6c696e))
	var states []oracle.Value
	seeded := r.IntN(3) > 0
	if seeded {
		states = append(states, oracle.Value{Content: []byte("seeded")})
	}
	wrong = -1
	if seed%2 == 1 {
		wrong = r.IntN(ways)
	}
	acts, points := drawActs(r, wrong)
	order := make([]int, len(acts))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(points[a], points[b]) })
	var times []float64 // of the commits, in order
	now := oracle.Value{Deleted: true}
	if seeded {
		now = states[0]
		times = append(times, math.Inf(-1))
	}
	for _, i := range order {
		switch a := acts[i]; {
		case a.Operation == "download":
			a.Content = now.Content
			if now.Deleted {
				a.Err = errors.New("NoSuchKey")
			}
		case a.Operation == "exists":
			a.Found = !now.Deleted
		case math.IsInf(points[i], 1):
		default:
			now = oracle.Value{Deleted: a.Operation == "delete", Content: a.Content}
			times = append(times, points[i])
			states = append(states, now)
		}
	}
	for _, a := range acts {
		a.Since, a.Until = commits(times, a.Start), commits(times, a.End)
	}
	states = spoil(r, wrong, acts, states)
	for i := range states {
		states[i].Seq = int64(i + 1)
	}
	l = &oracle.Ledger{
		Acts: acts, Buckets: []string{"b"}, Order: oracle.NewOrder([]string{"1"}),
		Keys: func(string) []string { return []string{"k"} },
		Seeded: func(string, string) int {
			if seeded {
				return 1
			}
			return 0
		},
		Uploads: func(string) []string { return nil },
		History: func(string, string) []oracle.Value { return states },
	}
	return l, wrong
}

// commits returns how many commits there were until at.
func commits(times []float64, at time.Duration) (n int64) {
	for _, t := range times {
		if t <= float64(at) {
			n++
		}
	}
	return n
}

// The ways to make a history wrong.
const (
	ignored   = iota // acknowledged writes that never took effect
	returned         // an overwritten value comes back
	torn             // half of a value is stored
	misquoted        // a read returns a value that was never stored
	denied           // an exists says the contrary
	misplaced        // a read returns a state from another time
	ways             // their number
)

// drawActs draws operations at distinct times, and the points at which they take effect.
func drawActs(r *rand.Rand, wrong int) (acts []*oracle.Act, points []float64) {
	for i := range 1 + r.IntN(8) {
		start := r.IntN(100)
		a := &oracle.Act{
			Step: fmt.Sprintf("1.%d", i+1), Bucket: "b", Key: "k", Done: true,
			Operation: []string{"upload", "upload", "delete", "download", "exists"}[r.IntN(5)],
			Start:     time.Duration(start*16+i) * time.Microsecond,
		}
		a.End = a.Start + time.Duration(16*(1+r.IntN(40))+8)*time.Microsecond
		point := float64(a.Start) + r.Float64()*float64(a.End-a.Start)
		switch a.Operation {
		case "upload":
			a.Content = fmt.Appendf(nil, "value %d", r.IntN(5))
			fallthrough
		case "delete":
			if r.IntN(4) == 0 {
				a.Err = errors.New("the response was lost")
				point += []float64{0, 300e3, math.Inf(1)}[r.IntN(3)]
			} else if wrong == ignored && r.IntN(2) == 0 {
				point = math.Inf(1)
			}
		default:
			if wrong == ignored || wrong == returned {
				continue // a read would return an earlier state
			}
		}
		acts, points = append(acts, a), append(points, point)
	}
	return acts, points
}

// spoil makes a correct history wrong if it can.
func spoil(r *rand.Rand, wrong int, acts []*oracle.Act, states []oracle.Value) []oracle.Value {
	if len(acts) == 0 {
		return states
	}
	a := acts[r.IntN(len(acts))]
	switch {
	case wrong == returned && a.Operation == "upload":
		return append(states, oracle.Value{Content: a.Content})
	case wrong == torn && a.Operation == "upload":
		return append(states, oracle.Value{Content: a.Content[:3]})
	case wrong == misquoted && a.Operation == "download" && a.Acknowledged():
		a.Content = []byte("never written")
	case wrong == denied && a.Operation == "exists":
		a.Found = !a.Found
	case wrong == misplaced && a.Operation == "download" && len(states) > 0:
		other := states[r.IntN(len(states))]
		a.Content, a.Err = other.Content, nil
		if other.Deleted {
			a.Err = errors.New("NoSuchKey")
		}
	}
	return states
}

func describe(l *oracle.Ledger) string {
	var b bytes.Buffer
	for _, a := range l.Acts {
		_, _ = fmt.Fprintf(&b, "%d to %d: %s %q found %t: %v\n", a.Start, a.End, a.Operation, a.Content, a.Found, a.Err)
	}
	_, _ = fmt.Fprintf(&b, "states: %v", l.History("b", "k"))
	return b.String()
}

func TestHistoriesOfParallelDrillsAreLinearizable(t *testing.T) {
	var drills []*scenarios.Scenario
	for _, cases := range catalogFiles(t) {
		drills = append(drills, cases...)
	}
	for seed := range histories(t, "100") / 10 {
		s, err := scenarios.Parse(fmt.Sprintf("random-%d.yaml", seed), gen.Concurrent(seed).YAML())
		require.NoError(t, err)
		drills = append(drills, s)
	}
	checked := 0
	for _, s := range drills {
		if !parallelWithoutLies(s) || s.Clock == scenarios.Real {
			continue
		}
		scenarios.Run(context.Background(), s, scenarios.WithLedger(func(l *oracle.Ledger) {
			for _, bucket := range l.Buckets {
				for _, key := range l.Keys(bucket) {
					copied := func(a *oracle.Act) bool { return a.Operation == "copy" && a.Key == key }
					if slices.ContainsFunc(l.Acts, copied) {
						continue // the checker does not know what a copy stores
					}
					require.True(t, linearizable(l, bucket, key), "%s: %s/%s", s.ID, bucket, key)
					checked++
				}
			}
		}))
	}
	require.NotZero(t, checked)
}

// parallelWithoutLies reports whether steps of the drill run in parallel and no fault returns an
// earlier state or another one than S3's, lets a write happen after its step has failed, or writes
// by itself. It is false for a client with known flaws.
func parallelWithoutLies(s *scenarios.Scenario) bool {
	parallel := false
	s.EachStep(func(step *script.Step) { parallel = parallel || step.Parallel != nil })
	lies := slices.ContainsFunc(s.Faults, func(f script.Fault) bool {
		return slices.Contains([]string{"stale", "edit", "shorten", "commit_late", "replace"}, f.Rule.Fault.Kind())
	})
	return parallel && !lies && s.Client.Builtin != nil && len(s.Expect.Violates) == 0
}
