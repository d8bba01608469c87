package profile

import (
	"errors"
	"sync"
)

// A probe measures facts about one thing. Probes do not depend on each other.
type probe struct {
	name    string
	section *Section
	measure func() ([]Row, error)
}

// An undetermined fact is an error that says why a probe gave no answer.
type undetermined struct{ why string }

func (e *undetermined) Error() string { return e.why }

// notDetermined is the value of a fact that the probe of a program could not tell.
const notDetermined = "not determined"

// all adds the facts of the probes to their sections, in order. Those of a program run in parallel.
func (m *meter) all(probes []probe) error {
	rows, failures := make([][]Row, len(probes)), make([]error, len(probes))
	var all sync.WaitGroup
	for i, p := range probes {
		one := func() {
			rows[i], failures[i] = p.measure()
			if r, unknown := unanswered(p.name, failures[i]); unknown {
				rows[i], failures[i] = append(rows[i], r), nil
			}
		}
		if m.live != nil {
			all.Go(one)
			continue
		}
		if one(); failures[i] != nil {
			return failures[i]
		}
	}
	all.Wait()
	for i, p := range probes {
		p.section.Rows = append(p.section.Rows, rows[i]...)
	}
	return errors.Join(failures...)
}

// unanswered returns the fact that a probe gave no answer, if that is what the error says.
func unanswered(name string, err error) (Row, bool) {
	if u, ok := errors.AsType[*undetermined](err); ok {
		return Row{Name: name, Value: notDetermined, Note: u.why}, true
	}
	return Row{}, false
}
