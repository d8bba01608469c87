package profile

import (
	"fmt"
	"math"
	"slices"
)

// exhausting is the number of calls that all fail, to use up a retry quota.
const exhausting = 150

// How many successes follow, to see what they give back: at first, and at most.
const (
	firstRefill = 100
	mostRefill  = 2000
)

// quota measures the quota that the retries of all calls share: how many retries it grants to calls
// that all fail, and how many successes earn one more. The unit is what one success gives back.
func (m *meter) quota() ([]Section, error) {
	sections := []Section{{Name: "quota"}}
	var probes []probe
	for _, class := range classes[:2] {
		probes = append(probes, probe{class.name, &sections[0], func() ([]Row, error) {
			return m.quotaOf(class.name, class.failure)
		}})
	}
	return sections, m.all(probes)
}

// quotaOf measures the quota of one class of failures.
func (m *meter) quotaOf(name string, f failure) ([]Row, error) {
	s := m.scheduleOf(name)
	each := s.retries()
	if each < 1 {
		r := s.waitless()
		r.Name = name
		return []Row{r}, nil
	}
	if m.live != nil && !m.live.session {
		return nil, &undetermined{"each call is a process of its own"}
	}
	retries, calls, err := m.exhaust(f)
	if err != nil {
		return nil, err
	}
	if retries >= each*calls {
		all := fmt.Sprintf("%d calls that failed made all their %d retries", calls, retries)
		if m.live != nil { // a larger quota may end later
			more := fmt.Sprintf("> %d retries", retries)
			return []Row{{Name: name, Value: more, Low: float64(retries), High: math.Inf(1), Note: all}}, nil
		}
		return []Row{{Name: name, Value: "none", Note: all}}, nil
	}
	rows := []Row{{
		Name: name, Value: fmt.Sprintf("%d retries", retries), Low: float64(retries), High: float64(retries),
		Note: fmt.Sprintf("%d calls that failed made %d attempts", calls, calls+retries),
	}}
	cost, err := m.costs(name, f, retries)
	if r, unknown := unanswered(name+costOf, err); unknown {
		cost, err = []Row{r}, nil
	}
	return append(rows, cost...), err
}

// costOf ends the name of the fact about the price of a retry.
const costOf = ", cost of a retry"

// scheduleOf returns the schedule of a class.
func (m *meter) scheduleOf(class string) *Schedule {
	i := slices.IndexFunc(m.schedules, func(s Schedule) bool { return s.Class == class })
	return &m.schedules[i]
}

// retries returns how many retries a call alone has.
func (s *Schedule) retries() int {
	if len(s.Calls) == 0 {
		return 0
	}
	return len(s.Calls[0])
}

// exhaust counts the retries of calls that follow each other and always fail.
func (m *meter) exhaust(f failure) (retries, failed int, err error) {
	plays, err := m.play(repeated(exhausting, calls[0].step), f.always(calls[0].operation), 1)
	if err != nil {
		return 0, 0, err
	}
	failed, struck := plays[0].downloads(), len(plays[0].struck)
	if m.hung(plays[0]) && failed > 1 { // its last call was cut short
		failed, struck = failed-1, struck-plays[0].lastAttempts()
	}
	return struck - failed, failed, nil
}

// lastAttempts returns the attempts of the last download.
func (p play) lastAttempts() int {
	for _, s := range slices.Backward(p.result.Steps) {
		if s.Operation == "download" && s.Attempts > 0 {
			return s.Attempts
		}
	}
	return 0
}

// repeated returns a step that takes another one several times.
func repeated(times int, step string) string {
	return fmt.Sprintf("{repeat: {times: %d, step: %s}}", times, step)
}

// downloads returns how many downloads made a request.
func (p play) downloads() int {
	n := 0
	for _, s := range p.result.Steps {
		if s.Operation == "download" && s.Attempts > 0 {
			n++
		}
	}
	return n
}

// costs measure what a retry costs and how much the quota holds. They look for the number of
// successes that almost fills the quota up, because it tells the cost best.
func (m *meter) costs(name string, f failure, retries int) ([]Row, error) {
	successes := firstRefill
	earned, err := m.refill(f, retries, successes)
	for err == nil && earned >= retries && successes > 1 {
		successes /= 4
		earned, err = m.refill(f, retries, successes)
	}
	better := successes * retries * 9 / 10 / (earned + 1)
	if err == nil && better > successes && better <= mostRefill {
		successes = better
		earned, err = m.refill(f, retries, successes)
	}
	if err != nil {
		return nil, err
	}
	return costRows(name, retries, successes, earned), nil
}

// refill counts the retries that successes have earned after the quota was used up.
func (m *meter) refill(f failure, retries, successes int) (earned int, err error) {
	fail := repeated(exhausting, calls[0].step)
	steps := fail + ", " + repeated(successes, "{exists: {bucket: demo, key: k}}") + ", " + fail
	plays, err := m.play(steps, f.always(calls[0].operation), 1)
	if err != nil {
		return 0, err
	}
	return len(plays[0].struck) - plays[0].downloads() - retries, nil
}

// costRows tell the cost of a retry, if successes fill the quota up again.
func costRows(name string, retries, successes, earned int) []Row {
	cost := Row{Name: name + costOf}
	capacity := Row{Name: name + ", capacity"}
	switch n := float64(successes); {
	case earned <= 0:
		cost.Value = "not observable"
		cost.Note = fmt.Sprintf("%d successes earned no retry", successes)
		capacity.Value, capacity.Note = cost.Value, cost.Note
	case earned >= retries:
		cost.Value = fmt.Sprintf("at most %.3g successes", n/float64(earned))
		cost.Note = fmt.Sprintf("%d successes filled the quota up", successes)
		capacity.Value, capacity.Note = "not observable", cost.Note
	default:
		cost.Low, cost.High = n/float64(earned+1), n/float64(earned)
		cost.Value = fmt.Sprintf("%.3g to %.3g successes", cost.Low, cost.High)
		cost.Note = fmt.Sprintf("%d successes earned %d retries", successes, earned)
		capacity.Low, capacity.High = cost.Low*float64(retries), cost.High*float64(retries+1)
		capacity.Value = fmt.Sprintf("%.0f to %.0f successes", capacity.Low, capacity.High)
	}
	return []Row{cost, capacity}
}
