package main

// The check: what it finds is printed as file:line: what is wrong and what to do.

import (
	"fmt"
	"io"
)

// A reporter prints a finding on the line with the index at.
type reporter func(src *source, at int, format string, args ...any)

// checkAll returns [errFindings] after it printed at least one finding.
func checkAll(w io.Writer, paths []string) error {
	list, err := parsePhrases(phraseList)
	if err != nil {
		return err
	}
	findings := 0
	report := func(src *source, at int, format string, args ...any) {
		findings++
		fmt.Fprintf(w, "%s:%d: %s\n", src.path, at+1, fmt.Sprintf(format, args...))
	}
	err = eachSource(paths, func(src *source) error {
		findUnwrapped(src, report)
		findLong(src, report)
		findPhrases(src, list, report)
		return nil
	})
	if err == nil && findings > 0 {
		err = errFindings
	}
	return err
}

// findUnwrapped reports each comment that reflow changes, at its first line that changes.
func findUnwrapped(src *source, report reporter) {
	if src.cgo {
		return
	}
	for at := 0; at < len(src.lines); at++ {
		end := src.groupEnd(at)
		if end == at {
			continue
		}
		wrapped := src.wrapGroup(at, end)
		for i := range max(end-at, len(wrapped)) {
			if at+i == end || i == len(wrapped) || wrapped[i] != src.lines[at+i].text {
				report(src, min(at+i, end-1), "comment is not filled to %d columns: run make format", wrapWidth)
				break
			}
		}
		at = end - 1
	}
}
