package sweep

import (
	"fmt"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/hunt/found"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file kills a program at each exchange of its workload, and runs it again.

// halfBody holds a download in the middle of its body, long enough for the program to be killed.
const halfBody = "stall: {at: response_body, after_bytes: 50%, for: 10m}"

// kills are the places at which an exchange is held when the program is killed.
var kills = []Variant{
	{Fault: "timeout: {}", Kill: true},
	{Fault: "timeout: {}", Kill: true, AfterUpstream: true},
	{Fault: halfBody, Kill: true},
}

// place returns in words where the exchange is held.
func (v Variant) place() string {
	switch {
	case v.AfterUpstream:
		return "kill after the upstream"
	case v.Fault == halfBody:
		return "kill in the response"
	}
	return "kill before the upstream"
}

// killsAt returns the kills that differ for the exchange: a read changes nothing in S3, so that it
// makes no difference for the program whether the upstream has acted.
func killsAt(e Exchange) []Variant {
	reads := strings.HasPrefix(e.Operation, "Get") || strings.HasPrefix(e.Operation, "Head") ||
		strings.HasPrefix(e.Operation, "List")
	return slices.DeleteFunc(slices.Clone(kills), func(v Variant) bool {
		return v.AfterUpstream && reads || v.Fault == halfBody && e.Operation != "GetObject"
	})
}

// killRule is the name of the rule that holds the exchange.
const killRule = "killed"

// signal returns the signal of a kill as YAML. In the middle of a body it leaves the program some
// time to write down what it has received.
func (v Variant) signal() string {
	held := ""
	if v.Fault == halfBody {
		held = ", held_for: 200ms"
	}
	return fmt.Sprintf("{send: KILL, held_by: %s%s, run_again: true}", killRule, held)
}

// patience is how long both runs of a program may take together, from its first request on.
const patience = "2m"

// Program returns the workload as the file of a program, as [scenarios.AsProgram] makes it. The
// error says why the client is no program that can do the work.
func (w *Workload) Program(client string) (*Workload, error) {
	text, err := scenarios.AsProgram(w.Scenario, client)
	if err != nil {
		return nil, err
	}
	if !w.Scenario.Has("timeout") {
		text = found.ReplaceLine(text, "timeout", patience)
	}
	s, err := script.Parse(w.Scenario.File, text)
	if err != nil {
		return nil, err
	}
	s.Seed = w.Scenario.Seed
	return &Workload{Name: w.Name, Scenario: s}, nil
}

// facts returns what is left after the second run and is no finding, because no program can prevent
// it when it is killed.
func (l *learned) facts(o *hunt.Outcome) []Fact {
	var all []Fact
	for _, n := range o.Result.Notes {
		all = append(all, Fact{n.Kind, n.Got})
	}
	for _, name := range o.Files {
		if !slices.Contains(l.files, name) {
			all = append(all, Fact{"file", name + " is left"})
		}
	}
	for _, s := range o.Result.Steps {
		if failed(s) {
			all = append(all, Fact{"failed", "the second run failed, without a fault: " + s.Err})
		}
	}
	return all
}

// A Fact is something that a kill leaves behind although it is no finding.
type Fact struct {
	Kind string `json:"kind"` // of a note, or "file" or "failed"
	Text string `json:"text"`
}
