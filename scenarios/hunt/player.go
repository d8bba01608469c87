package hunt

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A Player plays scenarios with one client. The zero value plays each scenario with the client that
// it declares. A Player is safe for concurrent use after Prepare.
type Player struct {
	// Client is "builtin", "sdk", "sdk:adaptive" and so on, the name or the file of an adapter, or
	// "run:" and a command, as in [scenarios.Options]. Empty: the client that the scenario
	// declares.
	Client string
	// New returns the client instead. Its name in reports is Client.
	New func(scenarios.ClientConfig) (scenarios.Client, error)
	// Attempts is how many attempts the client makes of one request at most. 0: as many as the
	// scenario declares. Negative: unknown, as it always is for programs.
	Attempts int
	// Lying also reports what no client could have known, such as a success that stored nothing.
	Lying bool
	// Workdir is as in [scenarios.Options].
	Workdir string

	options scenarios.Options
}

// Prepare looks for the program of the client. Call it once, before the first drill. It returns an
// error for a client that does not exist.
func (p *Player) Prepare(ctx context.Context) error {
	p.options = scenarios.Options{Workdir: p.Workdir, NewClient: p.New}
	if p.New != nil {
		return nil
	}
	if err := scenarios.CheckClient(p.Client); err != nil {
		return err
	}
	if scenarios.IsProgram(p.Client) {
		p.options.Client = p.Client
		return p.options.Prepare(ctx)
	}
	return nil
}

// Program reports whether the client is a program, which plays in real time.
func (p *Player) Program() bool { return p.New == nil && scenarios.IsProgram(p.Client) }

// Dress returns the scenario as the player plays it: with the player's client, and without the
// expectations of the declared client's policy. The conformance block stays.
func (p *Player) Dress(s *script.Scenario) *script.Scenario {
	dressed := *s
	if p.New == nil && !p.Program() {
		dressed = *scenarios.WithClient(s, p.Client)
	}
	dressed.Expect = script.Expect{Outcome: script.Any}
	dressed.Steps = undemanding(s.Steps)
	return &dressed
}

// undemanding returns the steps without their expectations, except that progress never decreases.
func undemanding(steps []script.Step) []script.Step {
	easy := slices.Clone(steps)
	for i := range easy {
		step := &easy[i]
		step.Expect = script.Expect{Outcome: script.Any}
		switch {
		case step.Upload != nil, step.UploadStream != nil, step.Download != nil:
			step.Expect.Progress = script.Monotonic
		case step.Parallel != nil:
			step.Parallel = undemanding(step.Parallel)
		case step.Repeat != nil:
			repeat := *step.Repeat
			repeat.Step = undemanding([]script.Step{repeat.Step})[0]
			step.Repeat = &repeat
		case step.Load != nil:
			load := *step.Load
			load.Steps = undemanding(load.Steps)
			if load.Step != nil {
				load.Step = &undemanding([]script.Step{*load.Step})[0]
			}
			step.Load = &load
		}
	}
	return easy
}

// Play plays the scenario once and judges it.
func (p *Player) Play(ctx context.Context, s *script.Scenario) *Outcome {
	dressed := p.Dress(s)
	return p.Judge(dressed, scenarios.Run(ctx, dressed, p.options))
}

// Judge returns the outcome of a scenario that was played as Dress returned it.
func (p *Player) Judge(dressed *script.Scenario, r *scenarios.Result) *Outcome {
	o := &Outcome{
		Verdict: r.Verdict, Hash: r.JournalSHA256, Records: r.Journal, Requests: r.Requests, Elapsed: r.Elapsed,
		Wall: r.Wall, Steps: r.Steps, Faults: r.Faults, Interrupted: r.Interrupted(), Result: r,
	}
	if errors.Is(r.Err(), scenarios.ErrPanic) {
		o.Panic = r.Err().Error()
	}
	endless := errors.Is(r.Err(), faultproxy.ErrNoProgress)
	if r.Verdict == scenarios.Skip || r.Verdict == scenarios.Error && o.Panic == "" && !endless {
		o.Unjudged = "the drill was not judged"
		if len(r.Reasons) > 0 {
			o.Unjudged = r.Reasons[0].String()
		}
		return o
	}
	j := &judge{player: p, scenario: dressed, result: r, outcome: o}
	o.Findings = j.findings(endless)
	return o
}

// Find plays the scenario. If it has findings, Find also plays it without its faults: what is wrong
// then has another cause, and Find removes all findings. The outcome says so in Tainted.
func (p *Player) Find(ctx context.Context, s *script.Scenario) *Outcome {
	o := p.Play(ctx, s)
	if len(o.Findings) == 0 {
		return o
	}
	if bare := p.Play(ctx, Bare(s)); len(bare.Findings) > 0 || bare.Unjudged != "" {
		o.Tainted = bare.Unjudged
		if len(bare.Findings) > 0 {
			o.Tainted = bare.Findings[0].Sentence
		}
		o.Findings = nil
	}
	return o
}

// Bare returns the scenario without its faults and without other disturbances of the client.
func Bare(s *script.Scenario) *script.Scenario {
	bare := *s
	bare.Faults, bare.Signal, bare.ChangeFile, bare.Disk = nil, nil, nil, nil
	return &bare
}

// An Outcome is one drill as the search sees it.
type Outcome struct {
	Verdict  scenarios.Verdict // as scenarios.Run returned it, without the client's policy
	Findings []Finding         // what the client did wrong, the first to be judged first
	Tainted  string            // why Find removed the findings: what is wrong without faults; empty: it did not
	Unjudged string            // why nothing is known of the client; empty if it was judged
	Panic    string            // the panic of the client, with its stack; empty without one

	Hash     string              // of the journal; empty in real time
	Records  []faultproxy.Record // the journal
	Requests map[string]int      // by operation
	Steps    []scenarios.StepResult
	Faults   []scenarios.FaultResult
	Elapsed  time.Duration // scenario time
	Wall     time.Duration // real time

	Interrupted bool // the context ended before the drill did

	Result *scenarios.Result // as scenarios.Run returned it
}

// Fired returns how often faults acted.
func (o *Outcome) Fired() int {
	sum := 0
	for _, f := range o.Faults {
		sum += f.Fired
	}
	return sum
}
