package scenarios

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/internal/virtual"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/oracle"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// Options adjusts how drills are run. The zero value runs each as its file says.
type Options struct {
	// Seed takes the place of the files' seeds. Nil: each file's own.
	Seed *uint64
	// Client takes the place of the files' clients: "builtin", "sdk", "sdk:standard",
	// "sdk:adaptive" or "sdk:off"; see [CheckClient]. Drills of a `run:` client, which have no
	// steps, and of the careless client, which is there for the oracle, keep theirs. Empty: each
	// file's own.
	Client string
	// Clock takes the place of the files' clocks. Drills of a `run:` client stay in real time.
	// Empty: each file's own.
	Clock Clock
	// Timeout takes the place of the files' timeouts, in scenario time. 0: each file's own.
	Timeout time.Duration
	// Workers is how many drills [RunAll] runs at a time. 0: one for each processor.
	Workers int
	// Repeat is how often each drill is played, at changing GOMAXPROCS; 0 and 1: once. A drill in
	// virtual time whose runs differ has the verdict error, "not deterministic". Drills then run
	// one at a time, whatever Workers says, since GOMAXPROCS is the process's.
	Repeat int
	// Workdir is where the drills' work directories are made, and removed. Empty: os.TempDir, or,
	// for drills of little content, a file system in memory where there is one.
	Workdir string

	// NewClient makes the client to be drilled in place of the file's: the way to drill a client of
	// one's own. Nil: the file's, as for drills of the careless client.
	NewClient func(ClientConfig) (Client, error)
	// Test is the Go test that plays the drills of NewClient, such as a *testing.T. Their replay
	// command names it. Nil: Run and RunAll look for a test function among their callers.
	Test interface{ Name() string }
	// WrapUpstream stands between the proxy and the fake S3. Nil: nothing does.
	WrapUpstream func(http.Handler) http.Handler

	testCommand    string               // replays a drill of NewClient; "": not known
	inspect        func(*oracle.Ledger) // tests: sees what the oracle judges
	without        oracle.Law           // tests: the law that is not judged
	withoutLatency bool                 // tests: what happens without the identity latency
	latencyInProxy bool                 // benchmarks: requests take their place in the proxy, behind the client's pool
}

// CheckClient is the error for a value of Options.Client that there is not.
func CheckClient(name string) error {
	switch name {
	case "", "builtin", "sdk", "sdk:standard", "sdk:adaptive", "sdk:off":
		return nil
	}
	return fmt.Errorf("unknown client %q: want builtin, sdk, sdk:standard, sdk:adaptive or sdk:off", name)
}

func (o *Options) clock(s *Scenario) Clock {
	switch {
	case s.Client.Run != nil:
		return Real
	case o.Clock != "":
		return o.Clock
	case s.Clock == Real:
		return Real
	}
	return Virtual
}

func (o *Options) seed(s *Scenario) uint64 {
	if o.Seed != nil {
		return *o.Seed
	}
	return s.Seed
}

func (o *Options) timeout(s *Scenario) time.Duration {
	if o.Timeout > 0 {
		return o.Timeout
	}
	return s.Timeout
}

// dress is the scenario with the client that the options name.
func (o *Options) dress(s *Scenario) *Scenario {
	if o.Client == "" || s.Client.Run != nil || s.Client.Careless != nil {
		return s
	}
	dressed := *s
	kind, mode, _ := strings.Cut(o.Client, ":")
	switch {
	case kind == "sdk":
		spec := script.SDK{}
		if s.Client.SDK != nil {
			spec = *s.Client.SDK
		} else if b := s.Client.Builtin; b != nil {
			spec.MaxAttempts = b.Retry.MaxAttempts
			set(&spec.AttemptTimeout, b.Retry.AttemptTimeout)
		}
		if mode != "" {
			spec.Mode = script.SDKMode(mode)
		}
		dressed.Client = script.ClientSpec{Block: s.Client.Block, SDK: &spec}
	case s.Client.Builtin == nil:
		spec := &script.Builtin{}
		if s.Client.SDK != nil {
			spec.Retry.MaxAttempts = s.Client.SDK.MaxAttempts
			if t := s.Client.SDK.AttemptTimeout; t > 0 {
				spec.Retry.AttemptTimeout = &t
			}
		}
		dressed.Client = script.ClientSpec{Block: s.Client.Block, Builtin: spec}
	}
	return &dressed
}

// fromCatalog reports whether the scenario comes from the catalog.
func fromCatalog(s *Scenario) bool { return s.ID != "" && s.File == Entry{ID: s.ID}.File() }

// giveUp is how much real time a drill under virtual time may take: a client that computes without
// end never lets virtual time pass.
const giveUp = 2 * time.Minute

// Run plays one drill and judges it. The result is never nil; what breaks is in it. ctx ends drills
// in real time early; those in virtual time are over in no time.
func Run(ctx context.Context, s *Scenario, o Options) *Result {
	o.findTest()
	if o.Repeat > 1 {
		return repeat(ctx, s, o)
	}
	return play(ctx, s, o)
}

// newResult is the result of a drill that has not begun.
func (o *Options) newResult(s *Scenario) *Result {
	r := &Result{
		ID: s.ID, File: s.File, Name: s.Name, Client: s.Client.Kind(), Seed: o.seed(s), Clock: o.clock(s),
	}
	r.Replay = o.replay(s, r.Seed)
	if o.NewClient != nil && s.Client.Careless == nil {
		r.Client = "custom"
	}
	return r
}

// play plays one drill once and judges it.
func play(ctx context.Context, s *Scenario, o Options) *Result {
	began := time.Now()
	s = o.dress(s)
	r := o.newResult(s)
	defer func() { r.Wall = time.Since(began) }()

	if err := CheckClient(o.Client); err != nil {
		return r.broken(err)
	}
	for _, name := range requires(s) {
		if _, err := findProgram(s, name); err != nil {
			r.Verdict = Skip
			r.Reasons = []Reason{{Kind: "skip", Line: s.At("requires").Line, Got: missing(name)}}
			return r
		}
	}
	dir, err := o.makeWorkdir(s)
	if err != nil {
		return r.broken(err)
	}
	d := &drill{scenario: s, options: &o, result: r, dir: dir}
	if r.Clock == Real {
		err = virtual.Protect(func() error { return d.run(ctx) })
	} else {
		err = d.inBubble(ctx)
	}
	d.judge(err)
	for _, list := range [][]Reason{r.Reasons, r.Notes} {
		for i := range list {
			list[i].Got = evidence.VisibleLines(list[i].Got)
		}
	}
	if err := os.RemoveAll(dir); err != nil && r.Verdict == Pass {
		return r.broken(err)
	}
	return r
}

// inBubble runs the drill under virtual time.
func (d *drill) inBubble(ctx context.Context) error {
	done := make(chan error, 1)
	go func() { done <- virtual.Run(0, d.run) }()
	timer := time.NewTimer(giveUp)
	defer timer.Stop()
	interrupt := ctx.Done()
	for {
		select {
		case err := <-done:
			return err
		case <-interrupt: // nothing outside can end a bubble; most are over in a moment
			interrupt = nil
			timer.Reset(patience)
		case <-timer.C:
			if ctx.Err() != nil {
				return fmt.Errorf("%w: %w", errInterrupted, context.Cause(ctx))
			}
			return fmt.Errorf("%w: %v of real time have passed", errNoProgress, giveUp)
		}
	}
}

var errNoProgress = errors.New("no progress in time")

// broken is the verdict error.
func (r *Result) broken(err error) *Result {
	r.Verdict = Error
	r.Reasons = append(r.Reasons, Reason{Kind: "harness", Got: err.Error()})
	return r
}
