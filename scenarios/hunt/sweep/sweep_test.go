package sweep_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/hunt/sweep"
)

func TestEveryFaultIsSweptWithEveryParameter(t *testing.T) {
	// Parameters that change only how much or how long, or what a person reads.
	exempt := map[string]bool{
		"respond.message": true, "respond.headers": true, "respond.content_type": true, "ok_with_error.message": true,
		"latency.jitter": true, "reset_peer.after": true, "close_early.after": true, "commit_late.status": true,
		"redirect.to": true, "connect_timeout.after": true,
		// Parameters that have a short form, which is swept.
		"whitespace.for": true, "timeout.for": true, "dns.as": true, "tls.as": true, "continue.as": true,
	}
	swept := map[string][]string{}
	for _, v := range sweep.Variants() {
		fault, err := faultproxy.ParseFault(v.Fault)
		require.NoError(t, err, v.Fault)
		require.NoError(t, fault.Validate(), v.Fault)
		swept[fault.Kind()] = append(swept[fault.Kind()], v.Fault)
	}
	var missing []string
	for _, kind := range faultproxy.Kinds() {
		require.NotEmpty(t, swept[kind], "no variant of %s", kind)
		fault, _ := faultproxy.NewFault(kind)
		of := reflect.TypeOf(fault).Elem()
		if of.Kind() != reflect.Struct {
			continue
		}
		for field := range of.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
			if name == "" || name == "-" || exempt[kind+"."+name] {
				continue
			}
			if !strings.Contains(strings.Join(swept[kind], "\n"), name) {
				missing = append(missing, kind+"."+name)
			}
		}
	}
	require.Empty(t, missing, "no variant has this parameter")
	require.Greater(t, len(sweep.Variants()), 65)
}

func TestSweptCodesAreS3Errors(t *testing.T) {
	table, err := os.ReadFile("../../../testdata/vectors/s3_errors.tsv")
	require.NoError(t, err)
	for _, v := range sweep.Variants() {
		if _, rest, has := strings.Cut(v.Fault, "{status: "); has && v.Kind() == "respond" {
			status, rest, _ := strings.Cut(rest, ", code: ")
			if code := strings.FieldsFunc(rest, func(c rune) bool { return c == ',' || c == '}' }); len(code) > 0 {
				require.Regexp(t, `(?m)^`+code[0]+`\t`+status, string(table), v.Fault)
			}
		}
	}
}

// run sweeps the workloads with a client.
func run(t *testing.T, p *hunt.Player, c sweep.Config, names ...string) *sweep.Report {
	t.Helper()
	var works []*sweep.Workload
	for _, name := range names {
		w, err := sweep.Find(name)
		require.NoError(t, err)
		works = append(works, w)
	}
	require.NoError(t, p.Prepare(t.Context()))
	c.Player = p
	r, err := sweep.Run(t.Context(), works, c)
	require.NoError(t, err)
	return r
}

func text(t *testing.T, r *sweep.Report) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, r.Text(&b))
	return b.String()
}

// S3CHAOS_SWEEP=all sweeps every workload: make sweep.
func sample(few ...string) []string {
	if os.Getenv("S3CHAOS_SWEEP") == "all" {
		return sweep.Names()
	}
	return few
}

func TestBuiltinSurvivesTheSweep(t *testing.T) {
	r := run(t, &hunt.Player{Client: "builtin"}, sweep.Config{}, sample("copy")...)
	require.Equal(t, 0, r.ExitCode(), text(t, r))
}

func TestSweepIsTheSameAgain(t *testing.T) {
	kinds := []string{"close_early", "reset_peer"}
	p := func() *hunt.Player { return &hunt.Player{Client: "sdk"} }
	first := text(t, run(t, p(), sweep.Config{Pairs: 5, Jobs: 1, Kinds: kinds}, "copy"))
	require.Equal(t, first, text(t, run(t, p(), sweep.Config{Pairs: 5, Jobs: 4, Kinds: kinds}, "copy")))
}

func TestFilesOfFindingsPass(t *testing.T) {
	dir := t.TempDir()
	p := &hunt.Player{Client: "sdk"}
	r := run(t, p, sweep.Config{Kinds: []string{"close_early", "respond"}}, "copy")
	require.Equal(t, 1, r.ExitCode(), text(t, r))
	require.NoError(t, r.WriteFiles(t.Context(), dir, p, true))
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	require.NoError(t, err)
	require.Len(t, files, len(r.Found))
	for _, f := range r.Found {
		require.Empty(t, f.Small.Note, f.Small.File)
	}
}

func TestSweepGoesOnFromItsState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.ndjson")
	sweepOnce := func() (string, int) {
		state, err := sweep.OpenState(path)
		require.NoError(t, err)
		played := 0
		config := sweep.Config{State: state, Kinds: []string{"respond"}}
		config.Each = func(d *sweep.Drill) error {
			if d.Result != nil {
				played++
			}
			return nil
		}
		r := run(t, &hunt.Player{Client: "sdk"}, config, "copy")
		require.NoError(t, state.Close())
		return text(t, r), played
	}
	whole, all := sweepOnce()
	lines, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, lines[:len(lines)/2], 0o600)) // the last line is cut
	again, rest := sweepOnce()
	require.Equal(t, whole, again)
	require.Less(t, rest, all)
	require.Positive(t, rest)
}

// The pairs grow from the retries of drills that an earlier sweep played.
func TestSweepFromItsStateHasThePairsOfTheWholeSweep(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.ndjson")
	pairs := func() (n int) {
		state, err := sweep.OpenState(path)
		require.NoError(t, err)
		config := sweep.Config{State: state, Kinds: []string{"close_early"}, Pairs: 5}
		config.Each = func(d *sweep.Drill) error {
			if len(d.Faults) == 2 {
				n++
			}
			return nil
		}
		run(t, &hunt.Player{Client: "builtin"}, config, "ranges")
		require.NoError(t, state.Close())
		return n
	}
	whole := pairs()
	require.Positive(t, whole)
	require.Equal(t, whole, pairs())
}

func TestStateOfAnotherClientIsNotUsed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.ndjson")
	played := func(client string) (n int) {
		state, err := sweep.OpenState(path)
		require.NoError(t, err)
		config := sweep.Config{State: state, Kinds: []string{"respond"}}
		config.Each = func(d *sweep.Drill) error {
			if d.Result != nil {
				n++
			}
			return nil
		}
		run(t, &hunt.Player{Client: client}, config, "copy")
		require.NoError(t, state.Close())
		return n
	}
	require.Positive(t, played("builtin"))
	require.Zero(t, played("builtin"))
	require.Positive(t, played("sdk"))
}

// Two writers send in another order with another seed.
func TestSeedsOrderParallelStepsDifferently(t *testing.T) {
	w, err := sweep.Find("writers")
	require.NoError(t, err)
	p := &hunt.Player{Client: "builtin"}
	require.NoError(t, p.Prepare(t.Context()))
	orders, ids := make(map[string]bool), make(map[string]bool)
	for _, seeded := range w.Seeded(8) {
		require.False(t, ids[seeded.Name], "the state file tells drills apart by this name")
		ids[seeded.Name] = true
		var order strings.Builder
		for _, r := range p.Play(t.Context(), seeded.Scenario).Result.Journal {
			if r.Operation == "PutObject" {
				order.WriteString(r.Step + fmt.Sprint(" ends at ", r.End, "\n"))
			}
		}
		orders[order.String()] = true
	}
	require.Greater(t, len(orders), 4)
	require.Equal(t, "writers", w.Seeded(1)[0].Name)
}

func TestFindingOfASeedHasAFileWithThatSeed(t *testing.T) {
	w, err := sweep.Find("copy")
	require.NoError(t, err)
	p := &hunt.Player{Client: "sdk"}
	require.NoError(t, p.Prepare(t.Context()))
	r, err := sweep.Run(t.Context(), w.Seeded(3)[2:], sweep.Config{Player: p, Kinds: []string{"close_early"}})
	require.NoError(t, err)
	require.NotEmpty(t, r.Found)
	require.NoError(t, r.WriteFiles(t.Context(), t.TempDir(), p, false))
	file, err := os.ReadFile(r.Found[0].Small.File)
	require.NoError(t, err)
	require.Contains(t, string(file), "\nseed: 3\n")
}

// A sweep whose time is over says so in one line, not in each cell of its map.
func TestBudgetThatIsUsedUpIsOneLine(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	p := &hunt.Player{Client: "builtin"}
	require.NoError(t, p.Prepare(t.Context()))
	var works []*sweep.Workload
	for _, name := range []string{"copy", "ranges", "list"} {
		w, err := sweep.Find(name)
		require.NoError(t, err)
		works = append(works, w)
	}
	c := sweep.Config{Player: p, Kinds: []string{"close_early"}, Budget: time.Nanosecond}
	r, err := sweep.Run(t.Context(), works, c)
	require.NoError(t, err)
	require.Regexp(t, `^not played: [a-z0-9 ]+: the budget is used up\n0 drills, 0 findings\n$`, text(t, r))
	require.Equal(t, 3, r.ExitCode())

	c.Budget = 0
	c.Each = func(d *sweep.Drill) error {
		if d.Workload == "ranges" { // its drills have ended, those of the list have not begun
			cancel(errors.New("no time is left"))
		}
		return nil
	}
	r, err = sweep.Run(ctx, works, c)
	require.NoError(t, err)
	require.Regexp(t, `^not played: (\d+ drills|1 workload): no time is left\n`, text(t, r))
	require.NotContains(t, text(t, r), "?")
	require.Equal(t, 9, r.Played)
	require.Equal(t, 3, r.ExitCode())
}
