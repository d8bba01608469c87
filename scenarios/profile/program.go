package profile

import (
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/profile/schedule"
)

// This file measures a program: all subjects in parallel, after a first look at its waits, which
// some of them depend on. The rest of the budget goes into more samples of the waits.

// How many calls show the waits after one class of failures: at first, in each round, and at most.
// 60 samples of a uniform window find its edges to about two percent.
const (
	firstLook   = 3
	oneRound    = 10
	enoughCalls = 60
)

// program measures the subjects of a program.
func (m *meter) program(asked []subject) (*Profile, error) {
	var err error
	if m.live, err = newLive(m.ctx, m.options); err != nil {
		return nil, err
	}
	if err := m.at(urgent).runs(); err != nil {
		return nil, err
	}
	look := sync.OnceValues(m.at(urgent).look)
	sections, failures := make([][]Section, len(asked)), make([]error, len(asked))
	var all sync.WaitGroup
	for i, s := range asked {
		all.Go(func() {
			own := m.at(telling)
			if s.needsSchedules {
				own.schedules, failures[i] = look()
			}
			if failures[i] == nil {
				sections[i], failures[i] = s.measure(own)
			}
		})
	}
	all.Wait()
	if err := errors.Join(append(failures, m.ctx.Err())...); err != nil {
		return nil, err
	}
	m.profile.Drills = int(m.live.drills.Load())
	m.profile.Sections = append(slices.Concat(sections...), m.live.circumstances())
	return m.profile, nil
}

// runs returns an error unless the program downloads without faults, and notes the client's
// version. The first noise comes from this drill.
func (m *meter) runs() error {
	plays, err := m.play(calls[0].step, "", 1)
	if err != nil {
		return errors.Join(errors.New("profile: the program does not download without faults"), err)
	}
	r := plays[0].result
	if r.Verdict != scenarios.Pass {
		return errors.New("profile: the program fails without faults: " + why(r))
	}
	if r.ClientVersion != "" {
		m.profile.Client = r.Client + " " + r.ClientVersion
	}
	_, err = m.listen()
	return err
}

// look returns the waits of few calls after each class of failures.
func (m *meter) look() ([]Schedule, error) {
	schedules, failures := make([]Schedule, len(classes)), make([]error, len(classes))
	var all sync.WaitGroup
	for i, class := range classes {
		all.Go(func() {
			s := &schedules[i]
			s.Class = class.name
			failures[i] = m.sample(s, class.failure, firstLook)
		})
	}
	all.Wait()
	return schedules, errors.Join(failures...)
}

// sample adds the waits of so many calls to a schedule. A schedule without any says why.
func (m *meter) sample(s *Schedule, f failure, n int) error {
	plays, err := m.playFrom(calls[0].step, f.always(calls[0].operation), len(s.Calls), len(s.Calls)+n)
	for _, p := range plays {
		if p.result != nil {
			s.Calls = append(s.Calls, p.waits())
		}
	}
	if r, unknown := unanswered("", err); unknown {
		err = nil
		if len(s.Calls) == 0 {
			s.why = r.Note
		}
	}
	s.Reading = schedule.Read(s.Calls, m.live.noise().floor())
	return err
}

// sampleAll goes on with samples of all classes that wait until there are enough, or the budget is
// used up. The noise is that of the same time.
func (m *meter) sampleAll() ([]Schedule, error) {
	schedules, failures := slices.Clone(m.schedules), make([]error, len(m.schedules)+1)
	m = m.at(samples)
	var heard noise
	var all sync.WaitGroup
	for i := range schedules {
		s := &schedules[i]
		all.Go(func() {
			for failures[i] == nil && s.Reading != nil && len(s.Calls) < enoughCalls && m.live.left() {
				failures[i] = m.sample(s, classes[i].failure, oneRound)
				n, err := m.listen()
				failures[i] = errors.Join(failures[i], err)
				m.live.mu.Lock()
				heard = heard.and(n)
				m.live.mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(heard.gaps) == 0 {
		heard = m.live.noise()
	}
	for i := range schedules {
		s := &schedules[i]
		s.Calls = settled(s.Calls, heard.floor())
		s.Reading = schedule.Read(s.Calls, heard.floor())
		for _, known := range schedules[:i] {
			if known.like == "" && len(s.Calls) >= oneRound && s.Reading != nil && s.may(known) {
				s.like = known.Class
				break
			}
		}
	}
	return schedules, errors.Join(failures...)
}

// left reports whether the budget is not used up.
func (l *live) left() bool { return time.Now().Before(l.end) }

// circumstances are what a reader must know to judge the facts of a program.
func (l *live) circumstances() Section {
	noise := l.noise().row()
	return Section{"measurement in real time", []Row{
		noise,
		{Name: "waits are watched for", Value: brief(patience), Low: patience.Seconds(), High: patience.Seconds()},
	}}
}
