package script

import (
	"time"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Call lets the client's retry engine run an operation that sends no request. Attempts says what
// each attempt does, so a drill of the engine needs neither a server nor a fault.
type Call struct {
	strictyaml.Block `yaml:"-"`

	Way    CallWay  `yaml:"way"`    // default do
	Until  *string  `yaml:"until"`  // with way until: the result that ends the call
	Engine NoEngine `yaml:"engine"` // empty: the engine of the client
	Name   string   `yaml:"name"`
	Key    string   `yaml:"key"` // the partition of the budget and of the breaker
	Values CloseBy  `yaml:"values"`

	// After is how long the caller waits before the call, so that the calls of a parallel begin one
	// after another.
	After time.Duration `yaml:"after,positive"`

	Idempotent     bool        `yaml:"idempotent"` // its attempts may run side by side
	LongPoll       bool        `yaml:"long_poll"`
	MaxAttempts    AnyInt      `yaml:"max_attempts"`    // in place of the policy's; zero and less: the policy's
	AttemptTimeout AnyDuration `yaml:"attempt_timeout"` // likewise
	Classes        []ClassOf   `yaml:"classes"`         // a classifier of this call; nil: that of the policy

	// Identity is what the delays are drawn for, with the name and the seed. Nil: the step; empty:
	// nothing but the name.
	Identity *string     `yaml:"identity"`
	Canceled *string     `yaml:"canceled"` // the call begins with a context that was canceled for this cause
	Fallback *string     `yaml:"fallback"` // the result that the caller takes in place of an error; way value only
	Circuit  CallCircuit `yaml:"circuit"`  // what is done to the circuit of the key before the call
	Policy   *CallPolicy `yaml:"policy"`   // what differs from the policy of the client; nil: nothing

	// Attempts are what the attempts do, in the order in which they begin. The last one is
	// repeated.
	Attempts []CallAttempt `yaml:"attempts,required"`
}

// CallWay is the function of the retry engine that runs a call.
type CallWay string

// The ways to run a call.
const (
	WayDo    CallWay = "do"    // a function without a result
	WayValue CallWay = "value" // a function with a result
	WayUntil CallWay = "until" // a function whose result must be a certain one
	WayLoop  CallWay = "loop"  // the body of a loop
	WaySteps CallWay = "steps" // attempts that the caller begins and ends
)

// NoEngine says how a caller runs a call that made no engine. The call has the default policy then.
type NoEngine string

// The ways to have no engine.
const (
	EngineNil     NoEngine = "nil"     // a nil Retryer
	EngineZero    NoEngine = "zero"    // the zero Retryer
	EnginePackage NoEngine = "package" // the functions of the package
)

// CloseBy says how the result of an attempt is closed. Empty: it is a text, which is not closed.
type CloseBy string

// The ways to close a result.
const (
	CloseSelf CloseBy = "closer" // it has a method Close
	CloseBody CloseBy = "body"   // its field Body has, as that of an HTTP response
)

// CallCircuit is what an operator does to the circuit of a key.
type CallCircuit string

// What an operator does to a circuit.
const (
	CircuitOpen  CallCircuit = "open"  // forces it open
	CircuitReset CallCircuit = "reset" // closes it
)

// CallAttempt is what one attempt does. The zero CallAttempt succeeds at once.
type CallAttempt struct {
	strictyaml.Block `yaml:"-"`

	Takes   time.Duration `yaml:"takes,positive"` // an attempt whose context ends before returns the context's error
	Deaf    bool          `yaml:"deaf"`           // it goes on although its context has ended
	Cancels *string       `yaml:"cancels"`        // then it cancels the context of the call, for this cause
	Circuit CallCircuit   `yaml:"circuit"`        // what an operator does to the circuit of the key meanwhile
	Error   *CallError    `yaml:"error"`          // nil: a success
	Result  string        `yaml:"result"`         // the ways value and until only

	Panics  *string `yaml:"panics"`  // in place of an error
	Exits   bool    `yaml:"exits"`   // it ends its goroutine in place of returning
	Forgets bool    `yaml:"forgets"` // the body of a loop that assigns no outcome
	Leaves  bool    `yaml:"leaves"`  // the body of a loop that breaks
}

// Attempt returns what the n-th attempt does, from 1.
func (c *Call) Attempt(n int) *CallAttempt { return &c.Attempts[min(n, len(c.Attempts))-1] }
