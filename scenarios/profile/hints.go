package profile

import (
	"fmt"
	"slices"
	"time"
)

// hintForms are the headers in which a server says when to come back.
var hintForms = []struct {
	name string
	rule func(d time.Duration) string // the fields of `respond` beside status and code
}{
	{"Retry-After in seconds", func(d time.Duration) string { return fmt.Sprintf("retry_after: %s", d) }},
	{"x-amz-retry-after in milliseconds", func(d time.Duration) string {
		return fmt.Sprintf(`headers: {x-amz-retry-after: "%d"}`, d.Milliseconds())
	}},
	{"Retry-After-Ms", func(d time.Duration) string {
		return fmt.Sprintf(`headers: {Retry-After-Ms: "%d"}`, d.Milliseconds())
	}},
}

// longHints are tried in turn to find the longest hint that the client obeys.
var longHints = []time.Duration{
	5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute,
	20 * time.Minute, time.Hour,
}

// hints measures what the client makes of a server's word about the next attempt.
func (m *meter) hints() error {
	own := column(m.schedules[1].Calls, 0) // the waits after throttling without a hint
	if len(own) == 0 {
		m.profile.section("hints", Row{Name: "hints", Value: "none", Note: "the client makes one attempt"})
		return nil
	}
	var rows []Row
	for _, form := range hintForms {
		row, obeyed, err := m.obedience(form.name, form.rule, own)
		if err != nil {
			return err
		}
		rows = append(rows, row)
		if !obeyed {
			continue
		}
		longest, err := m.longest(form.name, form.rule)
		if err != nil {
			return err
		}
		rows = append(rows, longest)
	}
	m.profile.section("hints", rows...)
	return nil
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

// obedience compares the first wait with and without a hint. The hint is longer than any wait of
// the client's own.
func (m *meter) obedience(name string, rule func(time.Duration) string, own []time.Duration) (Row, bool, error) {
	const seeds = 30
	hint := max(2*time.Second, (2 * slices.Max(own)).Round(time.Second))
	waits, gaveUp, err := m.hinted(rule, hint, seeds)
	r := Row{Name: name, Note: fmt.Sprintf("the hint was %s", brief(hint))}
	if err != nil || len(waits) == 0 {
		r.Value = "gives up"
		return r, false, err
	}
	lo, hi := slices.Min(waits), slices.Max(waits)
	r.Low, r.High = lo.Seconds(), hi.Seconds()
	switch {
	case hi <= slices.Max(own)+slices.Max(own)/2 && hi < hint:
		r.Value, r.Low, r.High = "ignored", 0, 0
		return r, false, nil
	case hi < hint:
		r.Value = "shortened to " + brief(lo) + " to " + brief(hi)
	case lo < hint:
		r.Value = "taken for " + brief(lo) + " to " + brief(hi)
	case lo == hint && hi == hint:
		r.Value = "obeyed exactly"
	default:
		r.Value = "obeyed, with " + brief(lo-hint) + " to " + brief(hi-hint) + " on top"
	}
	if gaveUp {
		r.Note += "; some calls were given up"
	}
	return r, true, nil
}

// longest finds the longest hint that the client obeys, and what it does with longer ones.
func (m *meter) longest(name string, rule func(time.Duration) string) (Row, error) {
	r := Row{Name: name + ", at most"}
	for i, hint := range longHints {
		waits, gaveUp, err := m.hinted(rule, hint, 5)
		if err != nil {
			return r, err
		}
		switch {
		case gaveUp || len(waits) == 0:
			r.Value = "gives up at " + brief(hint)
		case slices.Min(waits) < hint:
			hi := slices.Max(waits)
			r.Value, r.Low, r.High = brief(hi), slices.Min(waits).Seconds(), hi.Seconds()
			r.Note = "for a hint of " + brief(hint)
		default:
			continue
		}
		if i > 0 {
			r.Note = joined(r.Note, "obeys "+brief(longHints[i-1]))
		}
		return r, nil
	}
	r.Value = "above " + brief(longHints[len(longHints)-1])
	return r, nil
}

// joined joins two notes.
func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}
