package faultproxy

import (
	"errors"
	"fmt"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/flow"
)

// Rule says which requests meet a fault, and when. Its text form is the one of scenario files:
//
//	{match: {operation: PutObject, key: "*.bin"}, times: 2, respond: {status: 503, code: SlowDown}}
type Rule struct {
	Name          string   `yaml:"name"`           // appears in the journal; "": the rule's id, "#1"
	Match         Match    `yaml:"match"`          // zero: every request
	Times         int      `yaml:"times"`          // how often it fires at most; 0: always
	After         int      `yaml:"after"`          // skip the first n matches; 0: none
	Probability   *float64 `yaml:"probability"`    // 0 (it never fires) to 1, drawn by request; nil: 1
	During        Window   `yaml:"during"`         // scenario time; zero: always
	AfterUpstream bool     `yaml:"after_upstream"` // the upstream acts first, its answer is lost
	Optional      bool     `yaml:"optional"`       // not firing is no reason for a vacuous drill
	Fault         Fault    `yaml:"-"`
}

// Window is the scenario time from From up to, but not including, To. The zero Window is always.
type Window struct{ From, To time.Duration }

func (w Window) contains(t time.Duration) bool {
	return w == Window{} || w.From <= t && t < w.To
}

// String returns "[10s, 40s]".
func (w Window) String() string {
	return "[" + flow.Duration(w.From) + ", " + flow.Duration(w.To) + "]"
}

// ErrRule is what every error of Rule.Validate and Match.Validate matches with errors.Is.
var ErrRule = errors.New("invalid rule")

// FieldError is one mistake in a Rule, Match or Fault; errors.As finds the first of several.
type FieldError struct {
	Field   string // path as in scenario files: "match.key", "times"
	Message string
	Hint    string // what to write instead; "" when unknown
}

func (e *FieldError) Error() string {
	s := e.Field + ": " + e.Message
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// Is matches ErrRule.
func (e *FieldError) Is(target error) bool { return target == ErrRule }

func fieldErrorf(field, format string, args ...any) error {
	return &FieldError{Field: field, Message: fmt.Sprintf(format, args...)}
}

// Validate returns every mistake of the rule, joined, each a *FieldError that matches ErrRule; nil
// when there is none.
func (r Rule) Validate() error {
	var errs []error
	add := func(err error) { errs = append(errs, err) }
	add(utf8Text("name", r.Name))
	if r.Times < 0 {
		add(fieldErrorf("times", "%d is negative", r.Times))
	}
	if r.After < 0 {
		add(fieldErrorf("after", "%d is negative", r.After))
	}
	if p := r.Probability; p != nil && !(*p >= 0 && *p <= 1) { // NaN too
		add(fieldErrorf("probability", "%v is not between 0 and 1", *p))
	}
	switch w := r.During; {
	case w == Window{}:
	case w.From < 0:
		add(fieldErrorf("during", "%v begins before the scenario", w))
	case w.To <= w.From:
		add(fieldErrorf("during", "%v ends before it begins", w))
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
		add(fieldErrorf("after_upstream", "%s strikes the connection: no request has reached the upstream", kind))
	case t.order == beforeUpstream:
		add(fieldErrorf("after_upstream", "%s acts before the upstream does", kind))
	}
	if field := r.Match.firstField(); t.connection() && field != "" {
		add(&FieldError{
			Field: "match." + field, Message: kind + " strikes a connection, before there is a request to match",
			Hint: "use match: {} with during, times or after",
		})
	}
	return errors.Join(errs...)
}

// label is how journal and reports call the rule with an id: its place, from 1, unless rules were
// replaced before.
func (r *Rule) label(id int) string {
	if r.Name != "" {
		return r.Name
	}
	return fmt.Sprintf("#%d", id)
}
