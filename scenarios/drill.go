package scenarios

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/oracle"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

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

// A drill is one scenario being played.
type drill struct {
	scenario *script.Scenario
	began    time.Time
	steps    []script.Step // of the file, which a command takes the place of
	options  *Options
	result   *Result
	dir      string

	mu  sync.Mutex // out is filled as the drill goes on: the bubble may end in a panic
	out *outcome
}

// An outcome is what the drill has recorded when its client has stopped.
type outcome struct {
	scenario *script.Scenario
	clock    script.Clock
	timeout  time.Duration
	workdir  string
	prefix   string
	files    map[string][]byte
	world    *world

	nodes   []*node
	acts    []*oracle.Act
	tryList []Try
	records []faultproxy.Record
	groups  []Group
	program *program
	events  []Event
	killed  bool // a signal that no program can handle ended the program
	policy  policy

	hash    string
	elapsed time.Duration
	ended   time.Duration // when the last step ended
	hung    []faultproxy.Record
	hang    bool
	broke   error
	left    []string               // places of the goroutines and processes that outlived the drill
	without oracle.Law             // for tests: the law that the oracle leaves out
	label   atomic.Pointer[string] // the label of the client's goroutines, in real time
}

// A policy returns the bounds of the wait after an attempt that ended with the given record.
// previous is the wait before that attempt.
type policy func(attempt int, ended faultproxy.Record, previous time.Duration) (lo, hi time.Duration)

// run plays the drill in the world of its clock. Its error says that the harness broke.
func (d *drill) run(ctx context.Context) (err error) {
	w, err := newWorld(d.scenario, d.options, d.result.Seed, d.dir)
	var o *outcome
	defer func() {
		err = errors.Join(err, w.close())
		if d.result.Clock == script.Virtual {
			time.Sleep(linger)
		} else if o != nil && o.label.Load() != nil {
			o.left = append(o.left, leftBehind(*o.label.Load())...)
		}
	}()
	if err != nil {
		return err
	}
	d.scenario = w.scenario // its texts have the values of their placeholders
	witness := &Witness{start: w.start}
	o = &outcome{
		scenario: d.scenario, clock: d.result.Clock, timeout: d.within(),
		workdir: w.workdir, prefix: w.prefix, files: w.files, world: w,
		without: d.options.without,
	}
	changing, stop := context.WithCancel(ctx)
	var timed sync.WaitGroup
	timed.Go(func() { w.changes.inTime(changing) })
	defer timed.Wait()
	defer stop()
	switch client := d.scenario.Client; {
	case client.Careless != nil && client.Program():
		err = d.runCareless(ctx, o)
	case d.program():
		err = d.runProgram(ctx, o)
	default:
		err = d.runSteps(ctx, o, witness)
	}
	stop()
	timed.Wait()
	if err != nil {
		return err
	}
	changed, err := w.changes.result()
	if err != nil {
		return err
	}
	o.events = append(o.events, changed...)
	d.watch(o)
	o.broke = errors.Join(o.broke, w.proxy.Err())
	// What arrives while the world ends is noise: the journal is read before.
	o.records = w.proxy.Journal().Records()
	if o.clock == script.Virtual {
		o.hash = w.proxy.Journal().Hash()
	}
	o.tryList = witness.list()
	if d.options.adapted() {
		o.attribute()
	}
	d.mu.Lock()
	d.out = o
	d.mu.Unlock()
	return nil
}

// runSteps lets a Go client take the steps.
func (d *drill) runSteps(ctx context.Context, o *outcome, witness *Witness) error {
	w := o.world
	client, err := d.newClient(w, d.clientConfig(o, witness))
	if err != nil {
		return fmt.Errorf("make the client: %w", err)
	}
	if err := requireOperations(client, d.scenario); err != nil {
		return err
	}
	if program, ok := client.(*adapterClient); ok {
		defer program.end(o)
	}
	fresh := func() (Client, error) { return d.newClient(w, d.clientConfig(o, witness)) }
	p := &player{client: client, fresh: fresh, world: w}
	play := func(ctx context.Context) { p.play(ctx, d.scenario.Steps) }
	if o.clock == script.Real {
		unlabelled := play
		play = func(ctx context.Context) {
			label, run := labelled(ctx, unlabelled)
			o.label.Store(&label)
			run()
		}
	}
	err = d.await(ctx, o, play)
	o.ended = w.now()
	o.elapsed = o.ended
	var broke error
	o.nodes, o.acts, broke = p.snapshot()
	o.broke = errors.Join(o.broke, broke)
	return err
}

// clientConfig is the world as the client sees it.
func (d *drill) clientConfig(o *outcome, witness *Witness) ClientConfig {
	w := o.world
	config := ClientConfig{
		Scenario: d.scenario, Endpoint: w.endpoint, Region: region, Credentials: w.keys.provider(),
		HTTPClient: w.httpClient(), DialContext: w.dial, Wrap: w.wrap, TLS: w.transport.TLSClientConfig.Clone(),
		Seed: w.seed, Witness: witness, VirtualHosted: w.virtualHosted, virtual: o.clock == Virtual,
	}
	keys := w.keys.current()
	config.AccessKey, config.SecretKey = keys.AccessKeyID, keys.SecretAccessKey
	config.SessionToken = keys.SessionToken
	config.Bucket = "none" // the drill uses no bucket
	if len(d.scenario.Buckets) > 0 {
		config.Bucket = d.scenario.Buckets[0]
	}
	return config
}

func (d *drill) newClient(w *world, c ClientConfig) (Client, error) {
	switch {
	case d.options.adapted():
		return newAdapterClient(d.options.foreign.adapter, w)
	case d.scenario.Client.Careless != nil: // this drill tests the oracle, so Options.NewClient does not apply
		return newCareless(c, d.dir), nil
	case d.options.NewClient != nil:
		return d.options.NewClient(c)
	case d.scenario.Client.SDK != nil:
		return NewSDK(c)
	}
	return NewBuiltin(c)
}

// await runs the client until it returns. It cancels the client at the scenario's timeout, at the
// start timeout if a program has sent no request, or when ctx ends. If the client does not return,
// await cuts its connections and then goes on without it, each after patience. It sets the
// outcome's hang, or its broke if the program sent no request. The error means an interruption.
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
	case errors.Is(ended, errHang):
		o.hang, o.hung = true, inFlight(w)
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

// foreign reports whether the client is another than the scenario's own.
func (d *drill) foreign() bool { return d.options.other }

// program reports whether the client is a program.
func (d *drill) program() bool { return d.scenario.Client.Run != nil && d.options.NewClient == nil }

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
		settle(o.world)
	}
}

// settle waits for a short real time until the proxy knows how every exchange ended. The proxy may
// see the end of an exchange after the client does.
func settle(w *world) {
	for deadline := time.Now().Add(patience); len(inFlight(w)) > 0 && time.Now().Before(deadline); {
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
