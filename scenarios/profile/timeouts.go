package profile

import (
	"fmt"
	"slices"
	"time"
)

// patience are the ways to let a client wait, in the order of a connection's life.
var patience = []struct{ name, rule string }{
	{"to connect", strikes("", "times: 1", "connect_timeout: {}")},
	{"for the first byte", once("timeout: {}")},
	{"for the next byte", once("stall: {at: response_body, after_bytes: 1KiB, for: 5h}")},
}

// timeouts measures how long the client waits for a server that does not answer.
func (m *meter) timeouts() error {
	var rows []Row
	stall := time.Duration(0)
	for _, p := range patience {
		plays, err := m.play(calls[0].step, p.rule, 3)
		if err != nil {
			return err
		}
		row, waited := patienceRow(p.name, plays)
		rows = append(rows, row)
		stall = waited
	}
	total, err := m.total(stall)
	if err != nil {
		return err
	}
	m.profile.section("timeouts", append(rows, total)...)
	return nil
}

// never is the time after which a client counts as waiting for ever.
const never = 4 * time.Hour

// patienceRow tells how long the struck attempts lasted.
func patienceRow(name string, plays []play) (Row, time.Duration) {
	r := Row{Name: name}
	var lasted []time.Duration
	for _, p := range plays {
		if len(p.struck) > 0 {
			lasted = append(lasted, p.struck[0].End-p.struck[0].At)
		}
	}
	if len(lasted) == 0 {
		r.Value = "not observable"
		r.Note = "no attempt met the fault"
		return r, 0
	}
	lo, hi := slices.Min(lasted), slices.Max(lasted)
	if lo >= never {
		r.Value, r.Low, r.High = "no limit", never.Seconds(), never.Seconds()
		return r, 0
	}
	// The proxy notices the client's end a little later than the client decided on it.
	r.Value, r.Low, r.High = brief(hi), (lo - time.Millisecond).Seconds(), hi.Seconds()
	return r, lo
}

// total measures the limit for a whole attempt, with a response that is slow but never silent for
// as long as the client has patience.
func (m *meter) total(stall time.Duration) (Row, error) {
	pause := 5 * time.Second
	if stall > 0 {
		pause = min(pause, stall/2)
	}
	const size = 64 << 10
	piece := max(1, int(float64(size)*pause.Seconds()/never.Seconds()))
	plays, err := m.play(calls[0].step, once(fmt.Sprintf("slicer: {size: %d, delay: %s}", piece, pause)), 1)
	if err != nil {
		return Row{}, err
	}
	row, _ := patienceRow("for the whole attempt", plays)
	row.Note = joined(row.Note, fmt.Sprintf("of a response in pieces, one every %s", brief(pause)))
	return row, nil
}
