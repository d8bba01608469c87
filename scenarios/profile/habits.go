package profile

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// habits measures what else the client does between and after its attempts.
func (m *meter) habits() error {
	var rows []Row
	for _, habit := range []func() (Row, error){
		m.lastSleep, m.resumes, m.resends, m.paces, m.elapsed,
	} {
		row, err := habit()
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	m.profile.section("habits", rows...)
	return nil
}

// lastSleep measures whether a call ends later than its last attempt.
func (m *meter) lastSleep() (Row, error) {
	plays, err := m.play(calls[0].step, classes[0].always(calls[0].operation), 10)
	r := Row{Name: "sleep after the last attempt", Value: "none"}
	if err != nil {
		return r, err
	}
	longest := time.Duration(0)
	for _, p := range plays {
		if n := len(p.struck); n > 0 && len(p.result.Steps) == 1 {
			longest = max(longest, p.result.Steps[0].End-p.struck[n-1].End)
		}
	}
	// The proxy's and the client's ends of an exchange differ by less than a millisecond.
	if longest > 2*time.Millisecond {
		r.Value, r.Low, r.High = brief(longest), 0, longest.Seconds()
	}
	return r, nil
}

// resumes finds out how a download goes on after its body broke off.
func (m *meter) resumes() (Row, error) {
	plays, err := m.play(calls[0].step, once("close_early: {after_bytes: 32KiB}"), 1)
	r := Row{Name: "after half a body"}
	if err != nil {
		return r, err
	}
	requests := plays[0].operation(calls[0].operation)
	if len(requests) < 2 {
		r.Value = "gives up"
		return r, nil
	}
	next := requests[1]
	if next.Range == "" {
		r.Value = "begins again"
		return r, nil
	}
	r.Value, r.Note = "asks for the rest", "range "+next.Range
	if next.RequestHeader["If-Match"] != "" {
		r.Note += ", if the object is the same"
	}
	return r, nil
}

// operation returns the requests of an operation in order.
func (p play) operation(name string) []faultproxy.Record {
	var list []faultproxy.Record
	for _, r := range p.result.Journal {
		if r.Operation == name {
			list = append(list, r)
		}
	}
	slices.SortStableFunc(list, func(a, b faultproxy.Record) int { return cmp.Compare(a.At, b.At) })
	return list
}

// resends finds out whether the client's transport repeats a request on its own, on a kept-alive
// connection that died.
func (m *meter) resends() (Row, error) {
	steps := "{exists: {bucket: demo, key: k}}, " + calls[0].step
	plays, err := m.play(steps, strikes("operation: GetObject, reused: true", "times: 1", "idle_close: {}"), 1)
	r := Row{
		Name: "on a dead idle connection", Value: "not observable", Note: "the client does not reuse its connection",
	}
	if err != nil || len(plays[0].struck) == 0 && plays[0].result.FaultsFired() == 0 {
		return r, err
	}
	sends := plays[0].operation(calls[0].operation)
	r.Note = ""
	switch wait, ok := plays[0].afterFirst(); {
	case len(sends) == 1 && plays[0].result.Steps[1].Err != "":
		r.Value = "gives up"
	case !ok || wait < time.Millisecond:
		r.Value = "sends again at once"
	default:
		r.Value = "waits and tries again"
		r.Low, r.High = wait.Seconds(), wait.Seconds()
	}
	return r, nil
}

// paces finds out whether calls that succeed are slower after throttling.
func (m *meter) paces() (Row, error) {
	const throttled, after = 10, 20
	steps := repeated(throttled+after, calls[0].step)
	often := fmt.Sprintf("times: %d", throttled)
	plays, err := m.play(steps, strikes("operation: GetObject", often, classes[1].rule), 1)
	r := Row{Name: "pace after throttling", Value: "none"}
	if err != nil {
		return r, err
	}
	requests := plays[0].operation(calls[0].operation)
	longest := time.Duration(0)
	for i := 2; i < len(requests); i++ { // the wait before a success is the back-off, behind it the pace
		if before := requests[i-1]; !hit(&requests[i]) && !hit(&before) {
			longest = max(longest, requests[i].At-before.End)
		}
	}
	if longest > 2*time.Millisecond {
		r.Value = "calls wait up to " + brief(longest)
		r.Low, r.High = 0, longest.Seconds()
	}
	return r, nil
}

// elapsed finds the limit of time for a whole call, by attempts that are slow to fail.
func (m *meter) elapsed() (Row, error) {
	r := Row{Name: "time for a whole call", Value: "no limit seen"}
	usual := m.usual(classes[0].name)
	if usual == 0 {
		r.Value, r.Note = "not observable", "the client makes one attempt"
		return r, nil
	}
	for _, slow := range []time.Duration{5 * time.Second, 20 * time.Second, 2 * time.Minute, 20 * time.Minute} {
		fault := fmt.Sprintf("{name: slow, match: {operation: GetObject}, optional: true, chain: true, "+
			"latency: {delay: %s}}, %s",
			slow, classes[0].always(calls[0].operation))
		plays, err := m.play(calls[0].step, fault, 3)
		if err != nil {
			return r, err
		}
		for _, p := range plays {
			n := len(p.struck)
			if n == 0 || p.struck[0].End-p.struck[0].At < slow {
				r.Note = joined(r.Note, "attempts of "+brief(slow)+" are cut short")
				return r, nil
			}
			if n <= usual {
				end := p.struck[n-1].End
				r.Value = "between " + brief(p.struck[n-1].At) + " and " + brief(end+slow)
				r.Low, r.High = p.struck[n-1].At.Seconds(), (end + slow).Seconds()
				r.Note = fmt.Sprintf("%d attempts of %s", n, brief(slow))
				return r, nil
			}
		}
	}
	return r, nil
}
