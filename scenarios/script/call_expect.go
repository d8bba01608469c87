package script

import "github.com/s3chaos/s3chaos/internal/strictyaml"

// CallExpect is the required result of a call, beyond what Expect has. A nil field is not checked.
//
// Starts, Limits, Causes and Closed are what the operation itself saw. The others are what the
// engine tells: a call that expects a Log or Events has an observer, and one that expects Retries
// has a callback.
type CallExpect struct {
	strictyaml.Block `yaml:"-"`

	Starts []DurationBound `yaml:"starts"` // when each attempt began, from the start of the call
	Limits []DurationBound `yaml:"limits"` // the time that the context of each attempt left it; 0: no deadline
	Causes []string        `yaml:"causes"` // patterns: why the context of each attempt had ended; "none": it had not
	Closed []int           `yaml:"closed"` // the attempts whose results the engine closed
	Result *string         `yaml:"result"` // what the call returned

	Log     []string `yaml:"log"`     // patterns: one for each line that the engine logs
	Events  []string `yaml:"events"`  // patterns: one for each event that an observer hears of
	Retries []string `yaml:"retries"` // patterns: one for each attempt that OnRetry hears of

	History []string       `yaml:"history"` // patterns: one for each attempt that the error remembers
	Dropped *IntBound      `yaml:"dropped"` // how many attempts the error does not remember
	Made    *IntBound      `yaml:"made"`    // how many attempts the error says were made
	Waited  *DurationBound `yaml:"waited"`  // how long the error says that the call waited
	Lasted  *DurationBound `yaml:"lasted"`  // how long the error says that the call took
	Finds   []KnownError   `yaml:"finds"`   // what errors.Is finds in the error
	Lacks   []KnownError   `yaml:"lacks"`   // what errors.Is does not find

	Alike  string `yaml:"alike"`  // the name of another call: each wait is as long as in that one
	Unlike string `yaml:"unlike"` // the name of another call: no wait is as long as in that one

	Tokens  *AnyNumber   `yaml:"tokens"`  // in the budget of the key after the call
	Circuit CircuitState `yaml:"circuit"` // of the key after the call
	// Levels and Circuits are patterns, sorted: one for each bucket that is not full and for the
	// key "", and one for each circuit that is not closed, as key=value.
	Levels   []string `yaml:"levels"`
	Circuits []string `yaml:"circuits"`
	Changes  []string `yaml:"changes"` // patterns: one for each change that the breaker of the call told
}

// CircuitState is the state of a circuit breaker.
type CircuitState string

// Observes reports whether the engine of the call needs an observer that hears of every event.
func (e *CallExpect) Observes() bool { return e != nil && e.Events != nil }

// HearsChanges reports whether the breaker of the call needs a callback.
func (e *CallExpect) HearsChanges() bool { return e != nil && e.Changes != nil }

// Logs reports whether the engine of the call needs an observer that logs.
func (e *CallExpect) Logs() bool { return e != nil && e.Log != nil }
