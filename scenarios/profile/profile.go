package profile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/profile/schedule"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// Options say which client to measure.
type Options struct {
	// Client is a client as [scenarios.Options] names it: "builtin", "sdk:adaptive", "rclone". A
	// program is measured in real time, with fewer drills.
	Client string
	// Spec is the client block of a scenario, with the policy to measure. Nil: the client's own.
	Spec *script.ClientSpec
	// NewClient makes the client in place of Client and Spec. Nil: they say it.
	NewClient func(scenarios.ClientConfig) (scenarios.Client, error)
	// About are the subjects to measure, of [Subjects]. Empty: all of them.
	About []string
	// Seed is the first of the seeds of the drills.
	Seed uint64
	// Workers is how many drills run at the same time. 0 means one for each processor, or eight if
	// Client is a program.
	Workers int
	// Budget bounds the real time in which a program is measured. 0 means [DefaultBudget].
	Budget time.Duration
}

// A Profile is what was measured of a client.
type Profile struct {
	Client   string
	Drills   int // that were played
	Sections []Section

	Schedules []Schedule // for a plot of the waits
}

// A Section is a group of facts, in the order of a table.
type Section struct {
	Name string
	Rows []Row
}

// A Row is one fact.
type Row struct {
	Name  string
	Value string // as people read it
	// Low and High are the interval in which the number lies, in the unit of Value; both are 0 for
	// a fact that is no number.
	Low, High float64
	Note      string // what else would look the same, or why there is no number
}

// A Schedule is the waits of one class of failures.
type Schedule struct {
	Class   string
	Calls   [][]time.Duration // the waits of each call
	Reading *schedule.Reading

	like string // the class that has the same schedule
	why  string // it was not measured; empty: it was
}

// A subject is a part of a profile. Some need the schedules, even if the caller did not ask for the
// waits.
type subject struct {
	name           string
	measure        func(*meter) ([]Section, error)
	needsSchedules bool
}

// subjects are in the order of the profile.
var subjects = []subject{
	{"attempts", (*meter).attempts, false},
	{"waits", (*meter).waits, true},
	{"hints", (*meter).hints, true},
	{"quota", (*meter).quota, true},
	{"timeouts", (*meter).timeouts, false},
	{"habits", (*meter).habits, true},
}

// Subjects returns the names of the parts of a profile.
func Subjects() []string {
	var names []string
	for _, s := range subjects {
		names = append(names, s.name)
	}
	return names
}

// Measure measures a client. The same client and seed give the same profile in virtual time. Its
// error says that the client could not be drilled at all.
func Measure(ctx context.Context, o Options) (*Profile, error) {
	m := &meter{ctx: ctx, options: o, profile: &Profile{Client: o.name()}}
	asked := slices.DeleteFunc(slices.Clone(subjects), func(s subject) bool {
		return len(o.About) > 0 && !slices.Contains(o.About, s.name)
	})
	if o.NewClient == nil && scenarios.IsProgram(o.Client) {
		return m.program(asked)
	}
	if err := m.works(); err != nil {
		return nil, err
	}
	for _, s := range asked {
		if s.needsSchedules && m.schedules == nil {
			if err := m.measureSchedules(); err != nil {
				return nil, err
			}
		}
		sections, err := s.measure(m)
		if err != nil {
			return nil, err
		}
		m.profile.Sections = append(m.profile.Sections, sections...)
	}
	return m.profile, nil
}

// name returns the client's name for the profile.
func (o *Options) name() string {
	switch {
	case o.NewClient != nil:
		return "custom"
	case o.Client != "":
		return o.Client
	case o.Spec != nil:
		return o.Spec.Kind()
	}
	return "builtin"
}

// Row returns the fact of a section, and whether the profile has it.
func (p *Profile) Row(section, name string) (Row, bool) {
	for _, s := range p.Sections {
		for _, r := range s.Rows {
			if s.Name == section && r.Name == name {
				return r, true
			}
		}
	}
	return Row{}, false
}

// works returns an error unless the client does its calls without faults.
func (m *meter) works() error {
	plays, err := m.play("{download: {bucket: demo, key: k}}, {upload: {bucket: demo, key: up, size: 1KiB}}", "", 1)
	if err != nil {
		return err
	}
	for _, p := range plays {
		if p.result.Verdict != scenarios.Pass {
			return fmt.Errorf("profile: the client fails without faults: %v", p.result.Reasons)
		}
	}
	return nil
}
