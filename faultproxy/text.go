package faultproxy

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/flow"
	"github.com/s3chaos/s3chaos/internal/suggest"
)

// The text of rules and faults is YAML flow form on one line. Package flow reads and prints it by
// the yaml tags of their fields; this file says what is special about rules, faults, windows and
// sizes.

// ErrText is the error that every error of ParseRule and ParseFault about the text itself matches
// with errors.Is.
var ErrText = errors.New("invalid text")

// TextError is a mistake in the text of a rule or fault. It matches ErrText with errors.Is.
type TextError struct {
	Column  int // of the mistake, in characters from 1
	Message string
	Hint    string // what to write instead; "": no suggestion
}

func (e *TextError) Error() string { return (*flow.Error)(e).Error() }

// Is reports whether target is ErrText.
func (e *TextError) Is(target error) bool { return target == ErrText }

// textFormat is what package flow has to know about the types of this package.
var textFormat = &flow.Format{
	Types: map[reflect.Type]flow.Type{
		reflect.TypeFor[Amount]():  {Print: func(v any) string { return v.(Amount).String() }},
		reflect.TypeFor[Entries](): {Print: func(v any) string { return v.(Entries).text() }},
		reflect.TypeFor[Size]():    {Print: func(v any) string { return v.(Size).String() }},
		reflect.TypeFor[Window]():  {Print: func(v any) string { return v.(Window).String() }, Read: readWindow},
	},
	Name: func(v any) string {
		if f, ok := v.(Fault); ok {
			return f.Kind()
		}
		return strings.ToLower(reflect.TypeOf(v).Elem().Name())
	},
}

// ParseFault reads a fault as String prints it and as scenario files have it: "respond: {status:
// 503, code: SlowDown}". The error joins all mistakes: each is a *TextError with its column, or an
// error of Fault.Validate.
func ParseFault(text string) (Fault, error) {
	var f Fault
	err := parseText(text, func(d *flow.Decoder, n *flow.Node) {
		for _, p := range n.Pairs {
			f = readFault(d, p, f)
		}
		if len(n.Pairs) == 0 {
			d.Errorf(n, "no fault: want one, like timeout: 5s")
		}
	})
	if err == nil {
		err = f.Validate()
	}
	if err != nil {
		return nil, fmt.Errorf("parse fault: %w", err)
	}
	return f, nil
}

// ParseRule reads a rule as String prints it; the text may omit the outer braces. The error joins
// all mistakes: each is a *TextError with its column, or an error of Rule.Validate.
func ParseRule(text string) (Rule, error) {
	var r Rule
	err := parseText(text, func(d *flow.Decoder, n *flow.Node) {
		d.Fields(n, &r, func(p flow.Pair, fields []string) {
			if slices.Contains(Kinds(), p.Key.Text) {
				r.Fault = readFault(d, p, r.Fault)
			} else {
				d.Unknown(p.Key, "rule", append(fields, Kinds()...))
			}
		})
	})
	if err == nil {
		err = r.Validate()
	}
	if err != nil {
		return Rule{}, fmt.Errorf("parse rule: %w", err)
	}
	return r, nil
}

// parseText parses a text and calls read with its root. It returns all mistakes, joined.
func parseText(text string, read func(d *flow.Decoder, n *flow.Node)) error {
	n, err := flow.Parse(text)
	if e := (*flow.Error)(nil); errors.As(err, &e) {
		return (*TextError)(e)
	}
	d := flow.NewDecoder(textFormat, text)
	read(d, n)
	var errs []error
	for _, e := range d.Errors {
		errs = append(errs, (*TextError)(e))
	}
	return errors.Join(errs...)
}

// readFault reads one pair of kind and parameters. before is the fault that the text already has,
// or nil.
func readFault(d *flow.Decoder, p flow.Pair, before Fault) Fault {
	f, ok := NewFault(p.Key.Text)
	if !ok {
		d.Errorf(p.Key, "unknown fault %s", flow.Quote(p.Key.Text)).Hint = suggest.Hint(p.Key.Text, Kinds())
		return before
	}
	if before != nil {
		d.Errorf(p.Key, "%s is a second fault beside %s: a rule has exactly one", p.Key.Text, before.Kind())
		return before
	}
	short, ok := f.(encoding.TextUnmarshaler)
	if !ok || p.Value.Kind != flow.Scalar {
		d.Value(p.Value, f)
		return f
	}
	if err := short.UnmarshalText([]byte(p.Value.Text)); err != nil {
		if fe := (*FieldError)(nil); errors.As(err, &fe) {
			d.Errorf(p.Value, "%s", fe.Message).Hint = fe.Hint // the column already says which field it is
		} else {
			d.Errorf(p.Value, "%v", err)
		}
	}
	return f
}

// readWindow reads a window of two times: [10s, 40s], or the same with since.
func readWindow(d *flow.Decoder, n *flow.Node, to any) {
	if n.Kind == flow.Mapping {
		readWindowSince(d, n, to.(*Window))
		return
	}
	if n.Kind != flow.Sequence || len(n.Items) != 2 {
		d.Errorf(n, "want a window of two times, like [10s, 40s]")
		return
	}
	w := to.(*Window)
	d.Value(n.Items[0], &w.From)
	d.Value(n.Items[1], &w.To)
	if *w == (Window{}) {
		d.Errorf(n, "the window is empty").Hint = "leave it out for always"
	}
}

// readWindowSince reads {since: start, from: 10s, to: 40s}.
func readWindowSince(d *flow.Decoder, n *flow.Node, to *Window) {
	var window struct {
		Since string        `yaml:"since"`
		From  time.Duration `yaml:"from"`
		To    time.Duration `yaml:"to"`
	}
	d.Fields(n, &window, func(p flow.Pair, fields []string) { d.Unknown(p.Key, "during", fields) })
	since := Since(window.Since)
	if window.Since == "added" {
		since = SinceAdded
	}
	*to = Window{From: window.From, To: window.To, Since: since}
	if to.From == 0 && to.To == 0 {
		d.Errorf(n, "the window is empty").Hint = "leave it out for always"
	}
}

// String returns the rule as one line that ParseRule reads back:
//
//	{match: {operation: PutObject}, times: 2, respond: {status: 503, code: SlowDown}}
func (r Rule) String() string {
	p := &flow.Printer{Format: textFormat}
	p.Write("{")
	p.Fields(reflect.ValueOf(r))
	if r.Fault != nil {
		writeFault(p, r.Fault)
	}
	p.Write("}")
	return p.String()
}

// String returns the match as text: {operation: PutObject, key: "*.bin"}.
func (m Match) String() string { return printValue(reflect.ValueOf(m)) }

func printValue(v reflect.Value) string {
	p := &flow.Printer{Format: textFormat}
	p.Value(v)
	return p.String()
}

// printFault returns the text of a fault; it is the String method of every fault.
func printFault(f Fault) string {
	p := &flow.Printer{Format: textFormat}
	writeFault(p, f)
	return p.String()
}

// writeFault writes the kind and the parameters of a fault. A fault with a short form is written as
// its one value.
func writeFault(p *flow.Printer, f Fault) {
	p.Field(f.Kind())
	v := reflect.Indirect(reflect.ValueOf(f))
	if _, short := f.(encoding.TextUnmarshaler); short && v.NumField() == 1 && !v.Field(0).IsZero() {
		v = v.Field(0)
	}
	p.Value(v)
}
