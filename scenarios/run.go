package scenarios

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/virtual"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// realTimeLimit is the default of Options.RealTime.
const realTimeLimit = 2 * time.Minute

// Run plays one drill and judges it. The result is never nil; an error of the harness is a verdict.
// The end of ctx interrupts a drill in real time. A drill in virtual time usually ends by itself
// within moments.
func Run(ctx context.Context, s *Scenario, o Options) *Result {
	o.findTest()
	if o.proofs == nil {
		o.proofs = newProofs()
	}
	_ = o.find(ctx) // play reports the error
	if o.Repeat > 1 {
		r := repeat(ctx, s, o)
		o.overSeeds(ctx, s, r)
		return r
	}
	r := play(ctx, s, o)
	o.overSeeds(ctx, s, r)
	o.Durations.note(r)
	return r
}

// prepare returns the scenario with the client of the options, and the result of the drill that has
// not begun.
func (o *Options) prepare(s *Scenario) (*Scenario, *Result) {
	o.other, o.partSize = o.foreignTo(s), partSizeOf(s)
	s = o.withClient(s)
	return s, o.newResult(s)
}

// newResult returns the result of a drill that has not begun.
func (o *Options) newResult(s *Scenario) *Result {
	r := &Result{
		ID: s.ID, File: s.File, Name: s.Name, Client: s.Client.Kind(), Seed: o.seed(s), Clock: o.clock(s),
	}
	r.Replay = o.replay(s, r.Seed)
	switch {
	case s.Client.Careless != nil:
	case o.foreign != nil:
		r.Client, r.ClientVersion = o.foreign.name, o.foreign.version
		r.Quick = o.foreign.adapter != nil && o.foreign.adapter.Quick.Decoded() && !o.Slow
	case o.NewClient != nil:
		r.Client = "custom"
	}
	if s.Conformance != nil {
		r.FileLevel = s.Conformance.Level
	}
	if o.other {
		r.Level = r.FileLevel
	}
	if fromCatalog(s) && s.Conformance != nil && s.Conformance.Level != script.Own {
		r.Suite = SuiteVersion
	}
	return r
}

// play plays one drill once and judges it.
func play(ctx context.Context, s *Scenario, o Options) *Result {
	if s.Proxy.Endpoint == script.EndpointFixed {
		o.Style, o.TLS = "", false
	}
	began := time.Now()
	found := o.find(ctx)
	declared := s
	s, r := o.prepare(s)
	defer func() {
		r.Wall = time.Since(began)
		r.Known = o.Known.of(r)
	}()

	if found != nil {
		return r.broken(found)
	}
	if o.other || o.foreign != nil {
		if reason := o.unplayable(declared); reason != "" {
			return r.skipped(reason)
		}
	}
	for _, name := range requires(s) {
		if _, err := findProgram(s, name); err != nil {
			return r.skippedAt(s.At("requires").Line, missing(name))
		}
	}
	if len(s.Signal) > 0 && len(signalNumbers) == 0 {
		return r.skippedAt(s.At("signal").Line, "this system has no signals")
	}
	if line := s.LikeUnix(); line > 0 && runtime.GOOS == "windows" {
		return r.skippedAt(line, "this system has no modes and symbolic links as Unix has")
	}
	if o.other && !o.faultless {
		if why := o.proofs.of(ctx, declared, o); why != "" {
			return r.unproved(why)
		}
	}
	dir, err := o.makeWorkdir(s)
	if err != nil {
		return r.broken(err)
	}
	d := &drill{began: time.Now(), scenario: s, steps: declared.Steps, options: &o, result: r, dir: dir}
	if s.Disk != nil {
		disk, err := newSmallDisk(dir, s.Disk.Size)
		if err != nil {
			r.skippedAt(s.At("disk").Line, err.Error())
			if err := os.RemoveAll(dir); err != nil {
				return r.broken(err)
			}
			return r
		}
		d.dir = disk.dir
		defer func() {
			if err := disk.close(); err != nil && r.Verdict == Pass {
				r.broken(err)
			}
		}()
	}
	if r.Clock == Real {
		err = virtual.Protect(func() error { return d.run(ctx) })
	} else {
		err = d.inBubble(ctx)
	}
	d.judge(err)
	if o.other && !o.faultless && r.Verdict == Fail {
		if why := o.proofs.against(ctx, declared, o); why != "" {
			r.unproved(why)
		}
	}
	for _, list := range [][]Reason{r.Reasons, r.Notes} {
		for i := range list {
			list[i].Got = evidence.VisibleLines(list[i].Got)
		}
	}
	r.Quoted = quote(s, slices.Concat(r.Reasons, r.Notes), d.foreign())
	if c := s.Client.Credentials; c != nil || d.out != nil && d.out.program != nil {
		r.hideSecrets(c)
	}
	if o.Keep != nil && !r.interrupted {
		if err := o.Keep(s, r, d.dir); err != nil {
			r.broken(fmt.Errorf("keep artifacts: %w", err))
		}
	}
	if err := os.RemoveAll(dir); err != nil && r.Verdict == Pass {
		return r.broken(err)
	}
	return r
}

// inBubble runs the drill in virtual time.
func (d *drill) inBubble(ctx context.Context) error {
	done := make(chan error, 1)
	go func() {
		done <- virtual.Run(0, func(ctx context.Context) error {
			time.Sleep(d.clockOffset())
			return d.run(ctx)
		})
	}()
	limit := cmp.Or(d.options.RealTime, realTimeLimit)
	timer := time.NewTimer(limit)
	defer timer.Stop()
	interrupt := ctx.Done()
	for {
		select {
		case err := <-done:
			return err
		case <-interrupt: // a bubble cannot be ended from outside; most end within moments
			interrupt = nil
			timer.Reset(patience)
		case <-timer.C:
			if ctx.Err() != nil {
				return fmt.Errorf("%w: %w", errInterrupted, context.Cause(ctx))
			}
			return fmt.Errorf("%w: %v of real time have passed", faultproxy.ErrNoProgress, limit)
		}
	}
}

// clockOffset returns how long after the start of virtual time the drill begins: less than a
// second, drawn from the seed. Many clients seed their jitter from the clock, which would be the
// same in each drill. Clients of this package have jitter from the seed, and begin at the start.
func (d *drill) clockOffset() time.Duration {
	if d.options.NewClient == nil || d.scenario.Client.Careless != nil {
		return 0
	}
	return time.Duration(fraction(d.result.Seed, clockWord) * float64(time.Second))
}

// clockWord tells the draw of the clock's offset from other draws of the seed.
const clockWord = 0x636c6f636b

// skipped sets the verdict skip.
func (r *Result) skipped(reason string) *Result { return r.skippedAt(0, reason) }

// skippedAt sets the verdict skip because of a line of the file.
func (r *Result) skippedAt(line int, reason string) *Result {
	r.Verdict, r.Reasons = Skip, []Reason{{Kind: "skip", Line: line, Got: reason}}
	return r
}

// unproved sets the verdict error, because the client fails without faults.
func (r *Result) unproved(why string) *Result {
	r.Verdict = Error
	r.Reasons = []Reason{{
		Kind: "baseline", Got: "the client fails without faults: " + why + "\nthe adapter or the set-up is wrong",
	}}
	return r
}

// broken sets the verdict error with err as its reason.
func (r *Result) broken(err error) *Result {
	r.Verdict, r.err = Error, err
	r.Reasons = append(r.Reasons, Reason{Kind: "harness", Got: err.Error()})
	return r
}
