package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/virtual"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// judge fills the result from the outcome. ended is the error with which the world ended.
func (d *drill) judge(ended error) {
	d.mu.Lock()
	o := d.out
	d.mu.Unlock()
	r := d.result
	r.interrupted = errors.Is(ended, errInterrupted)
	if o == nil {
		if ended == nil {
			ended = errors.New("the drill ended without an outcome")
		}
		if missing, ok := errors.AsType[*missingOperation](ended); ok {
			r.Verdict = Skip
			r.Reasons = []Reason{{
				Kind: "skip", Step: missing.step, Line: missing.line,
				Got: missing.why(),
			}}
			return
		}
		r.broken(plain(ended))
		return
	}
	slack := time.Duration(0)
	if o.clock == script.Real {
		slack = slackEarly
	}
	o.groups = groupRecords(o.records, slack)
	o.noteRefusals()
	d.report(o)
	leak, _ := errors.AsType[*virtual.LeakError](ended)
	if leak != nil {
		o.left = append(o.left, leakedAt(leak.Stacks)...)
	}
	if d.ownFiles() {
		o.left = append(o.left, o.leftFiles()...)
	}
	if o.broke != nil || ended != nil && leak == nil {
		r.broken(plain(errors.Join(o.broke, ended)))
		return
	}
	if err := cmp.Or(o.baseline(), o.unhurried()); err != nil {
		r.broken(err)
		return
	}
	policy, err := d.declaredPolicy(o)
	if err != nil {
		r.broken(err)
		return
	}
	o.policy = policy
	o.allowWaits(d.foreign())
	if err := d.noteSpreads(o); err != nil {
		r.broken(err)
		return
	}
	unfired := append(d.unfired(o), o.missed()...)
	if d.options.inspect != nil {
		d.options.inspect(o.ledger())
	}
	findings, notes := o.findings(d.scenario, d.foreign())
	r.Notes = notes
	if len(findings)+len(notes) == 0 && len(unfired) == 0 && !o.proves() {
		unfired = []Reason{o.silent()}
	}
	unmet := append(o.unmet(), o.nonconformance()...)
	if d.foreign() {
		unmet, unfired = o.owed(), owing(unfired, r.Faults)
	}
	wrong := append(findings, unmet...)
	starved := d.starved(o, wrong)
	switch {
	case len(wrong) > 0 && starved != nil:
		r.Verdict = Error
		r.Reasons = append([]Reason{*starved}, wrong...)
	case len(wrong) > 0:
		r.Verdict = Fail
		r.Reasons = append(unfired, wrong...)
	case len(unfired) > 0:
		r.Verdict = Vacuous
		r.Reasons = unfired
	default:
		r.Verdict = Pass
	}
	if err := o.world.fake.Verify(); err != nil { // drills share contents
		r.broken(err)
	}
}

// baseline returns an error if the fake S3 failed without a fault, unless the file wants it to. The
// drill then shows nothing about the client.
func (o *outcome) baseline() error {
	if len(o.scenario.Server.Breaks) > 0 {
		return nil
	}
	for _, r := range o.records {
		if r.Ended == "upstream_error" && r.Rule == "" {
			return fmt.Errorf("the fake S3 broke down: %s", evidence.Line(r))
		}
	}
	return nil
}

// plain returns the error as a report shows it: a panic with its stack.
func plain(err error) error {
	if p, ok := errors.AsType[*virtual.PanicError](err); ok {
		return fmt.Errorf("%w\n%s", p, p.Stack)
	}
	return err
}

// report fills the result with the steps, the faults and the journal.
func (d *drill) report(o *outcome) {
	r := d.result
	r.Journal, r.Groups = o.records, o.groups
	r.Elapsed, r.JournalSHA256 = o.elapsed, o.hash
	if d.options.adapted() {
		r.Elapsed -= o.idle() // as for a program of the file
	}
	r.Events = o.events
	r.Unordered = o.world.proxy.Unordered()
	r.Requests = make(map[string]int)
	for _, record := range o.records {
		if record.Kind == faultproxy.KindExchange {
			r.Requests[record.Operation]++
		}
	}
	whole, loads := o.account(nil), stepsWith(o.nodes, "load")
	r.Attempts, r.Sends, r.Waits = whole.attempts(""), whole.sends(""), outsideOf(whole, loads)
	r.BytesSent, r.BytesReceived = whole.wireBytes()
	r.Faults = o.world.rules.results()
	for _, n := range allNodes(o.nodes) {
		s := o.account(n)
		step := n.StepResult
		step.Attempts, step.Sends, step.Waits = s.attempts(""), s.sends(""), outsideOf(s, loads)
		if n.load != nil {
			step.Load = n.loadResult(s)
		}
		if n.failure != nil {
			step.Err, step.ErrorCode = n.failure.Text, n.failure.Code
			if len(n.failure.Kinds) > 0 {
				step.ErrorKind = n.failure.Kinds[0]
			}
		}
		r.Steps = append(r.Steps, step)
	}
	if p := o.program; p != nil {
		r.Stdout, r.Stderr = p.stdout.String(), p.stderr.String()
		r.ExitCode = &p.exit
	}
}

// findings returns the oracle's findings, except those that the scenario declares as known flaws of
// its client. It adds a reason for each declared flaw without a finding. notes are the findings
// that no client could have avoided.
func (o *outcome) findings(s *script.Scenario, foreign bool) (reasons, notes []Reason) {
	var found []Reason
	for _, v := range o.ledger().Judge() {
		found = append(found, Reason{
			Kind: string(v.Kind), Severity: v.Severity, Step: v.Step, Line: v.Line, Got: v.Got, Evidence: v.Evidence,
		})
	}
	found = append(found, o.ending()...)
	known := o.knownFlaws(s)
	if foreign {
		known = nil // they are flaws of the declared client
	}
	for _, f := range found {
		switch {
		case slices.ContainsFunc(known, func(k flaw) bool { return k.is(f) }):
		case f.Severity == SeverityNote:
			notes = append(notes, f)
		default:
			reasons = append(reasons, f)
		}
	}
	for _, k := range known {
		if !slices.ContainsFunc(found, k.is) {
			reasons = append(reasons, Reason{
				Kind: "violates", Step: k.step, Line: k.line, Expected: string(k.finding),
				Got: "no such finding: the flaw is gone",
			})
		}
	}
	return reasons, notes
}

// A flaw is a finding that the scenario expects, of the drill or of one step.
type flaw struct {
	finding script.Finding
	step    string
	line    int
}

// is reports whether the finding f is the flaw. A finding without a step matches a flaw of any
// step.
func (k flaw) is(f Reason) bool {
	return f.Kind == string(k.finding) && (k.step == "" || f.Step == "" || evidence.Within(f.Step, k.step))
}

// knownFlaws returns the findings that the scenario and its steps expect.
func (o *outcome) knownFlaws(s *script.Scenario) []flaw {
	var known []flaw
	note := func(step string, e *script.Expect) {
		for _, finding := range e.Violates {
			known = append(known, flaw{finding, step, e.At("violates").Line})
		}
	}
	note("", &s.Expect)
	for _, n := range allNodes(o.nodes) {
		if n.expect != nil {
			note(n.ID, n.expect)
		}
	}
	return known
}

// late reports whether a request is late. It is late if it arrived after its step ended, or if its
// response ended after that and the client did not cancel it. In real time only requests after the
// drill's end are late, because the end of a step is not exact.
func (o *outcome) late(r faultproxy.Record, ends map[string]time.Duration) bool {
	if o.clock == script.Real {
		return r.At > o.ended
	}
	end, known := ends[r.Step]
	if !known {
		end = o.ended
	}
	return r.At > end || r.End > end && r.Ended == "complete"
}

// ends returns the end of each step by its id.
func (o *outcome) ends() map[string]time.Duration {
	ends := make(map[string]time.Duration)
	for _, n := range allNodes(o.nodes) {
		if n.Outcome != Unreached {
			ends[n.ID] = n.End
		}
		for _, taken := range n.load.all() {
			if taken.Outcome != Unreached {
				ends[taken.ID] = taken.End
			}
		}
	}
	return ends
}

// leakedAt returns the functions in which leaked goroutines run, taken from their stacks.
func leakedAt(stacks string) []string {
	var places []string
	for stack := range strings.SplitSeq(strings.TrimSpace(stacks), "\n\n") {
		lines := strings.Split(stack, "\n")
		var functions []string
		for i := 1; i+1 < len(lines); i += 2 {
			function := lines[i]
			if at := strings.LastIndexByte(function, '('); at > 0 && !strings.HasPrefix(function, "created by ") {
				function = function[:at]
			}
			functions = append(functions, strings.TrimPrefix(function, "created by "))
		}
		if place := placeOf(functions); place != "" && !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	if more := len(places) - evidence.MaxLines; more > 0 {
		places = append(places[:evidence.MaxLines], fmt.Sprintf("and goroutines in %d more places", more))
	}
	return places
}

// declaredPolicy returns the retry policy of the scenario's client, or nil if it declares none.
func (d *drill) declaredPolicy(o *outcome) (policy, error) {
	switch c := d.scenario.Client; {
	case d.scenario.RefusesClient():
	case c.Builtin != nil:
		return d.builtinPolicies(&c.Builtin.Retry, o.tryList)
	case c.SDK != nil:
		return sdkPolicy(c.SDK), nil
	}
	return nil, nil
}

// builtinPolicies returns the policy of the client, with those of the steps that have their own.
func (d *drill) builtinPolicies(whole *script.RetryPolicy, tries []Try) (policy, error) {
	ordinary, err := builtinPolicy(whole, d.result.Seed, tries)
	own := make(map[string]policy)
	d.scenario.EachStep(func(s *script.Step) {
		if s.Retry != nil && err == nil && !s.Refused() {
			own[s.ID], err = builtinPolicy(s.Retry, d.result.Seed, tries)
		}
	})
	if err != nil || len(own) == 0 {
		return ordinary, err
	}
	return func(attempt int, ended faultproxy.Record, previous time.Duration) (lo, hi time.Duration) {
		if p := own[ended.Step]; p != nil {
			return p(attempt, ended, previous)
		}
		return ordinary(attempt, ended, previous)
	}, nil
}
