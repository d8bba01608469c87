package hunt

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
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
	// OwnPolicy means that the client of New has a retry policy of its own. The policies of scripts
	// then say nothing about its attempts and waits.
	OwnPolicy bool
	// Lying also reports what no client could have known, such as a success that stored nothing.
	Lying bool
	// Programs means that the scenarios have programs as clients. Outcome.Files then lists the
	// files in the work directory at the end, and a machine with too much to do judges no hang.
	Programs bool
	// RealTime bounds the real time of a drill in virtual time, as in [scenarios.Options]. 0 means
	// 30 seconds.
	RealTime time.Duration

	options scenarios.Options
}

// mostExchanges is more than the policies of random scripts explain: 24 operations of 40 attempts,
// some of which send parts.
const mostExchanges = 3000

// realTime is the default of Player.RealTime. Drills of random scripts take a fraction of a second.
// A drill that does not end costs this time at each play, also while its script is shrunk.
const realTime = 30 * time.Second

// Prepare looks for the program of the client. Call it once, before the first drill. It returns an
// error for a client that does not exist.
func (p *Player) Prepare(ctx context.Context) error {
	p.options = scenarios.Options{
		NewClient: p.New, Exchanges: mostExchanges, RealTime: cmp.Or(p.RealTime, realTime),
	}
	if p.New != nil {
		return nil
	}
	if p.Programs || p.Program() {
		p.options.Measure(ctx)
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
	if dressed.Client.Builtin != nil && !p.OwnPolicy && !p.Program() {
		dressed.EachStep(func(s *script.Step) {
			if leaf(s) {
				s.Expect.Waits = &script.Waits{Policy: true} // for Attempt.Allowed
			}
		})
	}
	return &dressed
}

// undemanding returns copies of the steps without their expectations, except that progress never
// decreases.
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
	dressed, options := p.Dress(s), p.options
	var files []string
	if p.Programs {
		options.Keep = func(_ *script.Scenario, _ *scenarios.Result, dir string) (err error) {
			files, err = filesBelow(dir)
			return err
		}
	}
	o := p.Judge(dressed, scenarios.Run(ctx, dressed, options))
	o.Files = files
	return o
}

// filesBelow returns the paths of the files below a directory, sorted and relative to it.
func filesBelow(dir string) (files []string, err error) {
	err = fs.WalkDir(os.DirFS(dir), ".", func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files = append(files, path)
		}
		return err
	})
	return files, err
}

// Run plays the scenario once as it stands: with its own client and its own expectations. The
// client of New replaces that of the file.
func (p *Player) Run(ctx context.Context, s *script.Scenario) *scenarios.Result {
	return scenarios.Run(ctx, s, scenarios.Options{NewClient: p.New, RealTime: p.options.RealTime})
}

// Judge returns the outcome of a scenario that was played as Dress returned it.
func (p *Player) Judge(dressed *script.Scenario, r *scenarios.Result) *Outcome {
	o := &Outcome{Result: r}
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
	j := &judge{player: p, scenario: dressed, result: r}
	o.Findings = j.findings(o.Panic, endless)
	return o
}

// Find plays the scenario. If it has findings, Find also plays it without its faults: what is wrong
// then has another cause, and Find removes all findings. The outcome says so in Tainted.
func (p *Player) Find(ctx context.Context, s *script.Scenario) *Outcome {
	o := p.Play(ctx, s)
	if len(o.Findings) == 0 {
		return o
	}
	if bare := p.Play(ctx, s.Undisturbed()); len(bare.Findings) > 0 || bare.Unjudged != "" {
		o.Tainted = bare.Unjudged
		if len(bare.Findings) > 0 {
			o.Tainted = bare.Findings[0].Sentence
		}
		o.Findings = nil
	}
	return o
}

// An Outcome is one drill as the search sees it.
type Outcome struct {
	Findings []Finding // what the client did wrong, the first to be judged first
	Tainted  string    // why Find removed the findings: what is wrong without faults; empty: it did not
	Unjudged string    // why nothing is known of the client; empty if it was judged
	Panic    string    // the panic of the client, with its stack; empty without one
	Files    []string  // in the work directory at the end, if the player lists them

	Result *scenarios.Result // as scenarios.Run returned it
}
