package profile

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// hintForms are the headers in which a server says when to come back.
var hintForms = []struct {
	name string
	rule func(d time.Duration) string // the fields of `respond` beside status and code
}{
	{"Retry-After in seconds", func(d time.Duration) string { return fmt.Sprintf("retry_after: %s", d) }},
	{hintDate, func(d time.Duration) string { return fmt.Sprintf("retry_after: %s, retry_after_as: date", d) }},
	{"x-amz-retry-after in milliseconds", func(d time.Duration) string {
		return fmt.Sprintf("retry_after: %s, retry_after_as: milliseconds", d)
	}},
	{"Retry-After-Ms", func(d time.Duration) string {
		return fmt.Sprintf(`headers: {Retry-After-Ms: "%d"}`, d.Milliseconds())
	}},
}

// hintDate is the form that has whole seconds of the clock: a wait for it is up to a second longer.
const hintDate = "Retry-After as a date"

// longHints are tried in turn to find the longest hint that the client obeys.
var longHints = []time.Duration{
	5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute,
	20 * time.Minute, time.Hour,
}

// hints measures what the client makes of a server's word about the next attempt.
func (m *meter) hints() ([]Section, error) {
	own := column(m.schedules[1].Calls, 0) // the waits after throttling without a hint
	if len(own) == 0 {
		r := m.schedules[1].waitless()
		r.Name = "hints"
		return []Section{{"hints", []Row{r}}}, nil
	}
	sections := []Section{{Name: "hints"}}
	var probes []probe
	for _, form := range hintForms {
		probes = append(probes, probe{form.name, &sections[0], func() ([]Row, error) {
			row, obeyed, err := m.obedience(form.name, form.rule, own)
			if err != nil {
				return nil, err
			}
			if !obeyed {
				return []Row{row}, nil
			}
			longest, err := m.longest(form.name, form.rule)
			if r, unknown := unanswered(longest.Name, err); unknown {
				longest, err = r, nil
			}
			return []Row{row, longest}, err
		}})
	}
	return sections, m.all(probes)
}

// hinted plays calls whose first attempt is throttled with a hint, and returns their first waits,
// and whether any call was given up instead.
func (m *meter) hinted(
	rule func(time.Duration) string, hint time.Duration, seeds int,
) (waits []time.Duration, gaveUp bool, err error) {
	fault := fmt.Sprintf("respond: {status: 503, code: SlowDown, %s}", rule(hint))
	plays, err := m.play(calls[0].step, once(fault), seeds)
	if err != nil {
		return nil, false, err
	}
	for _, p := range plays {
		if wait, ok := p.afterFirst(); ok {
			waits = append(waits, wait)
		} else {
			gaveUp = true
		}
	}
	return waits, gaveUp, nil
}

// afterFirst returns the wait between the first attempt that was struck and the next request of the
// same operation.
func (p play) afterFirst() (time.Duration, bool) {
	if len(p.struck) == 0 {
		return 0, false
	}
	first := p.struck[0]
	for _, r := range p.result.Journal {
		if r.At >= first.End && r.Operation == first.Operation && r.Seq != first.Seq {
			return r.At - first.End, true
		}
	}
	return 0, false
}

// obedience compares the first wait with and without a hint, and reports whether the hint made a
// difference. The hint is longer than any wait of the client's own: in real time, where few of them
// are known, by more.
func (m *meter) obedience(name string, rule func(time.Duration) string, own []time.Duration) (Row, bool, error) {
	longest, ever := slices.Max(own), m.schedules[1].longest()
	hint := max(2*time.Second, (time.Duration(m.few(2, 4)) * longest).Round(time.Second))
	r := Row{Name: name, Note: fmt.Sprintf("the hint was %s", brief(hint))}
	if hint > m.never() {
		return r, false, &undetermined{fmt.Sprintf("a hint of %s is longer than is waited for", brief(hint))}
	}
	waits, gaveUp, err := m.hinted(rule, hint, m.few(30, 2))
	if err != nil || len(waits) == 0 {
		r.Value = "gives up"
		return r, false, err
	}
	lo, hi := slices.Min(waits), slices.Max(waits)
	r.Low, r.High = lo.Seconds(), hi.Seconds()
	early, late := m.slack()
	if name == hintDate {
		late += time.Second
		r.Note += ", and up to 1s to a whole second of the clock"
	}
	switch {
	case hi < hint-early && (hi <= longest*3/2 || m.live != nil && hi <= max(2*longest, ever)+late):
		r.Value, r.Low, r.High = "ignored", 0, 0
		return r, false, nil
	case hi < hint-early:
		r.Value = "shortened to " + brief(lo) + " to " + brief(hi)
	case lo < hint-early:
		r.Value = "taken for " + brief(lo) + " to " + brief(hi)
	case hi <= hint+late:
		r.Value = "obeyed exactly"
	default:
		r.Value = "obeyed, with " + brief(max(0, lo-hint)) + " to " + brief(hi-hint) + " on top"
	}
	if gaveUp {
		r.Note += "; some calls were given up"
	}
	return r, true, nil
}

// longest finds the longest hint that the client obeys, and what it does with longer ones.
func (m *meter) longest(name string, rule func(time.Duration) string) (Row, error) {
	r := Row{Name: name + ", at most"}
	hints := longHints
	if m.live != nil {
		hints = hints[:slices.IndexFunc(hints, func(d time.Duration) bool { return d > m.never() })]
	}
	early, _ := m.slack()
	for i, answer := range m.answers(rule, hints) {
		hint := hints[i]
		a := answer()
		if a.err != nil {
			return r, a.err
		}
		switch {
		case a.gaveUp || len(a.waits) == 0:
			r.Value = "gives up at " + brief(hint)
		case slices.Min(a.waits) < hint-early:
			hi := slices.Max(a.waits)
			r.Value, r.Low, r.High = brief(hi), slices.Min(a.waits).Seconds(), hi.Seconds()
			r.Note = "for a hint of " + brief(hint)
		default:
			continue
		}
		if i > 0 {
			r.Note = joined(r.Note, "obeys "+brief(hints[i-1]))
		}
		return r, nil
	}
	r.Value = "above " + brief(hints[len(hints)-1])
	return r, nil
}

// A hintAnswer is what the client made of a hint.
type hintAnswer struct {
	waits  []time.Duration
	gaveUp bool
	err    error
}

// answers returns a function for each hint that plays it. Those for a program play in parallel.
func (m *meter) answers(rule func(time.Duration) string, hints []time.Duration) []func() hintAnswer {
	var list []func() hintAnswer
	for _, hint := range hints {
		answer := sync.OnceValue(func() hintAnswer {
			waits, gaveUp, err := m.hinted(rule, hint, m.few(5, 1))
			return hintAnswer{waits, gaveUp, err}
		})
		list = append(list, answer)
		if m.live != nil {
			go answer()
		}
	}
	return list
}

// slack returns how much earlier and later than a wait ends the next request may arrive. In real
// time the proxy may see the end of an exchange after the client.
func (m *meter) slack() (early, late time.Duration) {
	if m.live != nil {
		return max(20*time.Millisecond, m.blur()/2), m.blur()
	}
	return 0, 0
}

// joined joins two notes.
func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}
