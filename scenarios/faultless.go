package scenarios

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file proves that a foreign client can do the work of a drill when nothing goes wrong. A
// client that always fails would otherwise pass every drill that allows an honest failure, and a
// client that does the work otherwise would be accused of what the faults did not cause.

// proofs remembers what one client did without faults.
type proofs struct {
	mu    sync.Mutex
	known map[string]string // by kind of step: why the client fails; empty if it succeeds
	whole map[string]string // by id of a scenario: why the client fails its work, or empty
}

func newProofs() *proofs {
	return &proofs{known: make(map[string]string), whole: make(map[string]string)}
}

// faultlessTimeout bounds work without faults. It is generous: interpreters start slowly on a busy
// machine.
const faultlessTimeout = time.Minute

// of returns why the foreign client of the options fails the scenario's work without faults, or "".
// It plays the work only if it has a kind of step that the client has not yet taken.
func (p *proofs) of(ctx context.Context, s *Scenario, o Options) string {
	kinds := o.kindsOfWork(s)
	p.mu.Lock()
	defer p.mu.Unlock()
	if slices.ContainsFunc(kinds, func(kind string) bool { _, known := p.known[kind]; return !known }) {
		if why := p.prove(ctx, faultless(s), o); why != "" {
			return why
		}
	}
	for _, kind := range kinds {
		if why := p.known[kind]; why != "" {
			return why
		}
	}
	return ""
}

// against returns why a finding of the scenario does not count: the foreign client fails the same
// work without faults. It returns "" if the finding counts.
func (p *proofs) against(ctx context.Context, s *Scenario, o Options) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if why, played := p.whole[s.ID]; played {
		return why
	}
	return p.prove(ctx, faultless(s), o)
}

// prove plays the work of a scenario without faults, and returns why the client fails it, or "". It
// records the result of each kind of step. A step that the builtin client cannot take either proves
// nothing. A failure of the whole is not recorded for its kinds of step: another scenario may not
// show it.
func (p *proofs) prove(ctx context.Context, s *Scenario, o Options) (why string) {
	o.Repeat, o.Timeout, o.inspect = 1, 0, nil
	o.faultless = true
	began := time.Now()
	r := play(ctx, s, o)
	if r.interrupted || r.Verdict == Skip {
		return ""
	}
	if r.Verdict != Pass && o.strain != nil && o.strain(began).cannotJudge(s.Conformance.Within) != "" {
		return "" // the machine is too slow to tell: the next drill tries again
	}
	defer func() { p.whole[s.ID] = why }()
	reference := r
	if len(s.Steps) > 0 {
		own := Options{Seed: o.Seed, Workdir: o.Workdir, WrapUpstream: o.WrapUpstream}
		dressed := *s
		dressed.Client = script.ClientSpec{Block: s.Client.Block, Builtin: &script.Builtin{}}
		reference = play(ctx, &dressed, own)
	}
	whole := wholeFailure(r)
	if o.command() {
		for _, kind := range o.kindsOfWork(s) {
			p.known[kind] = whole
		}
		return whole
	}
	why = whole
	steps := make(map[string]*script.Step)
	s.EachStep(func(step *script.Step) { steps[step.ID] = step })
	for i, result := range r.Steps {
		step := steps[result.ID]
		if step == nil {
			continue // a turn of a repeat or a load, which its parent counts
		}
		could := i < len(reference.Steps) && reference.Steps[i].Outcome == script.Success
		if result.Outcome != script.Success && could {
			failed := fmt.Sprintf("step %s (%s): %s", result.ID, result.Operation, result.Err)
			why = cmp.Or(why, failed)
			kind := kindOf(step)
			p.known[kind] = cmp.Or(p.known[kind], failed)
		}
	}
	if whole != "" {
		return why
	}
	for _, kind := range o.kindsOfWork(s) {
		if _, known := p.known[kind]; !known {
			p.known[kind] = ""
		}
	}
	return why
}

// wholeFailure returns why a result without faults proves nothing good about its client, or "". The
// outcomes of its steps are judged apart.
func wholeFailure(r *Result) string {
	for _, reason := range r.Reasons {
		if reason.Kind != "outcome" && r.Verdict != Vacuous && r.Verdict != Pass {
			return reason.String()
		}
	}
	if len(r.Steps) == 1 && r.Steps[0].Operation == "run" && r.Steps[0].Outcome != script.Success {
		return r.Steps[0].Err
	}
	return ""
}

// faultless returns the scenario without faults and without anything else that may keep a client
// from success. Objects that steps read are there.
func faultless(s *Scenario) *Scenario {
	easy := *s.Undisturbed()
	easy.Server, easy.Client.Credentials = script.Server{}, nil
	easy.Expect = script.Expect{Outcome: script.Any}
	requests := script.AtMost(maxExchanges)
	easy.Conformance = &script.Conformance{
		Level: script.Info, Outcome: script.Any, Requests: &requests, Within: faultlessTimeout,
	}
	if c := s.Conformance; c != nil {
		easy.Conformance.Within = min(faultlessTimeout, c.Within)
	}
	easy.Objects = slices.Clone(s.Objects)
	easy.Steps = easySteps(easy.Steps)
	written := make(map[place]bool)
	for _, o := range s.Objects {
		written[place{o.Bucket, o.Key}] = !o.Deleted
	}
	s.EachStep(func(step *script.Step) {
		if bucket, key := step.Target(); namesVersion(step) {
			written[place{bucket, key}] = true // the versions are there, also behind a delete marker
		}
		if step.Copy != nil && step.Copy.From.Version > 0 {
			written[place{step.Copy.From.Bucket, step.Copy.From.Key}] = true
		}
	})
	easy.EachStep(func(step *script.Step) {
		for _, at := range readBy(step) {
			if !written[at] {
				easy.Objects = append(slices.DeleteFunc(easy.Objects, func(o script.Object) bool {
					return o.Bucket == at.bucket && o.Key == at.key // a deleted one
				}), script.Object{Bucket: at.bucket, Key: at.key, Size: 1 << 10})
				written[at] = true
			}
		}
		if bucket, key := step.Target(); key != "" {
			written[place{bucket, key}] = true
		}
	})
	for _, o := range easy.Objects {
		if !slices.Contains(easy.Buckets, o.Bucket) {
			easy.Buckets = append(slices.Clone(easy.Buckets), o.Bucket)
		}
	}
	return &easy
}

// easySteps returns copies of the steps without rests, deadlines and expectations. The steps keep
// their numbers: a change of rules that changes nothing takes the place of a rest.
func easySteps(steps []script.Step) []script.Step {
	easy := make([]script.Step, len(steps))
	for i, step := range steps {
		step.Deadline, step.CancelAfter, step.Expect = 0, 0, script.Expect{}
		switch {
		case step.Wait > 0:
			step.Wait, step.Rules = 0, &script.Rules{}
		case step.Parallel != nil:
			step.Parallel = easySteps(step.Parallel)
		case step.Repeat != nil:
			repeat := *step.Repeat
			repeat.Step = easySteps([]script.Step{repeat.Step})[0]
			step.Repeat = &repeat
		case step.Get != nil:
			get := *step.Get
			get.Pause = 0
			step.Get = &get
		}
		easy[i] = step
	}
	return easy
}

// namesVersion reports whether the step reads or deletes one version of an object.
func namesVersion(s *script.Step) bool {
	read, _ := s.Read()
	return read != nil && read.Version > 0 || s.Delete != nil && s.Delete.Version > 0
}

// readBy returns the objects that must be there for the step to succeed.
func readBy(s *script.Step) []place {
	switch bucket, key := s.Target(); {
	case s.Download != nil, s.Get != nil, s.Stat != nil, s.Exists != nil, s.Delete != nil:
		return []place{{bucket, key}}
	case s.Copy != nil:
		return []place{{s.Copy.From.Bucket, s.Copy.From.Key}}
	case s.Move != nil:
		return []place{{s.Move.From.Bucket, s.Move.From.Key}}
	}
	return nil
}

// kindsOfWork returns the kinds of the scenario's steps, each once. A command does all steps at
// once, so that all of them are one kind.
func (o *Options) kindsOfWork(s *Scenario) []string {
	var kinds []string
	s.EachStep(func(step *script.Step) {
		if kind := kindOf(step); step.OfClient() && !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	})
	switch {
	case !o.command():
		return kinds
	case len(s.Steps) == 0:
		return []string{s.ID + s.Name} // its intents are its own
	}
	slices.Sort(kinds)
	return []string{strings.Join(kinds, ", ")}
}

// kindOf describes a step as far as it may make a difference to a client without faults.
func kindOf(s *script.Step) string {
	kind := []string{s.Operation()}
	add := func(is bool, word string) {
		if is {
			kind = append(kind, word)
		}
	}
	size, conditional := script.Size(0), slices.Contains(needs(s), conditionalUpload)
	switch {
	case s.Upload != nil:
		size = s.Upload.Size
	case s.UploadStream != nil:
		size, conditional = s.UploadStream.Size, !s.UploadStream.Unconditional()
	}
	if read, _ := s.Read(); read != nil {
		conditional = read.Conditional()
		add(read.CustomerKey != "", "with a key")
	}
	if s.Delete != nil {
		conditional = s.Delete.IfMatch != ""
	}
	add(namesVersion(s), "of a version")
	add(s.Copy != nil && !s.Copy.Plain(), "with options")
	if span := rangeOf(s); span != nil {
		add(true, "range")
		add(span.First < 0 || span.Last < 0, "open")
	}
	const manyParts = 5 << 20 // a client may send more in parts
	add(size > manyParts, "large")
	add(conditional, "conditional")
	_, key := s.Target()
	add(strings.ContainsFunc(key, unusual), "unusual key")
	return strings.Join(kind, " ")
}

// unusual reports whether a character of a key needs care in URLs or shells.
func unusual(c rune) bool {
	return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./", c)
}
