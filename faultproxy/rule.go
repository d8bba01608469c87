package faultproxy

import (
	"errors"
	"fmt"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/flow"
)

// Rule says on which requests a fault acts, and when. Its text form is the one of scenario files:
//
//	{match: {operation: PutObject, key: "*.bin"}, times: 2, respond: {status: 503, code: SlowDown}}
type Rule struct {
	Name          string   `yaml:"name"`           // label in the journal; "": "#" and the rule's id
	Match         Match    `yaml:"match"`          // zero: every request
	Times         int      `yaml:"times"`          // how often the rule fires at most; 0: no limit
	After         int      `yaml:"after"`          // number of matches to skip first
	Probability   *float64 `yaml:"probability"`    // of firing, from 0 to 1; nil: 1
	Per           DrawPer  `yaml:"per"`            // what Probability is drawn for; "": PerRequest
	During        Window   `yaml:"during"`         // window of scenario time; zero: always
	AfterUpstream bool     `yaml:"after_upstream"` // the upstream handles the request before the fault answers
	Optional      bool     `yaml:"optional"`       // the drill is not vacuous if the rule does not fire
	// Chain lets later rules act on the same request, too. It is for faults that delay, slow down
	// or change the exchange without ending it.
	Chain bool  `yaml:"chain"`
	Fault Fault `yaml:"-"`
}

// DrawPer is what the probability of a rule is drawn for.
type DrawPer string

// The rule is drawn for each request, once for all requests of a connection, or once for all
// requests for a key of a bucket.
const (
	PerRequest    DrawPer = "request"
	PerConnection DrawPer = "connection"
	PerKey        DrawPer = "key"
)

// Window is a part of scenario time, from From up to but not including To. The zero Window means
// always.
type Window struct {
	From, To time.Duration
	// Since is the moment that From and To count from. For a rule of [Config.Rules] that is always
	// scenario time zero.
	Since Since
}

// Since is the moment that a Window counts from.
type Since string

// The moments that a Window counts from.
const (
	SinceAdded Since = ""      // when the rule was added
	SinceStart Since = "start" // scenario time zero
)

// shifted returns the window in scenario time, for a rule that was added at a moment of it.
func (w Window) shifted(added time.Duration) Window {
	if w == (Window{}) || w.Since == SinceStart {
		return w
	}
	return Window{From: w.From + added, To: w.To + added, Since: SinceStart}
}

func (w Window) contains(t time.Duration) bool {
	return w == Window{} || w.From <= t && t < w.To
}

// String returns the window as text: "[10s, 40s]", or "{since: start, from: 10s, to: 40s}".
func (w Window) String() string {
	if w.Since != SinceAdded {
		return "{since: " + string(w.Since) + ", from: " + flow.Duration(w.From) +
			", to: " + flow.Duration(w.To) + "}"
	}
	return "[" + flow.Duration(w.From) + ", " + flow.Duration(w.To) + "]"
}

// ErrRule is the error that all errors of the Validate methods of Rule, Match and Fault match with
// errors.Is.
var ErrRule = errors.New("invalid rule")

// ErrNoRule is the error of a change to a rule that is not there.
var ErrNoRule = errors.New("no rule has this id")

// FieldError is one mistake in a Rule, Match or Fault. errors.As finds the first of several.
type FieldError struct {
	Field   string // path of the field as in scenario files: "match.key", "times"
	Message string
	Hint    string // what to write instead; "": no suggestion
}

func (e *FieldError) Error() string {
	s := e.Field + ": " + e.Message
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// Is reports whether target is ErrRule.
func (e *FieldError) Is(target error) bool { return target == ErrRule }

func fieldErrorf(field, format string, args ...any) error {
	return &FieldError{Field: field, Message: fmt.Sprintf(format, args...)}
}

// Validate returns all mistakes in the rule, joined. Each is a *FieldError that matches ErrRule.
func (r Rule) Validate() error {
	var errs []error
	add := func(err error) { errs = append(errs, err) }
	add(utf8Text("name", r.Name))
	if r.Times < 0 {
		add(fieldErrorf("times", "%d: want 0 or more", r.Times))
	}
	if r.After < 0 {
		add(fieldErrorf("after", "%d: want 0 or more", r.After))
	}
	if p := r.Probability; p != nil && !(*p >= 0 && *p <= 1) { // also true for NaN
		add(fieldErrorf("probability", "%v: want 0 to 1", *p))
	}
	add(oneOf("per", r.Per, PerRequest, PerConnection, PerKey))
	switch {
	case r.Per == "":
	case r.Probability == nil:
		add(&FieldError{"per", "has no meaning without probability", "every request is struck then"})
	case r.Fault != nil && r.Fault.traits().connection() && r.Per != PerConnection:
		add(fieldErrorf("per", "%s acts on connections: want connection", r.Fault.Kind()))
	}
	switch w := r.During; {
	case w == Window{}:
	case w.From < 0:
		add(fieldErrorf("during", "%v: want a start of 0s or later", w))
	case w.Since != SinceAdded && w.Since != SinceStart:
		add(fieldErrorf("during", "since %q: want start, or added, which is the default", w.Since))
	case w.To <= w.From:
		add(fieldErrorf("during", "%v: want an end after the start", w))
	}
	add(r.Match.Validate())
	if r.Fault == nil {
		add(fieldErrorf("fault", "missing: a rule has exactly one fault"))
		return errors.Join(errs...)
	}
	kind := r.Fault.Kind()
	add(r.Fault.Validate())
	t := r.Fault.traits()
	switch {
	case !r.AfterUpstream:
	case t.connection():
		add(fieldErrorf("after_upstream",
			"%s acts on the connection, before there is a request for the upstream", kind))
	case t.order == beforeUpstream:
		add(fieldErrorf("after_upstream", "%s acts before the upstream does", kind))
	}
	if _, shapes := r.Fault.(shapingFault); r.Chain && !shapes {
		add(&FieldError{
			Field: "chain", Message: kind + " decides how the exchange ends, so no later rule could act on it",
			Hint: "set chain on the rules before it, with " + orList(chainable()),
		})
	}
	if field := r.Match.firstField(); t.connection() && field != "" {
		add(&FieldError{
			Field: "match." + field, Message: kind + " acts on a connection, before there is a request to match",
			Hint: "use match: {} with during, times or after",
		})
	}
	return errors.Join(errs...)
}

// label returns the rule's name in the journal and in reports, for a rule with this id.
func (r *Rule) label(id int) string {
	if r.Name != "" {
		return r.Name
	}
	return fmt.Sprintf("#%d", id)
}
