package hunt

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A judge turns the result of one drill into findings. It takes over what the oracle found and what
// the conformance block says, and adds the invariants.
type judge struct {
	player   *Player
	scenario *script.Scenario
	result   *scenarios.Result
}

// findings returns what the client did wrong. panicked is its panic, or empty.
func (j *judge) findings(panicked string, endless bool) []Finding {
	var found []Finding
	switch {
	case panicked != "":
		what, _, _ := strings.Cut(panicked, "\n")
		found = append(found, Finding{Kind: Panicked, Sentence: "the client panicked: " + what})
	case endless:
		found = append(found, Finding{
			Kind: Endless, Got: int64(len(j.result.Journal)),
			Sentence: fmt.Sprintf("the client went on without end: %d exchanges", len(j.result.Journal)),
			Evidence: evidence.Last(j.result.Journal, evidence.InStep("")),
		})
	default:
		found = j.judged()
		hangs := slices.ContainsFunc(found, func(f Finding) bool { return f.Kind == Kind(script.Hang) })
		found = append(found, j.invariants(hangs)...)
	}
	for i := range found {
		j.attach(&found[i])
	}
	return found
}

// judged returns what scenarios.Run found, without the expectations of the file.
func (j *judge) judged() []Finding {
	var found []Finding
	reasons := j.result.Reasons
	if j.player.Lying {
		reasons = slices.Concat(reasons, j.result.Notes)
	}
	for _, r := range reasons {
		kind, ok := kindOf(r)
		if !ok {
			continue
		}
		f := Finding{
			Kind: kind, Step: r.Step, Sentence: r.Got, Evidence: r.Evidence,
			Lying: r.Severity == scenarios.SeverityNote,
		}
		if r.Expected != "" {
			f.Sentence = "expected " + r.Expected + ", got " + r.Got
		}
		found = append(found, f)
	}
	return found
}

// kindOf returns the kind of a reason, and false for one that is not about the client.
func kindOf(r scenarios.Reason) (Kind, bool) {
	if r.Severity != "" {
		return Kind(r.Kind), true
	}
	kind, known := kindOfReason[r.Kind]
	return kind, known
}

// kindOfReason are the reasons about a client that are no findings of the oracle.
var kindOfReason = map[string]Kind{
	"progress":             ProgressBack,
	"conformance.requests": TooManyRequests,
	"conformance.within":   TooSlow,
	"conformance.outcome":  WrongOutcome,
}

// attach names the fault that struck before the finding: the last one in its step, or else the last
// one of the drill.
func (j *judge) attach(f *Finding) {
	if step := j.step(f.Step); step != nil {
		f.StepOperation = step.Operation
	}
	struck := func(r *faultproxy.Record) bool { return len(r.Firings()) > 0 }
	records := j.result.Journal
	last := -1
	for i := range records {
		within := f.Step == "" || evidence.Within(records[i].Step, f.Step)
		if struck(&records[i]) && within {
			last = i
		}
	}
	for i := len(records) - 1; last < 0 && i >= 0; i-- {
		if struck(&records[i]) {
			last = i
		}
	}
	if last < 0 {
		return
	}
	firings := records[last].Firings()
	by := firings[len(firings)-1]
	f.Operation, f.Fault, f.FaultText = records[last].Operation, by.Kind(), by.Fault
	if j.killed(by.Rule) {
		f.Fault, f.FaultText = Kill, "a kill in "+by.Fault
	}
	f.Sentence = fmt.Sprintf("after %s on %s: %s", f.FaultText, cmp.Or(f.Operation, "-"), f.Sentence)
}

func (j *judge) step(id string) *scenarios.StepResult {
	for i := range j.result.Steps {
		if j.result.Steps[i].ID == id {
			return &j.result.Steps[i]
		}
	}
	return nil
}

// Kill is the fault of a finding whose program was killed while a rule held its exchange.
const Kill = "kill"

// killed reports whether the rule of this name held an exchange until a KILL.
func (j *judge) killed(rule string) bool {
	return slices.ContainsFunc(j.scenario.Signal, func(s script.Signal) bool {
		return s.HeldBy != "" && s.HeldBy == rule && s.Send == script.SignalKill
	})
}
