package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file writes the table that holds the results against what fault servers of other make have
// measured.

// A measurement is a fact about clients that others have measured too.
type measurement struct {
	fact, elsewhere string
	drill           string
	cell            func(r *scenarios.Result) string
}

var measurements = []measurement{
	{
		"a PUT that is answered 200 with an error", "success: aws-cli 2.9, aws-sdk-go v1, minio-go, mc",
		"ambiguous/put-200-with-error", reported,
	},
	{
		"how long a silent server is waited for", "none of nine clients gives up within a minute",
		"timeout/silence-of-a-minute", patienceOf,
	},
	{
		"sends of a PUT that is always answered 500",
		"aws-sdk-go-v2 and aws-sdk-js v3: 3, boto3: 5, minio-go and mc: 10",
		"retry/put-500-for-good", sendsOf("PutObject"),
	},
	{
		"sends of a GET whose body always breaks off", "rclone: about 300",
		"truncate/again-and-again@with-length", sendsOf("GetObject"),
	},
	{
		"an object that is replaced while it is read", "s3cmd puts both together",
		"resume/replaced-and-closed-early", splices,
	},
}

// measured writes the table, if the run has one of its drills.
func (m *comparison) measured(b *strings.Builder) {
	known := func(f measurement) bool { return slices.Contains(m.drills, f.drill) }
	if !slices.ContainsFunc(measurements, known) {
		return
	}
	b.WriteString("\n## As other fault servers measured\n\n| fact | elsewhere |")
	for _, client := range m.clients {
		fmt.Fprintf(b, " %s |", escapeMarkdown(client))
	}
	b.WriteString(" drill |\n|---|---|" + strings.Repeat("---|", len(m.clients)+1) + "\n")
	for _, f := range measurements {
		if !known(f) {
			continue
		}
		fmt.Fprintf(b, "| %s | %s |", f.fact, f.elsewhere)
		for _, client := range m.clients {
			cell := m.sign(f.drill, client)
			if cell != unplayedSign && cell != unjudgedSign {
				cell = f.cell(m.cells[comparedCell{f.drill, client}])
			}
			fmt.Fprintf(b, " %s |", cell)
		}
		fmt.Fprintf(b, " %s |\n", f.drill)
	}
}

// reported returns what the client said of the first step.
func reported(r *scenarios.Result) string {
	if len(r.Steps) == 0 {
		return unjudgedSign
	}
	return string(r.Steps[0].Outcome)
}

// patienceOf returns after which time the client gave up.
func patienceOf(r *scenarios.Result) string {
	if has(r, string(script.Hang)) {
		return "longer"
	}
	return r.Elapsed.Round(time.Second).String()
}

// sendsOf returns how often a client sent an operation.
func sendsOf(operation string) func(r *scenarios.Result) string {
	return func(r *scenarios.Result) string { return fmt.Sprint(r.Requests[operation]) }
}

// splices returns what a client made of two objects.
func splices(r *scenarios.Result) string {
	if has(r, string(script.WrongRead)) || has(r, string(script.TornFile)) {
		return "both together"
	}
	if reported(r) == string(script.Failure) {
		return "an error"
	}
	return "one of them"
}

func has(r *scenarios.Result, kind string) bool {
	return slices.ContainsFunc(r.Reasons, func(reason scenarios.Reason) bool { return reason.Kind == kind })
}
