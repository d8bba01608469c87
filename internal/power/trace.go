package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/internal/mutation"
	"github.com/s3chaos/s3chaos/internal/mutation/active"
)

// Which mutants does a check reach? A check that never gets to a mutant cannot notice it, so each
// mutant is shown only to those that do.

// A traced is what is known of a check: a drill or a test function.
type traced struct {
	Print   string        `json:"print"`
	Check   string        `json:"check"`
	Unused  string        `json:"unused,omitempty"` // why mutants are not shown to it
	Took    time.Duration `json:"took"`
	Reached string        `json:"reached,omitempty"` // see ranges
}

// A trace maps the number of a mutant to the checks that reach it.
type trace map[int][]*traced

// newTrace returns the trace of the checks that are used.
func newTrace(list []*traced) (trace, error) {
	t := trace{}
	for _, c := range list {
		if c.Unused != "" {
			continue
		}
		ids, err := numbers(c.Reached)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			t[id] = append(t[id], c)
		}
	}
	return t, nil
}

// traceCatalog returns the trace of each drill. It plays those that the work directory does not
// know, without a mutant. Each must pass.
func (p *prover) traceCatalog(ctx context.Context, b *build) ([]*traced, error) {
	all, err := drills(nil)
	if err != nil {
		return nil, err
	}
	var list []*traced
	prints := map[string]string{}
	var missing []string
	for _, s := range all {
		print, err := drillPrint(b.engine, s)
		if err != nil {
			return nil, err
		}
		if known := p.traces[print]; known != nil {
			list = append(list, known)
			continue
		}
		prints[s.ID] = print
		missing = append(missing, s.ID)
	}
	p.say("play %d of %d drills without a mutant", len(missing), len(all))
	for part := range slices.Chunk(missing, 50) {
		lines, err := b.playTraced(ctx, p.dir, part)
		if err != nil {
			return nil, err
		}
		for _, t := range lines {
			t.Print = prints[t.Check]
			if err := p.traceStore.Add(*t); err != nil {
				return nil, err
			}
			list = append(list, t)
		}
	}
	return list, nil
}

// playTraced plays the drills and returns what each one reached.
func (b *build) playTraced(ctx context.Context, dir string, ids []string) ([]*traced, error) {
	path := filepath.Join(dir, "catalog.trace")
	ending, out, err := mutation.Run(ctx, mutation.Program{
		Path: b.catalog, Args: append([]string{"play", "-trace", path}, ids...),
		Env: []string{active.Trace + "=-"}, Quiet: 5 * time.Minute,
	}, 0)
	if err != nil {
		return nil, err
	}
	if ending != mutation.Succeeded {
		return nil, fmt.Errorf("the catalog without a mutant %s: %s", ending, out[max(0, len(out)-2000):])
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var list []*traced
	var failed []string
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 5 {
			return nil, fmt.Errorf("trace of the catalog: %q", line)
		}
		wall, err := strconv.ParseInt(fields[3], 10, 64)
		if err != nil {
			return nil, err
		}
		t := &traced{Check: fields[0], Took: time.Duration(wall), Reached: fields[4]}
		switch fields[1] {
		case "pass":
		case "skip":
			t.Unused = "skip"
		default:
			failed = append(failed, fields[0]+" "+fields[1])
		}
		list = append(list, t)
	}
	if len(failed) > 0 {
		return nil, fmt.Errorf("drills that fail without a mutant: %s", strings.Join(failed, ", "))
	}
	if len(list) != len(ids) {
		return nil, fmt.Errorf("trace of the catalog: %d drills, want %d", len(list), len(ids))
	}
	return list, nil
}

// slowTest is how long a test may take to be used. Each mutant that it reaches costs that time.
const slowTest = 20 * time.Second

// traceTests returns the trace of each test function of a package. It runs those that the work
// directory does not know, each alone.
func (p *prover) traceTests(ctx context.Context, b *build, pkg *mutation.Package) ([]*traced, error) {
	tests := b.tests[pkg.Path]
	_, names, err := mutation.Run(ctx, mutation.Program{
		Path: tests.program, Args: []string{"-test.list", "^(Test|Example|Fuzz)"}, Dir: tests.dir, Quiet: time.Minute,
	}, 0)
	if err != nil {
		return nil, err
	}
	var list, missing []*traced
	for name := range strings.FieldsSeq(string(names)) {
		known := p.traces[tests.print+name]
		if known == nil {
			known = &traced{Print: tests.print + name, Check: name}
			missing = append(missing, known)
		}
		list = append(list, known)
	}
	p.say("%s: run %d of %d tests without a mutant", pkg.Path, len(missing), len(list))
	return list, p.each(ctx, len(missing), func(i int) error {
		if err := missing[i].run(ctx, tests); err != nil {
			return err
		}
		return p.traceStore.Add(*missing[i])
	})
}

// run runs the test and sets what is known of it.
func (t *traced) run(ctx context.Context, tests suite) (err error) {
	file, err := os.CreateTemp("", "reached")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }()
	began := time.Now()
	ending, _, err := mutation.Run(ctx, mutation.Program{
		Path: tests.program, Args: []string{"-test.run", "^" + t.Check + "$", "-test.short"}, Dir: tests.dir,
		Env: []string{active.Trace + "=" + file.Name()}, Quiet: slowTest,
	}, 0)
	if err != nil {
		return err
	}
	t.Took = time.Since(began)
	switch {
	case ending == mutation.Hung || t.Took > slowTest:
		t.Unused = "slow"
	case ending != mutation.Succeeded:
		t.Unused = string(ending)
	}
	text, err := os.ReadFile(file.Name())
	if err != nil {
		return errors.Join(err, file.Close())
	}
	ids, err := numbers(string(text))
	if err != nil {
		return errors.Join(err, file.Close())
	}
	slices.Sort(ids)
	t.Reached = ranges(ids)
	return file.Close()
}
