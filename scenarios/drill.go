package scenarios

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
	"github.com/s3chaos/s3chaos/scenarios/oracle"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

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
	logged  []logged
	records []faultproxy.Record
	groups  []Group
	program *program
	events  []Event
	killed  bool // a signal that no program can handle ended the program, which did not run again
	// killedAt is when the program ran again after a signal that no program can handle; 0: it did
	// not.
	killedAt time.Duration
	policy   policy

	hash    string
	elapsed time.Duration
	ended   time.Duration // when the last step ended
	hung    []faultproxy.Record
	hang    bool
	endless bool          // the client hangs because it sends requests without end
	cutAt   time.Duration // when the drill cancelled the client that hangs
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
		o.endStrays()
		return err
	}
	changed, err := w.changes.result()
	if err != nil {
		return err
	}
	o.events = append(o.events, changed...)
	d.watch(o)
	if o.endStrays() && !o.hang && o.broke == nil && !slices.Contains(o.left, leftProcesses) {
		o.left = append(o.left, leftProcesses)
	}
	if !o.endless {
		o.broke = errors.Join(o.broke, w.proxy.Err())
	}
	// What arrives while the world ends is noise: the journal is read before.
	o.records = w.proxy.Journal().Records()
	o.events = append(o.events, w.breaks.result(o.records)...)
	if o.clock == script.Virtual {
		o.hash = journal.HashRecords(o.records)
	}
	o.tryList, o.logged = witness.list(), witness.log()
	if d.options.adapted() {
		o.attribute()
	}
	d.mu.Lock()
	d.out = o
	d.mu.Unlock()
	return nil
}

// endStrays ends the processes that programs of the drill have left, and reports whether there were
// any. In virtual time a drill has no program.
func (o *outcome) endStrays() bool { return o.clock == script.Real && endStrays(o.workdir) }

// runSteps lets a Go client take the steps.
func (d *drill) runSteps(ctx context.Context, o *outcome, witness *Witness) error {
	w := o.world
	client, err := d.newClient(w, d.clientConfig(o, witness))
	refused := err
	switch {
	case err != nil && d.scenario.RefusesClient():
	case err != nil:
		return fmt.Errorf("make the client: %w", err)
	default:
		if err := requireOperations(client, d.scenario); err != nil {
			return err
		}
	}
	if program, ok := client.(*adapterClient); ok {
		defer program.end(o)
	}
	fresh := func() (Client, error) { return d.newClient(w, d.clientConfig(o, witness)) }
	p := &player{client: client, refused: refused, fresh: fresh, world: w, ownFiles: d.ownFiles()}
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

// foreign reports whether the client is another than the scenario's own.
func (d *drill) foreign() bool { return d.options.other }

// program reports whether the client is a program.
func (d *drill) program() bool { return d.scenario.Client.Run != nil && d.options.NewClient == nil }
