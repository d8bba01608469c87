package main

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/internal/mutation"
)

// A judged is what one kind of check, the drills or the tests of a package, made of a mutant.
type judged struct {
	Print  string `json:"print"` // of the engine, or of the package's tests
	Mutant int    `json:"mutant"`
	Killer string `json:"killer,omitempty"` // the check that noticed it; empty: all passed
	How    string `json:"how,omitempty"`    // how it noticed
	// Of drills: the prints of the drill that noticed the mutant, or of those that passed. A
	// changed drill has another print, so it sees the mutant again.
	Drill  string   `json:"drill,omitempty"`
	Passed []string `json:"passed,omitempty"`
}

// A finding is what happened to one mutant.
type finding struct {
	*mutation.Mutant
	byTest  string // what the package's own tests noticed; empty if they passed
	byDrill string // what the catalog noticed; empty if it passed
	reached int    // number of drills that get to the mutant
}

// How long a drill or a test may print nothing, in real time. The drills without a mutant take
// milliseconds. A slow test may take longer: five times as long as without a mutant.
const (
	quietDrill = 20 * time.Second
	quietTest  = 15 * time.Second
)

// mostMemory is how much memory a mutant may take, in bytes: several times what the drills and the
// tests take without one.
const mostMemory = 4 << 30

// limitOf is how long the checks may take with a mutant, in real time: ten times as long as without
// one, and a minute.
func limitOf(list []*traced) time.Duration {
	limit := time.Minute
	for _, c := range list {
		limit += 10 * c.Took
	}
	return limit
}

// byDrills shows the mutant to the drills that reach it. Those that passed in an earlier run do not
// see it again.
func (p *prover) byDrills(ctx context.Context, b *build, m *mutation.Mutant, list []*traced) (judged, error) {
	known := p.judged[key{b.engine, m.ID}]
	v := judged{Print: b.engine, Mutant: m.ID}
	var left []*traced
	for _, c := range list {
		switch {
		case known.Drill == c.Print:
			return known, nil
		case slices.Contains(known.Passed, c.Print):
			v.Passed = append(v.Passed, c.Print)
		default:
			left = append(left, c)
		}
	}
	if len(left) == 0 {
		return v, nil
	}
	left = p.drillOrder.sort(m, left)
	ending, out, err := mutation.Run(ctx, mutation.Program{
		Path: b.catalog, Args: append([]string{"play"}, names(left)...), Quiet: quietDrill, Limit: limitOf(left),
		Memory: mostMemory,
	}, m.ID)
	if err != nil {
		return v, err
	}
	if ending == mutation.Succeeded {
		for _, c := range left {
			v.Passed = append(v.Passed, c.Print)
		}
		return v, p.judgedStore.Add(v)
	}
	killer, how := drillOf(ending, string(out), left)
	v.Killer, v.How, v.Drill, v.Passed = killer.Check, how, killer.Print, nil
	p.drillOrder.killed(m, killer.Check)
	return v, p.judgedStore.Add(v)
}

// drillOf returns the drill that noticed the mutant, and how. Drills print a line each, in order; a
// drill that hangs or panics prints none.
func drillOf(ending mutation.Ending, out string, list []*traced) (*traced, string) {
	lines := map[string][]string{}
	for line := range strings.Lines(out) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		lines[fields[0]] = fields
	}
	for _, c := range list {
		fields := lines[c.Check]
		if len(fields) != 3 {
			return c, cmp.Or(panicOf(out), string(ending))
		}
		if fields[1] != "pass" && fields[1] != "skip" {
			return c, strings.TrimSpace(fields[1] + " " + fields[2])
		}
	}
	return list[len(list)-1], string(ending)
}

// panicOf returns "panicked" if the output is that of a panic.
func panicOf(out string) string {
	if strings.Contains(out, "\ngoroutine ") {
		return "panicked"
	}
	return ""
}

// byTests shows the mutant to the tests that reach it.
func (p *prover) byTests(ctx context.Context, b *build, m *mutation.Mutant, list []*traced) (judged, error) {
	tests := b.tests[m.Package]
	if known, ok := p.judged[key{tests.print, m.ID}]; ok {
		return known, nil
	}
	v := judged{Print: tests.print, Mutant: m.ID}
	list = p.testOrder.sort(m, list)
	for len(list) > 0 {
		stage := list[:stageOf(list)]
		ending, out, err := tests.run(ctx, m.ID, stage)
		if err != nil {
			return v, err
		}
		if ending == mutation.Succeeded {
			list = list[len(stage):]
			continue
		}
		name := noticed(out)
		i := slices.IndexFunc(list, func(c *traced) bool { return c.Check == name })
		sure := true
		if i >= 0 {
			if sure, err = tests.confirm(ctx, m.ID, list[i]); err != nil {
				return v, err
			}
		}
		if sure {
			v.Killer, v.How = name, string(ending)
			p.testOrder.killed(m, name)
			break
		}
		list = slices.Delete(slices.Clone(list), i, i+1) // it fails by chance
	}
	return v, p.judgedStore.Add(v)
}

// stageOf returns how many tests run in the next process: the first few, and then so many that they
// take some seconds.
func stageOf(list []*traced) int {
	const long = 3 * time.Second
	var sum time.Duration
	for i, c := range list {
		if sum += c.Took; sum > long {
			return i + 1
		}
	}
	return len(list)
}

// run runs tests with a mutant, until one fails.
func (t *suite) run(ctx context.Context, mutant int, list []*traced) (mutation.Ending, string, error) {
	quiet := quietTest
	for _, c := range list {
		quiet = max(quiet, 5*c.Took)
	}
	ending, out, err := mutation.Run(ctx, mutation.Program{
		Path: t.program, Dir: t.dir, Quiet: quiet, Limit: limitOf(list), Memory: mostMemory, Args: []string{
			"-test.run", "^(" + strings.Join(names(list), "|") + ")$", "-test.failfast", "-test.v", "-test.short",
		},
	}, mutant)
	return ending, string(out), err
}

// confirm reports whether the test, alone, fails with the mutant and passes without. A loaded
// machine makes some tests fail by chance.
func (t *suite) confirm(ctx context.Context, mutant int, c *traced) (bool, error) {
	with, _, err := t.run(ctx, mutant, []*traced{c})
	if err != nil || with == mutation.Succeeded {
		return false, err
	}
	without, _, err := t.run(ctx, 0, []*traced{c})
	return without == mutation.Succeeded, err
}

// noticed returns the test that failed, or the last one that began.
func noticed(out string) string {
	name := "before the first test"
	for line := range strings.Lines(out) {
		if failed, ok := strings.CutPrefix(line, "--- FAIL: "); ok {
			name, _, _ = strings.Cut(failed, " ")
			return name
		}
		if began, ok := strings.CutPrefix(line, "=== RUN   "); ok {
			name, _, _ = strings.Cut(strings.TrimSpace(began), "/")
		}
	}
	return name
}

func names(list []*traced) []string {
	var all []string
	for _, c := range list {
		all = append(all, c.Check)
	}
	return all
}
