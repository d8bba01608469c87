package hunt

import (
	"cmp"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A Kind says what a client did wrong. The oracle's kinds are those of [script.Findings]; the
// others are conformance's and the invariants below.
type Kind string

// The kinds that are not the oracle's.
const (
	TooManyRequests Kind = "too-many-requests" // more requests than the policy or the block can explain
	Multiplied      Kind = "multiplied"        // a request has more attempts than the policy has
	SentAgain       Kind = "sent-again"        // a resumed upload sends a part that S3 has confirmed
	SleepAtEnd      Kind = "sleep-at-end"      // the client waits after its last attempt
	PastDeadline    Kind = "past-deadline"     // the client sleeps on after the deadline of its caller
	ProgressBack    Kind = "progress-back"     // the reported progress decreases
	NotRetried      Kind = "not-retried"       // the client fails and did not retry a transient failure
	RefusalRetried  Kind = "refusal-retried"   // the client retries what S3 has refused for good
	WrongWait       Kind = "wrong-wait"        // a wait is not one that the declared policy allows
	VainWait        Kind = "vain-wait"         // the client waits for an attempt that its deadline prevents
	FalseConflict   Kind = "false-conflict"    // the client takes its own write for that of another
	WholeForRange   Kind = "whole-for-range"   // the client asks for the whole object where a range is wanted
	Endless         Kind = "endless"           // the client goes on without end, and time stands still
	Panicked        Kind = "panic"             // the client panics
	TooSlow         Kind = "too-slow"          // the client takes longer than the conformance block allows
	WrongOutcome    Kind = "wrong-outcome"     // success or failure, where the block wants the other
)

// Oracle reports whether the kind is one of the oracle's, which a file can declare with `violates`.
func (k Kind) Oracle() bool {
	return slices.Contains(script.Findings(), script.Finding(k))
}

// A Finding is one thing that a client did wrong.
type Finding struct {
	Kind Kind   `json:"kind"`
	Step string `json:"step,omitempty"` // id of the step; empty for the whole drill
	// StepOperation is the operation of the step, such as "upload".
	StepOperation string `json:"step_operation,omitempty"`

	// Operation is S3's name of the request that the fault struck, and Fault the fault's kind. Both
	// are empty if no fault struck, or a connection was struck before it had a request.
	Operation string `json:"operation,omitempty"`
	Fault     string `json:"fault,omitempty"`
	FaultText string `json:"fault_text,omitempty"` // the fault as text

	// Where is the function that panicked, if the panic ended the whole process and left no
	// journal.
	Where string `json:"where,omitempty"`

	// Lying means that no client could have known better.
	Lying bool `json:"lying,omitempty"`

	// Got is what was measured and Most what is allowed, in requests or nanoseconds. Both are 0 for
	// findings without a number.
	Got  int64 `json:"got,omitempty"`
	Most int64 `json:"most,omitempty"`

	Sentence string   `json:"sentence"`           // what happened
	Evidence []string `json:"evidence,omitempty"` // the last journal lines about it
}

// A Signature is the same for findings that are probably the same defect.
type Signature string

// habits are the kinds of what a client does after any failure of any request: how it waits.
var habits = []Kind{SleepAtEnd, PastDeadline, VainWait, WrongWait}

// Habit reports whether the kind is about how the client waits, whatever request failed and why.
func (k Kind) Habit() bool { return slices.Contains(habits, k) }

// Coarse returns the kind of the finding, the operation and the kind of the fault. Of a habit it
// returns the kind alone.
func (f *Finding) Coarse() Signature {
	if f.Kind.Habit() {
		return Signature(f.Kind)
	}
	return Signature(strings.Join([]string{
		string(f.Kind), cmp.Or(f.Operation, f.Where, "-"), cmp.Or(f.Fault, "-"),
	}, " "))
}
