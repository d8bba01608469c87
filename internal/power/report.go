package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

// report writes the report to the file of the options, or to stdout.
func (p *prover) report(stdout io.Writer, m *matrix, tallies []*tally) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Power of the catalog\n\n")
	fmt.Fprintf(&b, "Written by `make power SAMPLE=%d SEED=%d` on %s with %s on %s/%s. It took %s.\n\n",
		p.sample, p.seed, time.Now().UTC().Format(time.DateOnly), runtime.Version(), runtime.GOOS, runtime.GOARCH,
		time.Since(p.began).Round(time.Minute))
	if len(tallies) > 0 {
		figures(&b, tallies)
	}
	if m != nil {
		m.write(&b)
	}
	for _, t := range tallies {
		t.survivors(&b)
	}
	if p.out == "" {
		_, err := io.WriteString(stdout, b.String())
		return err
	}
	return os.WriteFile(p.out, []byte(b.String()), 0o600)
}

// figures writes the table of the mutants.
func figures(b *strings.Builder, tallies []*tally) {
	fmt.Fprintf(b, "## Mutants\n\n")
	fmt.Fprintf(b, "A mutant is one changed operator or statement. It is killed if a test fails or a drill does not\n"+
		"pass, panics or hangs. The share is that of the mutants which the package's own tests kill.\n\n")
	fmt.Fprintf(b, "| package | mutants | in functions that the catalog runs | sampled | judged | "+
		"killed by own tests | of these killed by the catalog | share | share where a drill gets to the place | "+
		"share without survivors that have a reason | killed by the catalog alone | survive both |\n")
	fmt.Fprintf(b, "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, t := range tallies {
		c := t.count()
		fmt.Fprintf(b, "| %s | %d | %d | %d | %d | %d | %d | %s | %s | %s | %d | %d |\n",
			t.name, t.mutants, t.pool, t.sampled, len(t.findings), c.tests, c.both,
			percent(c.both, c.tests), percent(c.both, c.placed), percent(c.both, c.tests-c.excused), c.catalog, c.none)
	}
	b.WriteString("\n")
}

// counts are the numbers of mutants by what killed them. excused are those that the tests killed,
// the catalog did not, and whose reason says why no drill can.
type counts struct{ tests, placed, excused, both, catalog, none int }

// percent returns the share as text.
func percent(part, whole int) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(whole))
}

func (t *tally) count() counts {
	var c counts
	for _, f := range t.findings {
		if f.byTest != "" && f.reached > 0 {
			c.placed++
		}
		if f.byTest != "" && f.byDrill == "" && reasonOf(f.Mutant) != "" {
			c.excused++
		}
		switch {
		case f.byTest != "" && f.byDrill != "":
			c.tests++
			c.both++
		case f.byTest != "":
			c.tests++
		case f.byDrill != "":
			c.catalog++
		default:
			c.none++
		}
	}
	return c
}

// survivors lists the mutants that the catalog does not kill.
func (t *tally) survivors(b *strings.Builder) {
	if len(t.unused) > 0 {
		fmt.Fprintf(b, "Tests of %s that were not used, because they are slow, or fail here without a mutant: %s.\n\n",
			t.name, listed(t.unused))
	}
	fmt.Fprintf(b, "### %s: killed by its own tests, not by the catalog\n\n", t.name)
	for _, f := range t.findings {
		if f.byTest != "" && f.byDrill == "" {
			fmt.Fprintf(b, "- %s — %s. Killed by %s.\n", f.label(), f.why(), f.byTest)
		}
	}
	fmt.Fprintf(b, "\n### %s: killed by neither\n\n", t.name)
	for _, f := range t.findings {
		if f.byTest == "" && f.byDrill == "" {
			fmt.Fprintf(b, "- %s — %s.\n", f.label(), f.why())
		}
	}
	b.WriteString("\n")
}

// label names the mutant in Markdown.
func (f *finding) label() string {
	return fmt.Sprintf("%s:%d `%s` %s: ``%s``", f.File, f.Line, f.Func, f.Kind, f.Text)
}

// why says why the mutant survives.
func (f *finding) why() string {
	unknown := fmt.Sprintf("%d drills get to it", f.reached)
	if f.reached == 0 {
		unknown = "no drill gets to it"
	}
	return cmp.Or(reasonOf(f.Mutant), unknown)
}
