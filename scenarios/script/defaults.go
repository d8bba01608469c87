package script

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// The defaults of the format.
const (
	DefaultSeed         = 1
	DefaultTimeout      = 10 * time.Minute
	DefaultStartTimeout = time.Minute
)

// fillDefaults sets the values that the file leaves out.
func (s *Scenario) fillDefaults() {
	if !s.Has("seed") {
		s.Seed = DefaultSeed
	}
	if !s.Has("timeout") {
		s.Timeout = DefaultTimeout
	}
	if !s.Has("start_timeout") {
		s.StartTimeout = DefaultStartTimeout
	}
	if !s.Has("clock") {
		s.Clock = Virtual
		if s.Client.Run != nil {
			s.Clock = Real
		}
	}
	if sdk := s.Client.SDK; sdk != nil && sdk.Mode == "" {
		sdk.Mode = SDKStandard
	}
	number(s.Steps, "")
	s.trimWorkdir()
	s.Expect.fillDefaults()
	if s.Conformance != nil {
		s.Conformance.fillDefaults()
	}
	s.EachStep(func(step *Step) { step.Expect.fillDefaults() })
	s.declareBuckets()
}

func (e *Expect) fillDefaults() {
	for i := range e.Requests {
		if r := &e.Requests[i]; !r.Has("nth") {
			r.Nth = 1
		}
	}
}

// number sets the ID of every step.
func number(steps []Step, above string) {
	for i := range steps {
		steps[i].number(fmt.Sprint(above, i+1))
	}
}

func (s *Step) number(id string) {
	s.ID = id
	number(s.Parallel, id+".")
	if s.Repeat != nil {
		s.Repeat.Step.number(id + ".1")
	}
	if l := s.Load; l != nil {
		number(l.Steps, id+".")
		if l.Step != nil {
			l.Step.number(id + ".1")
		}
		if !l.Has("every") {
			l.Every = DefaultEvery
		}
		if l.Order == "" {
			l.Order = InTurn
		}
	}
}

// namedBuckets returns the buckets that objects, steps and intents name, in that order.
func (s *Scenario) namedBuckets() []string {
	var names []string
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, o := range s.Objects {
		add(o.Bucket)
	}
	s.EachStep(func(step *Step) {
		if step.Move != nil {
			add(step.Move.From.Bucket)
		}
		if step.Copy != nil {
			add(step.Copy.From.Bucket)
		}
		bucket, _ := step.Target()
		add(bucket)
	})
	s.eachIntent(func(i *Intent) {
		for _, bucket := range i.buckets() {
			add(bucket)
		}
	})
	return names
}

// EachStep calls f for every step in the order of the file. A step comes before the steps inside
// it.
func (s *Scenario) EachStep(f func(*Step)) {
	eachStep(s.Steps, f)
}

func eachStep(steps []Step, f func(*Step)) {
	for i := range steps {
		eachWithin(&steps[i], f)
	}
}

// eachWithin calls f for a step and for the steps inside it.
func eachWithin(s *Step, f func(*Step)) {
	f(s)
	eachStep(s.Parallel, f)
	if s.Repeat != nil {
		eachWithin(&s.Repeat.Step, f)
	}
	if s.Load != nil {
		eachStep(s.Load.Steps, f)
		if s.Load.Step != nil {
			eachWithin(s.Load.Step, f)
		}
	}
}

// idOf returns the path of a file without its extension.
func idOf(filename string) string {
	slashed := strings.ReplaceAll(filename, "\\", "/")
	return strings.TrimSuffix(strings.TrimSuffix(path.Clean(slashed), ".yaml"), ".yml")
}

// Undisturbed returns the scenario without its faults and without what else disturbs a client:
// signals, files that change, steps that change the rules, a full disk, and an S3 that breaks off.
func (s *Scenario) Undisturbed() *Scenario {
	quiet := *s
	quiet.Faults, quiet.Signal, quiet.ChangeFile, quiet.Disk, quiet.Server.Breaks = nil, nil, nil, nil, nil
	if s.changesRules() {
		quiet.Steps = withoutRules(s.Steps)
	}
	return &quiet
}

// Disturbed reports whether the scenario has anything that Undisturbed takes away.
func (s *Scenario) Disturbed() bool {
	return len(s.Faults)+len(s.Signal)+len(s.ChangeFile)+len(s.Server.Breaks) > 0 || s.Disk != nil || s.changesRules()
}
