package profile

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// silences are the ways to let a client wait, in the order of a connection's life.
var silences = []struct{ name, rule string }{
	{"to connect", strikes("", "times: 1", "connect_timeout: {}")},
	{"for the first byte", once("timeout: {}")},
	{"for the next byte", once("stall: {at: response_body, after_bytes: 1KiB, for: 5h}")},
}

// timeouts measures how long the client waits for a server that does not answer.
func (m *meter) timeouts() ([]Section, error) {
	m = m.at(urgent)
	sections := []Section{{Name: "timeouts"}}
	var probes []probe
	for i, s := range silences {
		probes = append(probes, probe{s.name, &sections[0], func() ([]Row, error) {
			plays, err := m.play(calls[0].step, s.rule, m.few(3, 1))
			if i == len(silences)-1 {
				return m.stallAndTotal(s.name, plays, err)
			}
			if err != nil {
				return nil, err
			}
			row, _ := m.patienceRow(s.name, plays)
			return []Row{row}, nil
		}})
	}
	return sections, m.all(probes)
}

// stallAndTotal tells how long the client waits for the next byte, and measures its limit for a
// whole attempt, which depends on that.
func (m *meter) stallAndTotal(name string, plays []play, err error) ([]Row, error) {
	if r, unknown := unanswered(name, err); unknown {
		return []Row{r, {Name: wholeAttempt, Value: r.Value, Note: r.Note}}, nil
	}
	if err != nil {
		return nil, err
	}
	row, stall := m.patienceRow(name, plays)
	total, err := m.total(stall)
	if r, unknown := unanswered(wholeAttempt, err); unknown {
		total, err = r, nil
	}
	return []Row{row, total}, err
}

// forever is the time after which a client in virtual time counts as waiting for ever.
const forever = 4 * time.Hour

// wholeAttempt is the name of the fact about the limit for an attempt.
const wholeAttempt = "for the whole attempt"

// patienceRow tells how long the struck attempts lasted.
func (m *meter) patienceRow(name string, plays []play) (Row, time.Duration) {
	r := Row{Name: name}
	var lasted []time.Duration
	for _, p := range plays {
		if len(p.struck) > 0 {
			lasted = append(lasted, m.lasted(p))
		}
	}
	if len(lasted) == 0 {
		r.Value = "not observable"
		r.Note = "no attempt met the fault"
		return r, 0
	}
	lo, hi := slices.Min(lasted), slices.Max(lasted)
	if lo >= m.never() {
		r.Value, r.Low, r.High = m.unlimited(), m.never().Seconds(), m.never().Seconds()
		if m.live != nil {
			r.High = math.Inf(1)
		}
		return r, 0
	}
	// The proxy notices the client's end a little later than the client decided on it.
	r.Value, r.Low, r.High = brief(hi), max(0, lo-m.blur()/2).Seconds(), hi.Seconds()
	return r, lo
}

// lasted returns how long the first attempt that was struck lasted. Some clients leave its
// connection open when they give up: then it lasted until the next request.
func (m *meter) lasted(p play) time.Duration {
	first := p.struck[0]
	if first.Done {
		return first.End - first.At
	}
	for _, r := range p.operation(first.Operation) {
		if r.At > first.At {
			return r.At - first.At
		}
	}
	return m.never()
}

// total measures the limit for a whole attempt, with a response that is slow but never silent for
// as long as the client has patience.
func (m *meter) total(stall time.Duration) (Row, error) {
	pause := 5 * time.Second
	if stall > 0 {
		pause = min(pause, stall/2)
	}
	const size = 64 << 10
	piece := max(1, int(float64(size)*pause.Seconds()/m.never().Seconds()))
	plays, err := m.play(calls[0].step, once(fmt.Sprintf("slicer: {size: %d, delay: %s}", piece, pause)), 1)
	if err != nil {
		return Row{}, err
	}
	row, _ := m.patienceRow(wholeAttempt, plays)
	row.Note = joined(row.Note, fmt.Sprintf("of a response in pieces, one every %s", brief(pause)))
	return row, nil
}
