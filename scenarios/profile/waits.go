package profile

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/scenarios/profile/schedule"
)

// classes are the kinds of failures whose waits are measured apart.
var classes = []struct {
	name string
	failure
}{
	{"server error", failure{rule: "respond: {status: 500, code: InternalError}"}},
	{"throttling", failure{rule: "respond: {status: 503, code: SlowDown}"}},
	{"reset", failure{rule: "reset_peer: {at: response_head}"}},
	{"refused connection", failure{rule: "refuse: {}"}},
}

// How many calls are drilled to measure a schedule: first few, then twice as many until the base is
// read from enough waits for an error of about a half percent of the width of a window.
const (
	fewCalls    = 50
	mostCalls   = 800
	enoughWaits = 400
)

// waitsAfter begins the names of the sections about waits.
const waitsAfter = "waits after "

// waits tells the schedules. A class that waits like another one has the facts of that one.
func (m *meter) waits() ([]Section, error) {
	if m.live != nil {
		var err error
		if m.schedules, err = m.sampleAll(); err != nil {
			return nil, err
		}
	}
	m.profile.Schedules = m.schedules
	var sections []Section
	for i, s := range m.schedules {
		for _, known := range m.schedules {
			if known.Class == s.like {
				s = known
			}
		}
		sections = append(sections, Section{waitsAfter + m.schedules[i].Class, s.rows()})
	}
	return sections, nil
}

// measureSchedules measures the waits after each class of failures. A class whose few waits may be
// those of an earlier class is not measured further.
func (m *meter) measureSchedules() error {
	for _, class := range classes {
		s, err := m.schedule(class.name, class.failure, m.schedules)
		if err != nil {
			return err
		}
		m.schedules = append(m.schedules, s)
	}
	return nil
}

// schedule measures the waits of downloads that always meet one failure.
func (m *meter) schedule(class string, f failure, known []Schedule) (Schedule, error) {
	s := Schedule{Class: class}
	for {
		from := len(s.Calls)
		plays, err := m.playFrom(calls[0].step, f.always(calls[0].operation), from, max(fewCalls, 2*from))
		if err != nil {
			return s, err
		}
		for _, p := range plays {
			s.Calls = append(s.Calls, p.waits())
		}
		s.Reading = schedule.Read(s.Calls, 0)
		for _, k := range known {
			if k.like == "" && s.may(k) {
				s.like = k.Class
				return s, nil
			}
		}
		if s.Reading == nil || !s.random() || s.Reading.Waits >= enoughWaits || len(s.Calls) >= mostCalls {
			return s, nil
		}
	}
}

// may reports whether the schedules can be one: the windows of each can be those of the other.
func (s *Schedule) may(other Schedule) bool {
	if s.Reading == nil || other.Reading == nil || len(s.Reading.Windows) != len(other.Reading.Windows) {
		return s.Reading == nil && other.Reading == nil
	}
	for i, w := range s.Reading.Windows {
		o := other.Reading.Windows[i]
		if !overlap(w.Low, o.Low) || !overlap(w.High, o.High) {
			return false
		}
	}
	return true
}

// overlap reports whether intervals have a number in common.
func overlap(a, b schedule.Interval) bool { return a.Low <= b.High && b.Low <= a.High }

// random reports whether the waits differ from call to call.
func (s *Schedule) random() bool {
	return slices.ContainsFunc(s.Reading.Windows, func(w schedule.Window) bool { return w.Min != w.Max })
}

// column returns the i-th waits of all calls.
func column(calls [][]time.Duration, i int) []time.Duration {
	var waits []time.Duration
	for _, c := range calls {
		if i < len(c) {
			waits = append(waits, c[i])
		}
	}
	return waits
}

// waitless is the fact of a schedule without waits.
func (s *Schedule) waitless() Row {
	if s.why != "" {
		return Row{Name: "waits", Value: notDetermined, Note: s.why}
	}
	return Row{Name: "waits", Value: "none", Note: "the client makes one attempt"}
}

// longest returns the longest wait of all calls.
func (s *Schedule) longest() time.Duration {
	longest := time.Duration(0)
	for _, call := range s.Calls {
		longest = max(longest, slices.Max(append(call[:len(call):len(call)], 0)))
	}
	return longest
}

// rows are the facts of the schedule.
func (s *Schedule) rows() []Row {
	if s.Reading == nil {
		return []Row{s.waitless()}
	}
	var rows []Row
	for i, w := range s.Reading.Windows {
		rows = append(rows, windowRows(fmt.Sprintf("wait %d", i+1), w)...)
	}
	rows = append(rows,
		estimateRow("multiplier", s.Reading.Multiplier, number), estimateRow("cap", s.Reading.Cap, seconds))
	for _, law := range s.Reading.Laws {
		rows = append(rows, lawRow(law))
	}
	if len(s.Reading.Laws) == 0 {
		rows = append(rows, Row{Name: "jitter", Value: "unknown", Note: "the windows fit no known law"})
	}
	return rows
}

// Names of the two facts of a window.
const (
	atLeast = ", at least"
	atMost  = ", at most"
)

// windowRows tell where a wait lies. They are two facts, because each edge has its own interval.
func windowRows(name string, w schedule.Window) []Row {
	low := Row{Name: name + atLeast, Value: brief(w.Min), Low: w.Low.Low, High: w.Low.High}
	high := Row{Name: name + atMost, Value: brief(w.Max), Low: w.High.Low, High: w.High.High}
	if w.Uniform < 1e-3 {
		high.Note = fmt.Sprintf("not uniform: p %.1g", w.Uniform)
	}
	return []Row{low, high}
}

// estimateRow tells a number, or why it was not observed.
func estimateRow(name string, e schedule.Estimate, text func(float64) string) Row {
	if e.Unknown != "" {
		return Row{Name: name, Value: "not observable", Note: e.Unknown}
	}
	r := Row{Name: name, Value: text(e.Value), Low: e.Low, High: e.High}
	if e.Unless != "" {
		r.Note = "unless " + e.Unless
	}
	return r
}

// lawRow tells a law that explains the windows.
func lawRow(l schedule.Law) Row {
	base := estimateRow("", l.Base, seconds)
	words := []string{"base " + base.Value}
	if l.Ratio.Value != 0 && l.Ratio.Unknown == "" {
		words = append(words, "ratio "+number(l.Ratio.Value))
	}
	return Row{
		Name: "jitter " + l.Jitter, Value: strings.Join(words, ", "), Low: base.Low, High: base.High, Note: base.Note,
	}
}

// number prints a number in three digits.
func number(x float64) string { return fmt.Sprintf("%.3g", x) }

// seconds prints a number of seconds as a duration.
func seconds(x float64) string { return brief(time.Duration(x * float64(time.Second))) }

// brief prints a duration in at most four digits.
func brief(d time.Duration) string {
	for unit := time.Duration(1e12); unit > 1; unit /= 10 {
		if d >= unit*1000 {
			return d.Round(unit).String()
		}
	}
	return d.String()
}
