package main

import (
	"fmt"
	"io"
)

// tally counts the verdicts of a group of tests.
type tally struct {
	total, pass, worded, differ, fail int

	foreign int // of differ: tests that ask for what S3 does not do
}

// counted is how many tests count.
func (g *tally) counted() int { return g.pass + g.worded }

func (g *tally) add(t *test) {
	g.total++
	switch {
	case t.verdict == "pass":
		g.pass++
	case t.verdict == "worded":
		g.worded++
	case t.known.reason != "":
		g.differ++
		if t.known.foreign() {
			g.foreign++
		}
	default:
		g.fail++
	}
}

// report prints a table of the groups, a table of the reasons, and each test whose verdict is not
// the expected one. It returns how many tests passed, worded ones included.
func report(w io.Writer, tests []*test) int {
	var order []string
	groups := map[string]*tally{}
	all := &tally{}
	for _, t := range tests {
		if groups[t.group] == nil {
			groups[t.group], order = &tally{}, append(order, t.group)
		}
		groups[t.group].add(t)
		all.add(t)
	}
	fmt.Fprintln(w,
		"| group | tests | pass | only the wording differs | another behaviour | fail | counts | of S3's own behaviour |\n"+
			"|---|---|---|---|---|---|---|---|")
	for _, name := range order {
		printTally(w, name, groups[name])
	}
	printTally(w, "all", all)
	reportReasons(w, tests)
	fmt.Fprintln(w)
	for _, t := range tests {
		switch {
		case t.verdict == "fail" && t.known.reason == "", t.verdict == "worded":
			fmt.Fprintf(w, "%s %s %s: %s\n", t.verdict, t.group, t.name, t.complaint)
		case t.verdict == "pass" && t.known.reason != "":
			fmt.Fprintf(w, "stale %s %s: it passes, and differences.tsv says: %s\n", t.group, t.name, t.known.reason)
		}
	}
	return all.counted()
}

func printTally(w io.Writer, name string, g *tally) {
	fmt.Fprintf(w, "| %s | %d | %d | %d | %d | %d | %s | %s |\n", name, g.total, g.pass, g.worded, g.differ, g.fail,
		percent(g.counted(), g.total), percent(g.counted(), g.total-g.foreign))
}

// percent is the share of n in all, rounded down, or a dash if all is 0.
func percent(n, all int) string {
	if all == 0 {
		return "–"
	}
	return fmt.Sprintf("%d %%", 100*n/all)
}

// reportReasons prints each reason with its source and its tests.
func reportReasons(w io.Writer, tests []*test) {
	var order []difference
	names := map[difference]string{}
	for _, t := range tests {
		if t.verdict != "fail" || t.known.reason == "" {
			continue
		}
		if names[t.known] == "" {
			names[t.known], order = t.name, append(order, t.known)
		} else {
			names[t.known] += ", " + t.name
		}
	}
	fmt.Fprintln(w, "\n| why | source | tests |\n|---|---|---|")
	for _, d := range order {
		fmt.Fprintf(w, "| %s | %s | %s |\n", d.reason, d.source, names[d])
	}
}
