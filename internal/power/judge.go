package main

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/internal/mutation"
)

// A finding is what happened to one mutant.
type finding struct {
	*mutation.Mutant
	byTest  string // what the package's own tests noticed; empty if they passed
	byDrill string // what the catalog noticed; empty if it passed
	reached int    // number of drills that get to the mutant
}

// quiet is how long a drill or a test may take in real time. The drills without a mutant take
// milliseconds, and the tests at most slowTest.
const (
	quietDrill = 30 * time.Second
	quietTest  = slowTest + 40*time.Second
)

// judge shows one mutant to the tests and to the drills that reach it.
func (b *build) judge(ctx context.Context, m *mutation.Mutant, tests, drills trace) (finding, error) {
	f := finding{Mutant: m, reached: len(drills[m.ID])}
	var err error
	if f.byTest, err = b.byTests(ctx, m, tests[m.ID]); err != nil {
		return f, err
	}
	f.byDrill, err = b.byDrills(ctx, m, drills[m.ID])
	return f, err
}

// byTests returns the test that notices the mutant, or "". Fast tests run first, in a process of
// their own.
func (b *build) byTests(ctx context.Context, m *mutation.Mutant, list []check) (string, error) {
	const fast = 2 * time.Second
	var sum time.Duration
	split := 0
	for split < len(list) && sum < fast {
		sum += list[split].took
		split++
	}
	for _, part := range [][]check{list[:split], list[split:]} {
		if len(part) == 0 {
			continue
		}
		ending, out, err := mutation.Run(ctx, mutation.Program{
			Path: b.tests[m.Package], Dir: b.source(m.Package), Quiet: quietTest, Args: []string{
				"-test.run", "^(" + strings.Join(names(part), "|") + ")$", "-test.failfast", "-test.v", "-test.short",
			},
		}, m.ID)
		if err != nil {
			return "", err
		}
		if ending != mutation.Succeeded {
			return noticed(ending, out, "=== RUN   ", "--- FAIL: "), nil
		}
	}
	return "", nil
}

// byDrills returns the drill that notices the mutant, or "".
func (b *build) byDrills(ctx context.Context, m *mutation.Mutant, list []check) (string, error) {
	if len(list) == 0 {
		return "", nil
	}
	ending, out, err := mutation.Run(ctx, mutation.Program{
		Path: b.catalog, Args: append([]string{"play"}, names(list)...), Quiet: quietDrill,
	}, m.ID)
	if err != nil || ending == mutation.Succeeded {
		return "", err
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	last := slices.IndexFunc(lines, func(line string) bool {
		fields := strings.Split(line, "\t")
		return len(fields) != 3 || fields[1] != "pass" && fields[1] != "skip"
	})
	if ending == mutation.Failed && last >= 0 && strings.Count(lines[last], "\t") == 2 {
		return strings.Join(strings.Split(lines[last], "\t"), " "), nil
	}
	// The drill after those that passed hung or ended the process.
	passed := strings.Count(string(out), "\tpass\t") + strings.Count(string(out), "\tskip\t")
	if passed < len(list) {
		return list[passed].name + " " + string(ending), nil
	}
	return string(ending), nil
}

// noticed returns the test that failed, or the last one that began.
func noticed(ending mutation.Ending, out []byte, began, failed string) string {
	var last string
	for line := range strings.Lines(string(out)) {
		if name, ok := strings.CutPrefix(line, failed); ok {
			name, _, _ = strings.Cut(name, " ")
			return name
		}
		if name, ok := strings.CutPrefix(line, began); ok {
			last = strings.TrimSpace(name)
		}
	}
	return cmp.Or(last, "the first test") + " (" + string(ending) + ")"
}

func names(list []check) []string {
	var all []string
	for _, c := range list {
		all = append(all, c.name)
	}
	return all
}

// source returns the directory of a package's source.
func (b *build) source(path string) string {
	for _, p := range b.packages {
		if p.Path == path {
			return p.Dir
		}
	}
	return ""
}
