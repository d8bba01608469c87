package main

import (
	"cmp"
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

// A check is a drill or a test function.
type check struct {
	name string
	took time.Duration
	real bool // a drill in real time
}

// A trace maps the number of a mutant to the checks that reach it, the cheapest first.
type trace map[int][]check

// traceCatalog plays the catalog once without a mutant. Every drill must pass.
func (b *build) traceCatalog(ctx context.Context) (trace, error) {
	out, err := b.cached("catalog.trace", func() ([]byte, error) {
		ending, out, err := mutation.Run(ctx, mutation.Program{
			Path: b.catalog, Args: []string{"play", "-trace"}, Env: []string{active.Trace + "=-"},
			Quiet: 5 * time.Minute,
		}, 0)
		if err == nil && ending != mutation.Succeeded {
			err = fmt.Errorf("the catalog %s: %s", ending, tail(out))
		}
		return out, err
	})
	if err != nil {
		return nil, err
	}
	t := trace{}
	var failed []string
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 5 {
			return nil, fmt.Errorf("trace of the catalog: %q", line)
		}
		wall, err := strconv.ParseInt(fields[3], 10, 64)
		if err != nil {
			return nil, err
		}
		switch fields[1] {
		case "skip":
			continue
		case "pass":
		default:
			failed = append(failed, fields[0]+" "+fields[1])
		}
		if err := t.add(fields[4], check{fields[0], time.Duration(wall), fields[2] == "real"}); err != nil {
			return nil, err
		}
	}
	if len(failed) > 0 {
		return nil, fmt.Errorf("drills that fail without a mutant: %s", strings.Join(failed, ", "))
	}
	t.sort()
	return t, nil
}

// slowTest is how long a test may take to be used. Each mutant that it reaches costs that time.
const slowTest = 20 * time.Second

// traceTests runs each test function of a package alone. It leaves out those that fail or that are
// slow, and returns their names.
func (b *build) traceTests(ctx context.Context, p *mutation.Package) (trace, []string, error) {
	bin := b.tests[p.Path]
	_, names, err := mutation.Run(ctx, mutation.Program{
		Path: bin, Args: []string{"-test.list", "^(Test|Example|Fuzz)"}, Dir: p.Dir, Quiet: time.Minute,
	}, 0)
	if err != nil {
		return nil, nil, err
	}
	t := trace{}
	var unused []string
	for name := range strings.FieldsSeq(string(names)) {
		out, err := b.cached(filepath.Base(bin)+"."+name, func() ([]byte, error) {
			return traceTest(ctx, bin, p.Dir, name)
		})
		if err != nil {
			return nil, nil, err
		}
		took, reached, _ := strings.Cut(string(out), "\n")
		d, err := time.ParseDuration(took)
		if err != nil || d > slowTest {
			unused = append(unused, name)
			continue
		}
		if err := t.add(strings.ReplaceAll(reached, "\n", " "), check{name: name, took: d}); err != nil {
			return nil, nil, err
		}
	}
	t.sort()
	return t, unused, nil
}

// traceTest returns how long the test took, or "failed", and then the mutants that it reached, one
// a line.
func traceTest(ctx context.Context, bin, dir, name string) (text []byte, err error) {
	file, err := os.CreateTemp("", "reached")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }()
	began := time.Now()
	ending, _, err := mutation.Run(ctx, mutation.Program{
		Path: bin, Args: []string{"-test.run", "^" + name + "$", "-test.short"}, Dir: dir,
		Env: []string{active.Trace + "=" + file.Name()}, Quiet: slowTest,
	}, 0)
	took := time.Since(began).String()
	if ending != mutation.Succeeded {
		took = "failed"
	}
	reached, readErr := os.ReadFile(file.Name())
	return append([]byte(took+"\n"), reached...), errors.Join(err, readErr, file.Close())
}

// cached returns the content of a file of the build, and makes it if it is missing.
func (b *build) cached(name string, make func() ([]byte, error)) ([]byte, error) {
	path := filepath.Join(b.dir, b.print+"."+name)
	if text, err := os.ReadFile(path); err == nil {
		return text, nil
	}
	text, err := make()
	if err != nil {
		return nil, err
	}
	return text, os.WriteFile(path, text, 0o600)
}

func (t trace) add(reached string, c check) error {
	for field := range strings.FieldsSeq(reached) {
		id, err := strconv.Atoi(field)
		if err != nil {
			return err
		}
		t[id] = append(t[id], c)
	}
	return nil
}

func (t trace) sort() {
	for _, list := range t {
		slices.SortFunc(list, func(a, b check) int {
			if a.real != b.real {
				if a.real {
					return 1
				}
				return -1
			}
			return cmp.Or(cmp.Compare(a.took, b.took), strings.Compare(a.name, b.name))
		})
	}
}

// tail returns the end of a program's output.
func tail(out []byte) []byte { return out[max(0, len(out)-2000):] }
