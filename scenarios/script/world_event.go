package script

import (
	"reflect"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// This file reads what happens to the client from outside while it works: signals to a program.

// Signal is sent to the program and to every process of its group. Exactly one of At and
// AfterRequests is set.
type Signal struct {
	strictyaml.Block `yaml:"-"`
	Send             SignalName    `yaml:"send,required"`
	At               time.Duration `yaml:"at,positive"`             // scenario time
	AfterRequests    int           `yaml:"after_requests,positive"` // when so many requests have arrived at the proxy
}

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
	stopped := strictyaml.Place{}
	for i := range s.Signal {
		one := &s.Signal[i]
		if !v.exactlyOne(&one.Block, "signal", "at", "after_requests") {
			continue
		}
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
