package profile

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios"
)

// habits measures what else the client does between and after its attempts.
func (m *meter) habits() ([]Section, error) {
	sections := []Section{{Name: "habits"}}
	var probes []probe
	for _, habit := range []struct {
		name    string
		measure func() (Row, error)
	}{
		{lastSleep, m.lastSleep},
		{afterHalf, m.resumes},
		{onDeadConnection, m.resends},
		{pace, m.paces},
		{wholeCall, m.elapsed},
	} {
		probes = append(probes, probe{habit.name, &sections[0], func() ([]Row, error) {
			row, err := habit.measure()
			if row.Name = habit.name; err != nil {
				return nil, err
			}
			return []Row{row}, nil
		}})
	}
	return sections, m.all(probes)
}

// Names of the facts about habits.
const (
	lastSleep        = "sleep after the last attempt"
	afterHalf        = "after half a body"
	onDeadConnection = "on a dead idle connection"
	pace             = "pace after throttling"
	wholeCall        = "time for a whole call"
)

// lastSleep measures whether a call ends later than its last attempt. A program also needs time to
// end, as it does in calls without faults.
func (m *meter) lastSleep() (Row, error) {
	plays, err := m.play(calls[0].step, classes[0].always(calls[0].operation), m.few(10, 4))
	r := Row{Value: "none"}
	if err != nil {
		return r, err
	}
	var ends []time.Duration // from the last response to the end of the call
	for _, p := range plays {
		if n := len(p.struck); n > 0 && len(p.result.Steps) == 1 && !m.hung(p) {
			ends = append(ends, p.result.Elapsed-p.struck[n-1].End)
		}
	}
	usual := m.blur()
	if m.live != nil {
		usual += 2 * m.live.noise().tail
		r.Note = fmt.Sprintf("a call may end %s after its last response", brief(usual))
	}
	switch last := lastEnd(ends, m.live != nil); {
	case len(ends) == 0:
		return r, &undetermined{"no call failed while it was watched"}
	case last > usual:
		r.Value, r.Low, r.High = brief(last), 0, last.Seconds()
	}
	return r, nil
}

// lastEnd returns the longest of the times from a last response to the end of its call. In real
// time it returns the median: one call may end late because the machine was busy, but a client that
// sleeps does so in most calls.
func lastEnd(ends []time.Duration, live bool) time.Duration {
	if len(ends) == 0 {
		return 0
	}
	ends = slices.Sorted(slices.Values(ends))
	if live {
		return ends[(len(ends)-1)/2]
	}
	return ends[len(ends)-1]
}

// resumes finds out how a download goes on after its body broke off.
func (m *meter) resumes() (Row, error) {
	plays, err := m.play(calls[0].step, once("close_early: {after_bytes: 32KiB}"), 1)
	var r Row
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
	if m.live != nil { // commands have no answer to exists
		steps = repeated(2, calls[0].step)
	}
	fault := strikes("operation: GetObject, reused: true", "times: 1, optional: true", "idle_close: {}")
	plays, err := m.play(steps, fault, 1)
	r := Row{Value: "not observable", Note: "the client does not reuse its connection"}
	if err != nil || len(plays[0].struck) == 0 && plays[0].result.FaultsFired() == 0 {
		return r, err
	}
	sends := plays[0].operation(calls[0].operation)
	r.Note = ""
	switch wait, ok := plays[0].afterFirst(); {
	case len(sends) < m.few(2, 3) && plays[0].failed():
		r.Value = "gives up"
	case !ok || !m.waited(wait):
		r.Value = "sends again at once"
	default:
		r.Value = "waits and tries again"
		r.Low, r.High = wait.Seconds(), wait.Seconds()
	}
	return r, nil
}

// paces finds out whether calls that succeed are slower after throttling.
func (m *meter) paces() (Row, error) {
	if m.live != nil && !m.live.session {
		return Row{}, &undetermined{"each call is a process of its own"}
	}
	throttled, after := m.few(10, 5), 20
	steps := repeated(throttled+after, calls[0].step)
	often := fmt.Sprintf("times: %d", throttled)
	plays, err := m.play(steps, strikes("operation: GetObject", often, classes[1].rule), 1)
	r := Row{Value: "none"}
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
	if m.waited(longest) {
		r.Value = "calls wait up to " + brief(longest)
		r.Low, r.High = 0, longest.Seconds()
	}
	return r, nil
}

// elapsed finds the limit of time for a whole call, by attempts that are slow to fail.
func (m *meter) elapsed() (Row, error) {
	r := Row{Value: "no limit seen"}
	usual := m.schedules[0].retries()
	if usual == 0 {
		r = m.schedules[0].waitless()
		if r.Value == "none" {
			r.Value = "not observable"
		}
		return r, nil
	}
	for _, slow := range []time.Duration{5 * time.Second, 20 * time.Second, 2 * time.Minute, 20 * time.Minute} {
		if slow > m.never() {
			r.Note = joined(r.Note, "calls were watched for "+m.watched().String())
			break
		}
		fault := fmt.Sprintf("{name: slow, match: {operation: GetObject}, optional: true, chain: true, "+
			"latency: {delay: %s}}, %s",
			slow, classes[0].always(calls[0].operation))
		plays, err := m.play(calls[0].step, fault, m.few(3, 1))
		if err != nil {
			return r, err
		}
		for _, p := range plays {
			n := len(p.struck)
			if n == 0 || p.struck[0].End-p.struck[0].At < slow {
				r.Note = joined(r.Note, "attempts of "+brief(slow)+" are cut short")
				return r, nil
			}
			if n <= usual && !m.hung(p) {
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

// failed reports whether a step failed.
func (p play) failed() bool {
	return slices.ContainsFunc(p.result.Steps, func(s scenarios.StepResult) bool { return s.Err != "" })
}
