package report

import (
	"fmt"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios"
)

// This file formats the numbers of `load` steps, and the events of a drill, alike for text, JUnit
// and HTML.

// loads returns the lines about the loads of a drill: the numbers of each load, and below them the
// times of each of its operations.
func loads(r *scenarios.Result) []string {
	var lines []string
	for _, s := range r.Steps {
		l := s.Load
		if l == nil {
			continue
		}
		operations, bytes := l.PerSecond()
		parts := []string{count(l.Operations, "operation") + " of " + count(l.Workers, "worker")}
		if l.Failed > 0 {
			parts = append(parts, fmt.Sprintf("%d failed", l.Failed))
		}
		parts = append(parts, fmt.Sprintf("%.1f/s", operations), volume(bytes)+"/s")
		if l.Retries > 0 {
			retries := "retries"
			if l.Retries == 1 {
				retries = "retry"
			}
			parts = append(parts, fmt.Sprintf("%d %s, waits of %s in all, at most %s", l.Retries, retries,
				clock(l.Waited), clock(l.LongestWait)))
		}
		lines = append(lines, s.Name+": "+strings.Join(parts, " · "))
		for _, o := range l.Of {
			line := fmt.Sprintf("  %s: %d in p50 %s, p90 %s, p99 %s, at most %s", o.Operation, o.Count,
				clock(o.P50), clock(o.P90), clock(o.P99), clock(o.Max))
			if o.Failed > 0 {
				line += fmt.Sprintf(", %d failed", o.Failed)
			}
			lines = append(lines, line)
		}
	}
	return lines
}

// events returns a line for each event of a drill: "1.5s: signal KILL".
func events(r *scenarios.Result) []string {
	var lines []string
	for _, e := range r.Events {
		at := "never"
		if e.Happened {
			at = clock(e.At)
		}
		lines = append(lines, at+": "+e.Text)
	}
	return lines
}

// volume formats a number of bytes for display: "3.2 MiB".
func volume(bytes float64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	unit := 0
	for bytes >= 1024 && unit < len(units)-1 {
		bytes /= 1024
		unit++
	}
	if unit == 0 {
		return fmt.Sprintf("%.0f B", bytes)
	}
	return fmt.Sprintf("%.1f %s", bytes, units[unit])
}
