package script

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// This file reads what happens to the client from outside while it works: signals to a program.

// Signal is sent to the program and to every process of its group. Exactly one of At, AfterRequests
// and HeldBy is set.
type Signal struct {
	strictyaml.Block `yaml:"-"`
	Send             SignalName    `yaml:"send,required"`
	At               time.Duration `yaml:"at,positive"`             // scenario time
	AfterRequests    int           `yaml:"after_requests,positive"` // when so many requests have arrived
	HeldBy           string        `yaml:"held_by"`                 // when this rule holds its first exchange
	HeldFor          time.Duration `yaml:"held_for,positive"`       // how long the rule has held it then
	// RunAgain runs the same command again after the signal has ended the program. The drill judges
	// what the second run leaves.
	RunAgain bool `yaml:"run_again"`
}

// Holding are the kinds of faults that hold an exchange: nothing of it moves while they wait.
var Holding = []string{"timeout", "latency", "stall"}

// Signals are the signals of a drill: one, or a list.
type Signals []Signal

// SignalName names a signal without its SIG.
type SignalName string

// The signals.
const (
	SignalInt  SignalName = "INT"
	SignalTerm SignalName = "TERM"
	SignalKill SignalName = "KILL"
	SignalStop SignalName = "STOP"
	SignalCont SignalName = "CONT"
)

// decodeNode reads one signal or a list of signals.
func (s *Signals) decodeNode(d *strictyaml.Decoder, n *yaml.Node, path string) bool {
	return oneOrMore(d, n, (*[]Signal)(s), path)
}

// oneOrMore reads a list, or one value in place of a list with one.
func oneOrMore[T any](d *strictyaml.Decoder, n *yaml.Node, list *[]T, path string) bool {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	*list = make([]T, len(items))
	sound := true
	for i, item := range items {
		sound = d.Decode(item, reflect.ValueOf(&(*list)[i]).Elem(), path) && sound
	}
	return sound
}

func (v *validator) signals() {
	s := v.s
	if !s.Has("signal") {
		return
	}
	if s.Client.Decoded() && !s.Client.Has("run") {
		v.Add(s.KeySpan("signal"), "", "signal: it applies to a run client only")
		return
	}
	if s.Understood("signal") && len(s.Signal) == 0 {
		v.Add(s.ValueSpan("signal"), "leave it out", "signal: the list is empty")
	}
	stopped, again := strictyaml.Place{}, false
	for i := range s.Signal {
		one := &s.Signal[i]
		if !v.exactlyOne(&one.Block, "signal", "at", "after_requests", "held_by") {
			continue
		}
		v.heldBy(one)
		again = v.runAgain(one, again)
		if one.Understood("at") && one.At >= s.Timeout {
			v.Add(one.ValueSpan("at"), "", "signal.at: %v: want less than the timeout of %v", one.At, s.Timeout)
		}
		switch one.Send {
		case SignalStop:
			stopped = one.Place
		case SignalCont, SignalKill:
			stopped = strictyaml.Place{}
		}
	}
	if stopped != (strictyaml.Place{}) {
		v.Warn(strictyaml.Span{Place: stopped}, "send CONT or KILL after it", "signal: after STOP the program hangs")
	}
}

// heldBy checks that the signal names a rule that can hold an exchange.
func (v *validator) heldBy(one *Signal) {
	if one.Has("held_for") && !one.Has("held_by") {
		v.Add(one.KeySpan("held_for"), "", "signal.held_for: it needs held_by")
	}
	if !one.Understood("held_by") {
		return
	}
	var names []string
	for i := range v.s.Faults {
		rule := &v.s.Faults[i].Rule
		switch {
		case rule.Fault == nil: // not understood, which is reported already
			return
		case rule.Name != "":
			names = append(names, rule.Name)
		}
		if rule.Name == one.HeldBy && rule.Name != "" && !slices.Contains(Holding, rule.Fault.Kind()) {
			v.Add(one.ValueSpan("held_by"), "", "signal.held_by: %s holds no exchange: want a rule with %s or %s",
				rule.Fault.Kind(), strings.Join(Holding[:len(Holding)-1], ", "), Holding[len(Holding)-1])
		}
	}
	v.known(one.ValueSpan("held_by"), one.HeldBy, names, "signal.held_by", "rule")
}

// runAgain checks that the signal ends the program, and that no signal before it runs it again.
func (v *validator) runAgain(one *Signal, before bool) bool {
	if !one.RunAgain {
		return before
	}
	switch one.Send {
	case SignalStop, SignalCont:
		v.Add(one.KeySpan("run_again"), "", "signal.run_again: %s does not end the program: want INT, TERM or KILL",
			one.Send)
	case SignalInt, SignalTerm, SignalKill:
		if before {
			v.Add(one.KeySpan("run_again"), "", "signal.run_again: two signals have it: a program runs again once")
		}
	}
	return true
}
