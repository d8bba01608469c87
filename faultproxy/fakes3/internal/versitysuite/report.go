package main

import (
	"fmt"
	"io"
)

// tally counts the verdicts of a group of tests.
type tally struct{ total, pass, worded, differ, fail int }

func (g *tally) add(t *test) {
	g.total++
	switch {
	case t.verdict == "pass":
		g.pass++
	case t.verdict == "worded":
		g.worded++
	case t.reason != "":
		g.differ++
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
		"| group | tests | pass | only the wording differs | another behaviour | fail |\n|---|---|---|---|---|---|")
	for _, name := range order {
		printTally(w, name, groups[name])
	}
	printTally(w, "all", all)
	reportReasons(w, tests)
	fmt.Fprintln(w)
	for _, t := range tests {
		switch {
		case t.verdict == "fail" && t.reason == "", t.verdict == "worded":
			fmt.Fprintf(w, "%s %s %s: %s\n", t.verdict, t.group, t.name, t.complaint)
		case t.verdict == "pass" && t.reason != "":
			fmt.Fprintf(w, "stale %s %s: it passes, and differences.tsv says: %s\n", t.group, t.name, t.reason)
		}
	}
	return all.pass + all.worded
}

func printTally(w io.Writer, name string, g *tally) {
	fmt.Fprintf(w, "| %s | %d | %d | %d | %d | %d |\n", name, g.total, g.pass, g.worded, g.differ, g.fail)
}

// reportReasons prints each reason with its tests.
func reportReasons(w io.Writer, tests []*test) {
	var order []string
	names := map[string]string{}
	for _, t := range tests {
		if t.verdict != "fail" || t.reason == "" {
			continue
		}
		if names[t.reason] == "" {
			names[t.reason], order = t.name, append(order, t.reason)
		} else {
			names[t.reason] += ", " + t.name
		}
	}
	fmt.Fprintln(w, "\n| why | tests |\n|---|---|")
	for _, reason := range order {
		fmt.Fprintf(w, "| %s | %s |\n", reason, names[reason])
	}
}
