package scenarios

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file waits for the end of a drill: until its client returns, and then for what comes after.

// Times around a drill's end, in scenario time.
const (
	// watchFor is how long, in virtual time, the drill waits for late requests.
	watchFor = time.Minute
	// lateWatch is how long, in real time, the drill waits for a late request that the scenario
	// expects.
	lateWatch = 2 * time.Second
	// patience is how long a client may take to return after the drill cancels it, and again after
	// the drill cuts its connections.
	patience = time.Second
	// settling is how long, in virtual time, the proxy may take to see that a hanging client was
	// cancelled.
	settling = 2 * time.Millisecond
	// linger is how long the goroutines of net/http's server may take to end. The server holds some
	// connections for 500 ms after it closes them.
	linger = time.Second
)

// errInterrupted means that the drill was not played to its end.
var errInterrupted = errors.New("interrupted")

var errHang = errors.New("still busy at the scenario's timeout")

// errSilent means that the drill cancelled a program because it had sent no request.
var errSilent = errors.New("the program sent no request")

// await runs the client until it returns. It cancels the client at the scenario's timeout, at the
// start timeout if a program has sent no request, when the client has sent more requests than any
// drill needs, or when ctx ends. If the client does not return, await cuts its connections and then
// goes on without it, each after patience. It sets the outcome's hang, or its broke if the program
// sent no request. The error means an interruption.
func (d *drill) await(ctx context.Context, o *outcome, play func(context.Context)) (err error) {
	w := o.world
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		play(ctx)
	}()
	switch ended := d.watchClient(ctx, w, done); {
	case ended == nil:
		return nil
	case errors.Is(ended, errInterrupted):
		err = ended
	case errors.Is(ended, errSilent):
		o.broke = ended
		cancel(ended)
	case errors.Is(ended, errHang), errors.Is(ended, faultproxy.ErrNoProgress):
		o.hang, o.hung, o.cutAt = true, inFlight(w), o.timeout
		if !errors.Is(ended, errHang) {
			o.endless, o.cutAt = true, w.now()
		}
		cancel(ended)
	default:
		cancel(ended)
	}
	if !over(done, patience) {
		if cutErr := w.cut(); cutErr != nil {
			err = errors.Join(err, cutErr)
		}
		over(done, patience)
	}
	return err
}

// watchClient waits until the client is done and returns nil. If the client must be cancelled
// before that, it returns the reason.
func (d *drill) watchClient(ctx context.Context, w *world, done <-chan struct{}) error {
	limit := d.within()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	var started <-chan struct{} // nil: the client has started
	if d.program() || d.options.adapted() {
		started = w.proxy.Started()
		timer.Reset(d.startTimeout())
	}
	for {
		select {
		case <-done:
			return nil
		case <-w.proxy.Failed():
			return w.proxy.Err()
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", errInterrupted, context.Cause(ctx))
		case <-started:
			started = nil
			timer.Reset(limit - time.Since(w.proxy.Start()))
		case <-timer.C:
			if started != nil {
				return fmt.Errorf("%w within start_timeout: %v%s", errSilent, d.startTimeout(), endpointHint)
			}
			return errHang
		}
	}
}

// startTimeout returns how long a program may take to send its first request. A scenario built in
// Go may leave the field zero, which means the default.
func (d *drill) startTimeout() time.Duration {
	return cmp.Or(d.scenario.StartTimeout, script.DefaultStartTimeout)
}

// over waits at most d for done and reports whether done was closed.
func over(done <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

// watch waits for late requests.
func (d *drill) watch(o *outcome) {
	quiet := longestQuiet(d.scenario)
	switch {
	case o.clock == script.Virtual:
		quiet = max(quiet, watchFor)
	case slices.ContainsFunc(o.knownFlaws(d.scenario), func(k flaw) bool { return k.finding == script.LateRequest }):
		quiet = max(quiet, lateWatch)
	}
	switch {
	case !o.hang:
		time.Sleep(quiet)
	case o.clock == script.Virtual:
		time.Sleep(settling)
	}
	if o.clock == script.Real {
		settle(o.world, nil)
	}
}

// settle waits for a short real time until the proxy knows how every exchange ended, but for those
// for which except reports true. The proxy may see the end of an exchange after the client does.
func settle(w *world, except func(*faultproxy.Record) bool) {
	busy := func() bool {
		return slices.ContainsFunc(inFlight(w), func(r faultproxy.Record) bool { return except == nil || !except(&r) })
	}
	for deadline := time.Now().Add(patience); busy() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
}

// longestQuiet returns the longest `quiet_for` of the scenario and its steps.
func longestQuiet(s *script.Scenario) time.Duration {
	quiet := s.Expect.QuietFor
	s.EachStep(func(step *script.Step) { quiet = max(quiet, step.Expect.QuietFor) })
	return quiet
}

func inFlight(w *world) []faultproxy.Record {
	var list []faultproxy.Record
	for _, r := range w.proxy.Journal().Records() {
		if !r.Done {
			list = append(list, r)
		}
	}
	return list
}
